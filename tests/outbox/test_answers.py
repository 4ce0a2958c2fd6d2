"""What becomes of a delivery after each answer."""

from datetime import timedelta

import pytest
import time_machine

from lti_tool.domain.base import utc_now
from lti_tool.outbox.models import DeliveryState
from lti_tool.outbox.sending import (
    DestinationDown,
    Refused,
    Retry,
    SendAgain,
    Sent,
    Superseded,
)

FORTNIGHT = timedelta(days=14)


def seconds_until_due(delivery, now):
    return (delivery.due_at - now).total_seconds()


def answered(outbox, outcome, *, now=None):
    id = outbox.queue()
    now = now or utc_now()
    outbox.settle(outbox.claim(now=now), outcome, now=now)
    return outbox.read(id), now


def test_what_was_accepted_is_sent_once(outbox):
    row, now = answered(outbox, Sent(status=200, note="already_there"))

    assert (row.state, row.sent_at, row.last_status) == (DeliveryState.SENT, now, 200)
    assert (row.reason, row.tries) == ("already_there", 0)
    assert outbox.claim(now=now + FORTNIGHT) == []


def test_what_was_refused_is_parked_with_its_reason(outbox):
    row, now = answered(outbox, Refused(code="not_gradable", why="400 on scores", status=400))

    assert (row.state, row.reason) == (DeliveryState.PARKED, "not_gradable")
    assert (row.last_status, row.last_error) == (400, "400 on scores")
    assert outbox.claim(now=now + FORTNIGHT) == []


def test_what_the_other_side_has_newer_is_superseded(outbox):
    row, _ = answered(outbox, Superseded(why="newer_in_moodle", status=409))

    assert (row.state, row.reason) == (DeliveryState.SUPERSEDED, "newer_in_moodle")


def test_a_failed_try_counts_and_waits(outbox):
    row, now = answered(outbox, Retry(why="503 from scores", status=503))

    assert (row.state, row.tries, row.last_status) == (DeliveryState.QUEUED, 1, 503)
    assert seconds_until_due(row, now) == 5


def test_a_failed_try_waits_as_long_as_it_was_asked_to(outbox):
    row, now = answered(outbox, Retry(why="429", after=timedelta(minutes=7)))

    assert seconds_until_due(row, now) == 7 * 60
    assert outbox.claim(now=row.due_at - timedelta(seconds=1)) == []
    assert len(outbox.claim(now=row.due_at)) == 1


def test_nobody_is_made_to_wait_more_than_six_hours(outbox):
    row, now = answered(outbox, Retry(why="429", after=timedelta(days=400)))

    assert seconds_until_due(row, now) == 6 * 3600


def test_a_dead_destination_costs_a_delivery_one_try_only(outbox):
    id = outbox.queue()
    now = utc_now()
    for _ in range(4):
        now += timedelta(minutes=1)
        outbox.settle(outbox.claim(now=now), DestinationDown(why="timeout"), now=now)

    row = outbox.read(id)
    assert (row.tries, seconds_until_due(row, now)) == (1, 5)


def test_a_destination_that_says_how_long_it_needs_is_asked_again_right_then(outbox):
    """The message waits no longer than the breaker: a short pause costs no more than that."""
    row, now = answered(outbox, DestinationDown(why="429", after=timedelta(seconds=2)))

    assert seconds_until_due(row, now) == 2


def test_a_destination_that_needs_no_time_is_not_asked_again_at_once(outbox):
    row, now = answered(outbox, DestinationDown(why="503", after=timedelta(0)))

    assert seconds_until_due(row, now) == 5


def test_another_payload_is_sent_later_under_the_same_id(outbox):
    row, now = answered(
        outbox, SendAgain(payload={"mark": 7}, after=timedelta(seconds=3), why="409", status=409)
    )

    assert outbox.claim(now=now + timedelta(seconds=2)) == []
    again = outbox.claim(now=now + timedelta(seconds=3))
    assert [(one.id, one.payload) for one in again] == [(row.id, {"mark": 7})]


def test_sending_again_is_never_immediate(outbox):
    row, now = answered(outbox, SendAgain(payload={}, after=timedelta(0)))

    assert seconds_until_due(row, now) == 1


@pytest.mark.parametrize(
    "failure", [Retry(why="503"), DestinationDown(why="timeout"), SendAgain(payload={})]
)
def test_a_delivery_that_fails_after_fourteen_days_is_parked_not_deleted(outbox, failure):
    with time_machine.travel(utc_now(), tick=False) as clock:
        id = outbox.queue()
        clock.shift(FORTNIGHT - timedelta(seconds=2))
        outbox.settle(outbox.claim(), failure)
        last_chance = outbox.read(id).due_at
        clock.shift(timedelta(seconds=2))
        outbox.settle(outbox.claim(), failure)

    row = outbox.read(id)
    assert last_chance <= row.created_at + FORTNIGHT
    assert (row.state, row.reason) == (DeliveryState.PARKED, "expired")


def test_the_whole_schedule_takes_about_forty_tries_in_fourteen_days(outbox):
    id = outbox.queue()
    now, tries = utc_now(), 0
    while outbox.read(id).state is DeliveryState.QUEUED:
        now = max(now, outbox.read(id).due_at)
        outbox.settle(outbox.claim(now=now), Retry(why="503"), now=now)
        tries += 1

    row = outbox.read(id)
    assert row.reason == "expired"
    assert timedelta(0) <= now - row.expires_at < timedelta(seconds=1)
    assert 36 <= tries <= 38


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer [token]"),
        ("eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl was refused", "[token] was refused"),
        ("mail to tomas.trainee@college.example bounced", "mail to [address] bounced"),
        (
            "GET https://lms.example/a?sesskey=s3cret failed",
            "GET https://lms.example/a?[query] failed",
        ),
        ("two\nlines", "two lines"),
        ("x" * 700, "x" * 500),
    ],
)
def test_the_reason_that_operators_read_holds_no_secrets(outbox, told, kept):
    row, _ = answered(outbox, Retry(why=told))

    assert row.last_error == kept
