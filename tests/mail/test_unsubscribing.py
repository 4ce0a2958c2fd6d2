"""No more reminders: by the mail system's own button, or on our page; never by looking."""

import pytest

from lti_tool.domain.audit import AuditEvent
from lti_tool.services.mail_tokens import BOUNCE, UNSUBSCRIBE, signed_id
from lti_tool.services.mailing import Silence
from tests.cast import ONE_ENGINE
from tests.mail.conftest import SECRET

pytestmark = ONE_ENGINE


@pytest.fixture
def path(house):
    token = signed_id(house.ids["gwen"], UNSUBSCRIBE, SECRET)
    return f"/mail/reminders/{token}"


@pytest.fixture
def client(house):
    return house.app.test_client()


def test_looking_changes_nothing(house, client, path):
    for _ in range(5):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
        assert client.options(path).status_code == 200
    client.post(path)
    client.post(path, data={"url": "scanned"})

    assert house.silence() is None


def test_the_button_of_the_mail_system_stops_reminders(house, client, path):
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert house.silence() is Silence.REMINDERS_OFF


def test_reminders_are_stopped_and_started_on_our_page(house, client, path):
    stopped = client.post(path, data={"reminders": "off"}, follow_redirects=True)
    assert "no more reminders" in stopped.text
    assert house.silence() is Silence.REMINDERS_OFF

    started = client.post(path, data={"reminders": "on"}, follow_redirects=True)
    assert "no more reminders" in started.text
    assert house.silence() is None
    with house.database.reading() as session:
        acts = [event.action for event in session.query(AuditEvent).order_by(AuditEvent.number)]
    assert acts[-2:] == ["contact.reminders_off", "contact.reminders_on"]


def test_the_page_speaks_the_mentors_language(house, client, path):
    house.change_person(locale="cy")

    assert '<html lang="cy"' in client.get(path).text
    assert '<html lang="fi"' in client.get(f"{path}?lang=fi").text


def test_the_page_is_kept_and_found_by_nobody(client, path):
    headers = client.get(path).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "same-origin"


def test_tokens_of_others_or_for_something_else_open_nothing(house, client):
    tilda, gwen = house.ids["tilda"], house.ids["gwen"]
    wrong = [
        signed_id(gwen, BOUNCE, SECRET, about="gwen@bakery.test"),
        signed_id(gwen, UNSUBSCRIBE, "another secret that is long enough"),
        signed_id(tilda, UNSUBSCRIBE, SECRET),
        str(gwen),
        "x",
    ]

    for token in wrong:
        path = f"/mail/reminders/{token}"
        assert client.get(path).status_code == 404
        assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 404
    assert house.silence() is None


def test_codes_and_receipts_still_come(house, post, client, path):
    client.post(path, data={"reminders": "off"})

    house.queue("link")
    house.send()

    assert len(post.mails) == 1
