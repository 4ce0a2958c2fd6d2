"""Undeliverable mail that comes back later, and reports that somebody made up."""

from datetime import timedelta
from uuid import uuid4

import pytest

from lti_tool.mail.bounces import Verdict, take_bounce
from lti_tool.services.mail_tokens import BOUNCE, UNSUBSCRIBE, id_of, is_genuine, signed_id
from lti_tool.services.mailing import Silence
from tests.cast import ONE_ENGINE
from tests.mail.conftest import SECRET

pytestmark = ONE_ENGINE

BASE = "bounce@college.test"

REPORT = """\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.college.test>
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I could not deliver your mail. Action: failed. Status: 5.9.9

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.college.test

Final-Recipient: rfc822; {about}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} No such user

--b
Content-Type: message/rfc822

Subject: One thing waits

Hello
--b--
"""


@pytest.fixture
def house(make_house):
    return make_house(mail_bounce_address=BASE).furnish()


@pytest.fixture
def return_address(house, post, clock):
    """Where undeliverable mail to Gwen comes back, from a mail that went out."""
    house.hand_in()
    clock.shift(timedelta(minutes=10))
    house.send()
    return post.mails[0].sender


def report(to, action="failed", status="5.1.1", about="gwen@bakery.test"):
    return REPORT.format(to=to, action=action, status=status, about=about).encode()


def take(house, raw, to=None):
    with house.database.transaction() as session:
        return take_bounce(session, raw, to=to)


def test_the_return_address_is_short_and_survives_a_change_of_case(house, return_address):
    local, _, domain = return_address.partition("@")

    assert domain == "college.test"
    assert local.startswith("bounce+")
    assert len(local) <= 64
    assert take(house, report(return_address.upper())) is Verdict.MARKED


def test_a_late_bounce_is_shown_to_the_tutor(house, return_address):
    assert take(house, report(return_address)) is Verdict.MARKED

    assert house.contact().bounce_code == "5.1.1"
    assert house.silence() is Silence.BOUNCED
    assert take(house, report(return_address)) is Verdict.KNOWN


def test_the_mail_servers_word_on_where_it_came_to_wins(house, return_address):
    assert take(house, report("postmaster@college.test"), to=return_address) is Verdict.MARKED


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("relayed", "2.0.0")])
def test_what_is_not_final_marks_nobody(house, return_address, action, status):
    assert take(house, report(return_address, action, status)) is Verdict.NOT_FINAL

    assert house.contact().bounced_at is None


def test_an_answer_of_somebody_on_holiday_marks_nobody(house, return_address):
    raw = f"To: {return_address}\r\nSubject: On holiday\r\n\r\nAction: failed\r\n".encode()

    assert take(house, raw) is Verdict.NOT_FINAL
    assert house.contact().bounced_at is None


def test_nobody_can_make_a_bounce_of_somebody_elses(house, return_address):
    """Aino knows her own return address, and who Gwen is, but not our secret."""
    aino = house.add_mentor("aino", "Aino", "aino@bakery.test", "fi", "tomas")
    gwen = house.ids["gwen"]
    mine = signed_id(aino, BOUNCE, SECRET, about="aino@bakery.test")
    forged = [
        signed_id(gwen, BOUNCE, "another secret that is long too", about="gwen@bakery.test"),
        signed_id(gwen, UNSUBSCRIBE, SECRET),
        signed_id(gwen, BOUNCE, SECRET, about="aino@bakery.test"),
        signed_id(gwen, BOUNCE, SECRET)[:26] + mine[26:],
        signed_id(uuid4(), BOUNCE, SECRET, about="gwen@bakery.test"),
        "a" * 42,
        "",
    ]

    for mark in forged:
        assert take(house, report(f"bounce+{mark}@college.test")) is Verdict.NOT_OURS
    assert take(house, report(f"bounce+{mine}@college.test")) is Verdict.MARKED

    assert house.contact("gwen").bounced_at is None
    assert house.contact("aino").bounced_at is not None


def test_a_late_report_on_an_address_that_was_corrected_since_counts_for_nothing(
    house, return_address
):
    house.change(email="gwen@new.test", address="gwen@new.test")

    assert take(house, report(return_address)) is Verdict.NOT_OURS


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00" * 50,
        b"To: x@y\r\n\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n--b",
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n",
    ],
)
def test_rubbish_marks_nobody(house, raw):
    assert take(house, raw) is Verdict.NOT_OURS


def test_rubbish_that_came_to_a_true_address_marks_nobody(house, return_address):
    for raw in (b"", b"\xff" * 100, report("x").replace(b"Action: failed\n", b"")):
        assert take(house, raw, to=return_address) is Verdict.NOT_FINAL


def test_a_token_is_read_only_as_it_was_written(house):
    id = house.ids["gwen"]
    token = signed_id(id, BOUNCE, SECRET, about="x")

    assert id_of(token) == id
    assert is_genuine(token, BOUNCE, SECRET, about="x")
    for other in (token[:-1], token + "a", "é" * 42, "1" * 42, token[::-1]):
        assert not is_genuine(other, BOUNCE, SECRET, about="x")
