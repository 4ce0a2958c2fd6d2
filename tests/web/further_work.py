"""States of the course in which the rarer forms appear: signed, published, proposed."""

import re
from uuid import uuid4

from sqlalchemy import select

from lti_tool.domain.contacts import Contact
from lti_tool.domain.roles import Role
from lti_tool.services.mail_tokens import UNSUBSCRIBE, signed_id


def do_the_rest(world, victim, meera):
    """Let happen what the victim of the isolation tests has not met."""
    tomas, tilda, link = victim.tomas, victim.tilda, victim.links["logbook"]
    _add_mentors(world, link, meera, tomas)
    tomas.launch(link)
    tilda.launch(link)
    for _ in range(3):
        id = hand_in(tomas)
    confirm(tilda, id)
    proposed = {"name": "Gwen at home", "email": "gwen.parry@gmail.com", "language": "cy"}
    assert tomas.post("mentors.name_mine", proposed).status_code == 303


def _add_mentors(world, link, meera, tomas):
    """Let Meera mentor two trainees: one can be taken away, and work of one waits for her."""
    sigrun = world.player(world.cast.sigrun)
    for player in (meera, sigrun):
        player.launch(link)
    world.make(meera, Role.MENTOR)
    for trainee in (sigrun, tomas):
        world.mentors(meera, trainee)


def hand_in(tomas):
    """Hand one more entry in; return its id."""
    id = uuid4()
    tomas.post("logbook.start", record_id=id)
    entry = {"practised_on": "2026-11-20", "duration_minutes": "30", "text-topics": "Rye bread."}
    assert tomas.post("logbook.submit", entry, record_id=id).status_code == 303
    return id


def confirm(tilda, id):
    """Let Tilda confirm an entry, which can then be opened again or taken back."""
    page = tilda.get("logbook.show_entry", record_id=id).text
    seen = re.search(r'name="seen_sha256"[^>]*value="([0-9a-f]+)"', page).group(1)
    form = {"seen_sha256": seen, **_capacity(page)}
    answer = tilda.post("logbook.countersign", form, record_id=id)
    assert answer.status_code == 303, answer.text


def _capacity(page):
    """What a signer says to be, where the page asks."""
    found = re.search(r'<(?:input|option)[^>]*name="capacity"[^>]*value="([^"]+)"', page)
    return {"capacity": found.group(1)} if found else {}


def publish_a_version(tilda, link):
    """Publish a version of the form while Tomas has a draft of the old one, and begin a third."""
    tilda.launch(link)
    for step in ("authoring.start", "authoring.publish", "authoring.start"):
        page = tilda.get("authoring.publish").text if step == "authoring.publish" else ""
        seen = re.findall(r'name="seen"[^>]*value="(\d+)"', page)
        answer = tilda.post(step, {"seen": seen[0]} if seen else {})
        assert answer.status_code == 303, answer.text


def reminders_path(world, email):
    """Return the page that stops the reminders to a mentor without an account."""
    secret = world.settings.secret_key.get_secret_value()
    with world.database.reading() as session:
        person_id = session.scalars(select(Contact.person_id).filter_by(address=email)).one()
    return f"/mail/reminders/{signed_id(person_id, UNSUBSCRIBE, secret)}"
