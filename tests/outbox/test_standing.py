"""What pages and operators see and do."""

from datetime import timedelta
from uuid import uuid4

import pytest

from lti_tool.domain.base import utc_now
from lti_tool.outbox.claim import Route
from lti_tool.outbox.models import HELD_BACK, DeliveryState
from lti_tool.outbox.overview import overview, parked_deliveries
from lti_tool.outbox.sending import DestinationDown, Refused, Retry, Sent
from lti_tool.outbox.standing import drop, retry, retry_parked, standing_of
from tests.outbox.driver import SCORES, STATEMENTS


def standing(outbox, *subjects, **more):
    with outbox.db.reading() as session:
        return standing_of(session, subjects or ["attempt"], **more)


def do(outbox, act, *arguments):
    with outbox.db.transaction() as session:
        return act(session, *arguments)


def test_nothing_is_said_of_what_was_never_sent(outbox):
    outbox.queue(subject="somebody else")

    assert standing(outbox) == []


def test_a_queued_score_is_waiting(outbox):
    id = outbox.queue()

    (one,) = standing(outbox)
    assert (one.state, one.delivery_id, one.sent_at) == ("waiting", id, None)


def test_a_sent_score_says_when(outbox):
    outbox.queue()
    now = utc_now()
    outbox.settle(outbox.claim(now=now), Sent(), now=now)

    (one,) = standing(outbox)
    assert (one.state, one.sent_at, one.reason) == ("sent", now, None)


def test_a_refused_score_says_why(outbox):
    id = outbox.queue()
    outbox.settle(outbox.claim(), Refused(code="not_gradable"))

    (one,) = standing(outbox)
    assert (one.state, one.reason, one.delivery_id) == ("refused", "not_gradable", id)


def test_a_newer_score_on_its_way_hides_the_older_ones(outbox):
    outbox.queue(replace=True)
    outbox.settle(outbox.claim(), Sent())
    outbox.queue(replace=True)
    newest = outbox.queue(replace=True)

    (one,) = standing(outbox)
    assert (one.state, one.delivery_id) == ("waiting", newest)
    assert one.sent_at is not None


def test_each_person_column_and_kind_has_a_standing_of_its_own(outbox):
    outbox.queue(key="column 1")
    outbox.settle(outbox.claim(), Sent())
    outbox.queue(key="column 2")
    outbox.queue(STATEMENTS, body="{}")
    outbox.queue(key="column 1", subject="other attempt")

    found = standing(outbox, "attempt", "other attempt", kinds=["score", "statement"])

    assert {(one.subject, one.kind, one.key, one.state) for one in found} == {
        ("attempt", "score", "column 1", "sent"),
        ("attempt", "score", "column 2", "waiting"),
        ("attempt", "statement", "k", "waiting"),
        ("other attempt", "score", "column 1", "waiting"),
    }


def test_a_parked_delivery_is_sent_after_retry_with_time_to_live_again(outbox):
    id = outbox.queue()
    with_fortnight_gone = utc_now() + timedelta(days=15)
    outbox.settle(outbox.claim(), Retry(why="503"), now=with_fortnight_gone)
    assert outbox.read(id).reason == "expired"

    assert do(outbox, retry, id)

    row = outbox.read(id)
    assert (row.state, row.reason, row.tries) == (DeliveryState.QUEUED, None, 0)
    assert row.expires_at > utc_now() + timedelta(days=13)
    assert [one.id for one in outbox.claim()] == [id]


def test_retry_does_not_wait_for_the_schedule(outbox):
    id = outbox.queue()
    outbox.settle(outbox.claim(), Retry(why="503"))

    do(outbox, retry, id)

    assert [one.id for one in outbox.claim()] == [id]


def test_a_dropped_delivery_is_kept_with_the_reason_but_never_sent(outbox):
    id = outbox.queue()

    assert do(outbox, drop, id, "trainee_left")

    assert outbox.claim() == []
    (one,) = standing(outbox)
    assert (one.state, one.reason) == ("dropped", "trainee_left")


@pytest.mark.parametrize("act", [(retry,), (drop, "unwanted")])
def test_what_was_sent_can_be_neither_retried_nor_dropped(outbox, act):
    id = outbox.queue()
    outbox.settle(outbox.claim(), Sent())

    assert not do(outbox, act[0], id, *act[1:])
    assert outbox.read(id).state is DeliveryState.SENT


@pytest.mark.parametrize("act", [(retry,), (drop, "unwanted")])
def test_what_is_being_sent_is_left_alone(outbox, act):
    id = outbox.queue()
    claimed = outbox.claim()

    assert not do(outbox, act[0], id, *act[1:])
    outbox.settle(claimed, Sent())
    assert outbox.read(id).state is DeliveryState.SENT


def test_an_unknown_delivery_can_be_neither_retried_nor_dropped(outbox):
    assert not do(outbox, retry, uuid4())
    assert not do(outbox, drop, uuid4(), "unwanted")


def test_all_that_was_parked_for_one_reason_can_be_retried_at_once(outbox):
    expired = [outbox.queue(key=key) for key in "ab"]
    for _ in expired:
        outbox.settle(outbox.claim(), Refused(code="expired"))
    outbox.queue(key="c")
    outbox.settle(outbox.claim(), Refused(code="not_gradable"))

    assert do(outbox, lambda session: retry_parked(session, kind="score", reason="expired")) == 2
    assert [one.id for one in outbox.claim(limit=10)] == expired
    assert do(outbox, lambda session: retry_parked(session, kind="mail")) == 0


def test_what_is_held_back_stays_parked_whoever_asks_and_holds_up_nobody(outbox):
    held = outbox.queue(Route("statement", HELD_BACK), body="{}")
    outbox.settle(outbox.claim(Route("statement", HELD_BACK)), Refused(code="rejected"))
    later = outbox.queue(STATEMENTS, body="{}")

    assert do(outbox, lambda session: retry(session, held)) is False
    assert do(outbox, lambda session: retry_parked(session)) == 0

    assert outbox.read(held).state is DeliveryState.PARKED
    assert [one.id for one in outbox.claim(STATEMENTS)] == [later]


def test_operators_see_what_waits_where_and_since_when(outbox):
    now = utc_now()
    for n in range(3):
        outbox.queue(key=str(n), due_at=now)
    outbox.queue(STATEMENTS, body="{}")
    outbox.settle(outbox.claim(STATEMENTS), Sent())
    outbox.settle(outbox.claim(), Refused(code="gone"))
    for _ in range(5):
        outbox.settle(outbox.claim(now=now), DestinationDown(why="timeout"), now=now)
        now += timedelta(minutes=1)

    with outbox.db.reading() as session:
        (row,) = overview(session)
        parked = parked_deliveries(session)

    assert (row.kind, row.destination, row.waiting, row.parked) == (*SCORES, 2, 1)
    assert (row.failures, row.last_error) == (5, "timeout")
    assert row.waiting_since < row.resting_until
    assert [one.reason for one in parked] == ["gone"]
