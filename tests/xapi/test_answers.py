"""What an LRS's answer means."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi.answers import Answer, Verdict, document, place, seconds, verdict
from xapi.errors import LrsError, LrsMisconfigured, LrsUnavailable

JSON = "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(200, JSON, b'["537a9537-8c4a-5226-8909-d60e417c612b"]'), Verdict.STORED),
        (Answer(200, JSON, b"[]"), Verdict.STORED),
        (Answer(200, JSON, b'{"inserted": 2, "rejected": 0}'), Verdict.STORED),
        (Answer(200, JSON, b'{"inserted": 2, "rejected": 1}'), Verdict.REFUSED),
        (Answer(400, JSON, b'{"inserted": 0, "rejected": 1}'), Verdict.REFUSED),
        (Answer(400, JSON, b'{"inserted": 0, "rejected": 0}'), Verdict.STORED),
        (Answer(400, JSON, b'{"inserted": 0, '), Verdict.REFUSED),
        (Answer(204), Verdict.STORED),
        (Answer(204, JSON), Verdict.STORED),
        (Answer(400), Verdict.REFUSED),
        (Answer(422), Verdict.REFUSED),
        (Answer(409), Verdict.CONFLICT),
        (Answer(413), Verdict.TOO_LARGE),
        (Answer(500), Verdict.BROKEN),
        (Answer(501), Verdict.BROKEN),
        (Answer(507), Verdict.BROKEN),
    ],
)
def test_an_answer_about_the_batch_gives_a_verdict(answer, expected):
    assert verdict(answer) is expected


@pytest.mark.parametrize("status", [408, 425, 429, 502, 503, 504])
def test_a_busy_lrs_is_asked_again_when_it_says(status):
    with pytest.raises(LrsUnavailable, match=str(status)) as caught:
        verdict(Answer(status, retry_after=7.0))

    assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    "status", [301, 302, 307, 308, 401, 402, 403, 404, 405, 406, 407, 415, 451]
)
def test_an_answer_that_no_statement_can_have_caused_is_for_the_administrator(status):
    with pytest.raises(LrsMisconfigured, match=str(status)):
        verdict(Answer(status))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, "text/html", b"<html>Please sign in</html>"),
        Answer(200, "", b"[]"),
        Answer(200, JSON, b'["537a9537-8c4a'),
        Answer(200, JSON, b""),
        Answer(200, JSON, b'{"status": "ok"}'),
        Answer(200, JSON, b'"ok"'),
        Answer(201, JSON, b"[]"),
        Answer(202),
        Answer(206),
    ],
)
def test_something_else_than_an_lrs_never_counts_as_delivered(answer):
    with pytest.raises(LrsUnavailable):
        verdict(answer)


@given(st.integers(200, 599), st.sampled_from(["", JSON, "text/html"]), st.binary(max_size=20))
def test_every_answer_means_something(status, content_type, body):
    try:
        found = verdict(Answer(status, content_type, body))
    except LrsError:
        return
    assert isinstance(found, Verdict)


def test_a_question_is_answered_by_json_or_nothing():
    assert document(Answer(200, JSON, b'{"id": 1}')) == {"id": 1}
    assert document(Answer(404, JSON, b"{}")) is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, LrsMisconfigured),
        (302, LrsMisconfigured),
        (500, LrsUnavailable),
        (503, LrsUnavailable),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(status, kind):
    with pytest.raises(kind):
        document(Answer(status))


def said(body):
    return place(Answer(400, JSON, json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {
                "warnings": [
                    "Problem in 'statements.0.actor.account.homePage'. Received '\"Agnes\"'"
                ]
            },
            "actor.account.homePage",
        ),
        ({"warnings": ["Missing required value in 'statements.0.verb'"]}, "verb"),
        ({"warnings": ["Problem in 'statement.context.registration'."]}, "context.registration"),
        ({"detail": [{"loc": ["body", 0, "verb"], "input": {"actor": "Agnes"}}]}, "verb"),
        ({"detail": [{"loc": ["body", 0, "Agnes", "object", "id"]}]}, "object.id"),
        ({"detail": "Agnes"}, ""),
        ({"warnings": ["Problem in 'statements.0.object.Agnes'"]}, ""),
        ({"message": "Agnes"}, ""),
        ([], ""),
        ("statements.0.verb", "verb"),
    ],
)
def test_of_a_refusal_only_the_place_is_kept(body, expected):
    assert said(body) == expected


def test_a_refusal_that_is_no_text_has_no_place():
    assert place(Answer(400, "", b"\xff\xfe\x00")) == ""


@pytest.mark.parametrize(
    ("header", "expected"),
    [("120", 120), ("0", 0), ("-5", 0), (None, None), ("soon", None), ("1.5e", None), ("", None)],
)
def test_a_wait_in_seconds_is_read(header, expected):
    assert seconds(header) == expected


def test_a_wait_until_a_date_is_read():
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)

    assert 110 < seconds(later) <= 120


def test_a_date_that_has_passed_is_no_wait():
    assert seconds("Sun, 06 Nov 1994 08:49:37 GMT") == 0


@given(st.text(max_size=40))
def test_any_header_can_be_read(header):
    assert seconds(header) is None or seconds(header) >= 0
