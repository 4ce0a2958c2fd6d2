"""States of the course in which the rarer forms appear: signed, published, named, mailed."""

import re
from uuid import uuid4

from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import Contact
from lti_tool.services.mail_tokens import UNSUBSCRIBE, signed_id


def confirm_an_entry(tomas, tilda, link):
    """Let Tilda confirm one more entry, which can then be opened again or taken back."""
    tomas.launch(link)
    tilda.launch(link)
    id = uuid4()
    tomas.post("logbook.start", record_id=id)
    entry = {"practised_on": "2026-11-20", "duration_minutes": "30", "text-topics": "Rye bread."}
    assert tomas.post("logbook.submit", entry, record_id=id).status_code == 303
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


def reminders_path(world, person):
    """Give *person* an address for mails; return that of the page that stops them."""
    with world.database.transaction() as session:
        contact = Contact(
            person_id=person.id,
            platform_id=world.platform_id,
            email="Mentor@bakery.example",
            address="mentor@bakery.example",
            named_by_id=person.id,
            approved_by_id=person.id,
            approved_at=utc_now(),
        )
        session.add(contact)
    secret = world.settings.secret_key.get_secret_value()
    return f"/mail/reminders/{signed_id(person.id, UNSUBSCRIBE, secret)}"
