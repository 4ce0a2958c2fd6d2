"""Every answer, errors included, is locked down, and only the platform may frame it."""

import re
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from lti_tool.domain.platforms import ToolKey
from lti_tool.sandbox import send_login
from tests.cast import ONE_ENGINE
from tests.web.test_handoff import Blocked

pytestmark = ONE_ENGINE


def directive(answer, name):
    """The words of one directive of an answer's Content-Security-Policy."""
    policy = answer.headers["Content-Security-Policy"]
    found = [part.split() for part in policy.split(";") if part.split()[0] == name]
    assert len(found) == 1, policy
    return found[0][1:]


def origin(world):
    return world.sandbox.base_url


def all_addresses(world, launch_id):
    """One address for every rule of the application, and the methods it takes."""
    with world.app.test_request_context():
        for rule in world.app.url_map.iter_rules():
            values = {
                name: launch_id if name == "launch_id" else uuid4()
                for name in rule.arguments
                if rule.arguments
            }
            values = {
                name: "made-up" if name in ("token", "filename") else value
                for name, value in values.items()
            }
            _, path = rule.build(values)
            yield path, sorted(rule.methods & {"GET", "POST"})


def every_answer(world, player):
    """What every address answers to GET and POST, with or without the right to ask."""
    addresses = list(all_addresses(world, player.launch_id))
    assert len(addresses) > 40
    for path, _ in [*addresses, ("/nowhere", []), (f"/l/{player.launch_id}/nowhere", [])]:
        for method in ("GET", "POST", "PUT"):
            form = {"csrf_token": player.csrf} if method == "POST" else None
            yield path, player.client.open(path, method=method, data=form, buffered=True)


@pytest.fixture(params=["tutor", "trainee", "stranger"])
def visitor(request, world, tutor, tomas, link):
    if request.param == "tutor":
        return tutor
    tomas.launch(link)
    if request.param == "stranger":
        tomas.client = world.app.test_client()
    return tomas


def test_every_answer_is_locked_down(world, visitor):
    seen = set()
    for path, answer in every_answer(world, visitor):
        seen.add(answer.status_code)
        assert answer.status_code < 500, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["Referrer-Policy"] == "same-origin", path
        assert directive(answer, "default-src") == ["'none'"], path
        assert directive(answer, "script-src") == ["'self'"], path
        assert directive(answer, "style-src") == ["'self'"], path
        assert directive(answer, "base-uri") == ["'none'"], path
        if answer.mimetype == "text/html":
            assert answer.headers["Cache-Control"] == "no-store", path
    assert {200, 404, 405} <= seen


def test_only_the_platform_may_frame_a_launch(world, visitor):
    for path, answer in every_answer(world, visitor):
        inside = path.startswith(f"/l/{visitor.launch_id}/")
        framers = directive(answer, "frame-ancestors")
        assert framers == (["'self'", origin(world)] if inside else ["'none'"]), path
        posts_to = directive(answer, "form-action")
        assert posts_to == (["'self'", origin(world)] if inside else ["'self'"]), path


def test_no_page_has_inline_script_or_style(world, visitor):
    for path, answer in every_answer(world, visitor):
        assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=[\"']", answer.text), path
        assert "//cdn" not in answer.text


def test_the_page_of_an_ended_launch_can_be_seen_in_the_platforms_frame(world, tomas, link):
    tomas.launch(link)
    stranger = world.app.test_client()

    answer = stranger.get(f"/l/{tomas.launch_id}/logbook/")

    assert answer.status_code == 401
    assert directive(answer, "frame-ancestors") == ["'self'", origin(world)]


def test_a_refused_launch_can_be_seen_in_the_frame_of_who_sent_it(world, tomas, link):
    form = world.sandbox.launch_form(world.cast.tomas, link) | {"client_id": "unknown"}

    login = tomas.client.post("/lti/login", data=form)
    launch = tomas.client.post(
        "/lti/launch", data={"state": "x", "id_token": "x"}, headers={"Origin": origin(world)}
    )

    assert directive(login, "frame-ancestors") == ["'self'", origin(world)]
    assert directive(launch, "frame-ancestors") == ["'self'", origin(world)]


@pytest.mark.parametrize(
    "issuer",
    [
        "https://evil.example; script-src *",
        "https://evil.example;script-src/*",
        "https://a b",
        "https://evil.example\n",
        "https://*",
        "javascript:x",
        "'unsafe-inline'",
        "https://[",
        "https://" + "x" * 10_000 + ";",
    ],
)
def test_nobody_can_write_into_the_policy(world, tomas, link, issuer):
    form = world.sandbox.launch_form(world.cast.tomas, link) | {"iss": issuer}

    answer = tomas.client.post("/lti/login", data=form, headers={"Origin": issuer.strip()})

    assert answer.status_code == 400
    assert directive(answer, "script-src") == ["'self'"]
    assert directive(answer, "frame-ancestors") in (["'none'"], ["'self'", "https://evil.example"])


def test_the_dialog_for_content_can_be_framed_and_posts_to_the_platform(world, tilda, link):
    form = world.sandbox.deep_linking_form(world.cast.tilda, world.cast.course, world.tool)

    answer = tilda.finish(form)

    assert answer.status_code == 200
    assert directive(answer, "frame-ancestors") == ["'self'", origin(world)]
    assert directive(answer, "form-action") == ["'self'", origin(world)]


def secrets_of(world, *clients):
    """Everything that must never be read off a page or an address."""
    tables = world.sandbox.tables
    cookies = [c.value for client in clients for c in client._cookies.values() if c.key[0] != "n"]
    with world.database.reading() as session:
        keys = list(session.scalars(select(ToolKey.private_key)))
    sessions = [tables.session_key(person) for person in tables.people.values()]
    tokens = [token.token for token in tables.access_tokens.values()]
    settings = world.settings.secret_key.get_secret_value()
    return [*cookies, *keys, *sessions, *tokens, settings]


def test_no_secret_stands_in_an_address_or_a_page(world, tutor, tomas, link):
    tomas.launch(link)
    blocked = Blocked(tomas)
    pages = [blocked.launch(link), blocked.press()]
    query, login = send_login(
        tomas.client, world.sandbox, world.sandbox.launch_form(world.cast.tomas, link)
    )
    pages += [login, tomas.client.post("/lti/launch", data=world.sandbox.authorize(query)[1])]
    pages += [answer for player in (tutor, tomas) for _, answer in every_answer(world, player)]
    hidden = secrets_of(world, tutor.client, tomas.client, blocked.tab.client)
    assert len(hidden) > 15

    for answer in pages:
        shown = answer.text + answer.headers.get("Location", "")
        assert not [secret for secret in hidden if secret in shown], answer.request.path


def test_an_address_holds_ids_only(world, tutor, tomas, link):
    """A launch's path can be in a log or over somebody's shoulder: it opens nothing."""
    tomas.launch(link)
    path = tomas.url("logbook.home")

    assert UUID(path.split("/")[2]) == tomas.launch_id
    assert world.app.test_client().get(path).status_code == 401
    assert tutor.client.get(path).status_code == 401
