"""Forms that stand outside a launch, or that only scripts and platforms send."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import select, update

from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import LinkPurpose
from lti_tool.domain.sessions import Handoff
from lti_tool.domain.signing import Signature
from lti_tool.sandbox import send_login
from lti_tool.services.registrations import invite
from lti_tool.web.mentor.stamps import NOBODY, new_stamp
from tests.cast import Player
from tests.isolation.test_mentor_links import link_of
from tests.isolation.victim import GWEN
from tests.web.found_forms import Form, forms_in
from tests.web.further_work import reminders_path
from tests.web.test_handoff import Blocked


def somebody(world, sub=""):
    """A browser that has no cookies yet."""
    return Player(world, sub, world.app.test_client())


def pages_of_mails(world):
    """Yield what Gwen of the bakery opens from her mails: player, HTML, address, page's forms."""
    link_id, token = link_of(world, GWEN)
    yield _opened(world, f"/m/{token}", link_id)
    with world.database.reading() as session:
        hers = select(Signature.id).where(Signature.link_id.is_not(None))
        signature_id = session.scalars(hers).one()
    receipt = link_of(world, GWEN, LinkPurpose.RECEIPT, signature_id=signature_id)
    yield _opened(world, f"/m/receipt/{receipt[1]}", receipt[0])
    yield _opened(world, "/m/made-up", NOBODY)
    yield _opened(world, reminders_path(world, GWEN), NOBODY)
    yield _opened(world, "/verify", NOBODY)


def _opened(world, path, link_id):
    """Open a page whose forms were shown a minute ago, as far as their stamps tell."""
    player = somebody(world)
    page = player.client.get(path, headers={"Accept-Language": "cy"}).text
    return (
        player,
        re.sub(r'(name="stamp" value=")[^"]*', rf"\g<1>{stamp(world, link_id)}", page),
        path,
    )


def stamp(world, link_id):
    """Return what the forms of a mentor's page carry that was made a minute ago."""
    with world.app.app_context():
        return new_stamp(link_id, at=utc_now() - timedelta(minutes=1))


def sign_as_gwen(world):
    """Let Gwen confirm the last entry that waits for her."""
    link_id, token = link_of(world, GWEN)
    client = world.app.test_client()
    page = client.get(f"/m/{token}").text
    *_others, id = re.findall(r'value="confirm ([0-9a-f-]{36})"', page)
    hidden = dict(re.findall(rf'name="([sw]-{id})" value="([^"]*)"', page))
    form = hidden | {"stamp": stamp(world, link_id), f"c-{id}": "saw_it", "do": f"confirm {id}"}
    assert client.post(f"/m/{token}", data=form).status_code == 303


def launch_of_a_mentor(world):
    """Open an activity from Gwen's page; return her there."""
    link_id, token = link_of(world, GWEN)
    gwen = somebody(world)
    page = gwen.client.get(f"/m/{token}").text
    activity = re.search(r'name="activity" value="([^"]+)"', page).group(1)
    form = {"stamp": stamp(world, link_id), "activity": activity}
    gwen._notice(gwen.client.post(f"/m/{token}/open", data=form, follow_redirects=True))
    assert gwen.launch_id
    return gwen


def page_of_two_drafts(player):
    """Let two pages write one draft; return what the second is shown, and its address."""
    record_id = uuid4()
    player.post("logbook.start", record_id=record_id)
    for page in ("one", "two"):
        draft = {"text-topics": f"Written on page {page}.", "draft_page": page, "draft_seen": "0"}
        endpoint = "pages.autosave" if page == "one" else "logbook.save"
        answer = player.post(endpoint, draft | {"draft_keep": "mine"}, record_id=record_id)
    return answer.text, answer.request.path


def pages_around_a_launch(world, link):
    """Yield the pages on the way into an activity: content, another tab, registration."""
    yield dialog(world)
    blocked = Blocked(world.player(world.cast.tomas))
    yield somebody(world), blocked.launch(link).text, ""
    _let_codes_live(world)
    with world.database.transaction() as session:
        token = invite(session, lifetime=timedelta(hours=1), allows_private_network=True)
    here = f"/lti/register/{token}"
    # Of an update, since the token for a new registration works only once.
    asked = urlsplit(world.sandbox.registration_url("http://tool.invalid/", world.tool)).query
    anybody = somebody(world)
    headers = {"Accept-Language": "cy"}
    yield anybody, anybody.client.get(f"{here}?{asked}", headers=headers).text, here


def _let_codes_live(world):
    """Give the one-time code of the hand-off longer than its minute: the sweep takes more."""
    with world.database.transaction() as session:
        session.execute(update(Handoff).values(expires_at=utc_now() + timedelta(hours=1)))


def dialog(world):
    """The second step of the dialog for content: it has all the questions."""
    tilda = somebody(world, str(world.cast.tilda.id))
    form = world.sandbox.deep_linking_form(world.cast.tilda, world.cast.course, world.tool)
    first = next(forms_in(tilda.finish(form).text))
    page = tilda.client.post(first.action, data=dict(first.fields) | {"step": "settings"})
    return tilda, page.text, ""


def made(action, fields, player, endpoint):
    """Return a form that no page has: a script or a platform sends it."""
    kinds = dict.fromkeys(fields, "hidden")
    return Form(action, tuple(fields.items()), kinds, player, endpoint)


def forms_of_platforms(world, link):
    """Yield what a platform posts, as the sandbox posts it."""
    person = world.cast.tomas
    login = world.sandbox.launch_form(person, link)
    player = somebody(world, str(person.id))
    query, _ = send_login(player.client, world.sandbox, world.sandbox.launch_form(person, link))
    _, launch = world.sandbox.authorize(query)
    yield made("/lti/login", login, player, "lti.login")
    yield made("/lti/launch", launch, player, "lti.launch")


def forms_of_scripts(player, edited, upload_id):
    """Yield what evidence.js and autosave.js post beside the form of a draft."""
    (record_id,) = re.findall(r"records/([0-9a-f-]{36})/", edited.action)
    late = replace(edited, action=f"/drafts/{record_id}", player=somebody(player.world))
    yield replace(late, endpoint="drafts.save_late", language="")
    token = {"csrf_token": player.csrf}
    about = {"name": "notes.txt", "size": "2000000", "sha256": uuid4().hex * 2}
    for name, fields in (("begin", about), ("piece", {}), ("drop", {})):
        of_one = {} if name == "begin" else {"upload_id": upload_id}
        action = player.url(f"uploads.{name}", record_id=record_id, **of_one)
        yield made(action, fields | token, player, f"uploads.{name}")
