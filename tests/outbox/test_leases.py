"""Leases: one sender at a time, and a dead or late one does no harm."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
import time_machine

from lti_tool.domain.base import utc_now
from lti_tool.outbox.claim import LEASE, release
from lti_tool.outbox.models import DeliveryState
from lti_tool.outbox.sending import (
    DestinationDown,
    Refused,
    Retry,
    SendAgain,
    Sent,
    Superseded,
)
from tests.outbox.driver import STATEMENTS

OUTCOMES = [
    Sent(),
    Retry(why="503"),
    DestinationDown(why="timeout"),
    Refused(code="gone"),
    Superseded(why="newer"),
    SendAgain(payload={"mark": 9}),
]


def test_what_a_dead_worker_held_goes_to_the_next_when_the_lease_ends(outbox):
    id = outbox.queue()
    outbox.claim(owner="dead")

    assert outbox.claim(owner="next", now=utc_now() + LEASE / 2) == []
    assert [one.id for one in outbox.claim(owner="next", now=utc_now() + LEASE)] == [id]


@pytest.mark.parametrize("late", OUTCOMES, ids=lambda outcome: type(outcome).__name__)
def test_a_late_answer_to_a_lost_lease_changes_nothing(outbox, late):
    id = outbox.queue()
    paused = outbox.claim(owner="paused")
    taken_over = outbox.claim(owner="next", now=utc_now() + LEASE)

    outbox.settle(paused, late)
    row = outbox.read(id)
    assert (row.state, row.lease_owner) == (DeliveryState.QUEUED, taken_over[0].lease_owner)

    outbox.settle(taken_over, Sent())
    outbox.settle(paused, late)
    assert outbox.read(id).state is DeliveryState.SENT


def test_the_same_worker_cannot_answer_for_its_own_older_claim(outbox):
    id = outbox.queue()
    older = outbox.claim(owner="same")
    outbox.claim(owner="same", now=utc_now() + LEASE)

    outbox.settle(older, Refused(code="gone"))

    assert outbox.read(id).state is DeliveryState.QUEUED


def test_a_late_answer_still_counts_while_nobody_took_over(outbox):
    id = outbox.queue()
    claimed = outbox.claim()

    outbox.settle(claimed, Sent(), now=utc_now() + 3 * LEASE)

    assert outbox.read(id).state is DeliveryState.SENT


def test_a_score_with_a_lost_lease_goes_again_before_the_one_that_replaces_it(outbox):
    """Its first sender may only be slow: what it sends late must be a repetition."""
    with time_machine.travel(utc_now() - 2 * LEASE):
        first = outbox.queue(replace=True)
        outbox.claim()
    second = outbox.queue(mark=2, replace=True)

    again = outbox.claim()
    assert [one.id for one in again] == [first]
    outbox.settle(again, Sent())
    assert [one.id for one in outbox.claim()] == [second]


def test_a_late_failure_of_a_score_gives_way_to_the_one_that_replaces_it(outbox):
    with time_machine.travel(utc_now() - 2 * LEASE):
        first = outbox.queue(replace=True)
        paused = outbox.claim()
    second = outbox.queue(mark=2, replace=True)

    outbox.settle(paused, Retry(why="503"))

    assert outbox.read(first).state is DeliveryState.SUPERSEDED
    assert [one.id for one in outbox.claim()] == [second]


def test_what_is_given_back_can_be_claimed_at_once(outbox):
    id = outbox.queue()
    claimed = outbox.claim()
    with outbox.db.connection() as connection:
        release(connection, claimed)

    assert [one.id for one in outbox.claim()] == [id]


def test_workers_at_the_same_time_never_hold_the_same_delivery(outbox):
    with outbox.db.transaction() as session:
        queued = {outbox.put(session, STATEMENTS, key=str(n % 7), body="{}") for n in range(60)}
    held: Counter = Counter()
    start = threading.Barrier(4)

    def work(name):
        start.wait()
        while claimed := outbox.claim(STATEMENTS, limit=5, owner=name):
            held.update(one.id for one in claimed)
            outbox.settle(claimed, Sent())

    workers = [threading.Thread(target=work, args=(str(n),)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    while claimed := outbox.claim(STATEMENTS, limit=5):
        held.update(one.id for one in claimed)
        outbox.settle(claimed, Sent())

    assert held == Counter(queued)


def test_a_lease_from_before_the_clock_jumped_back_is_void(outbox):
    id = outbox.queue()
    outbox.claim(now=utc_now() + timedelta(days=2))

    assert [one.id for one in outbox.claim()] == [id]


def test_a_message_queued_before_the_clock_jumped_back_is_due(outbox):
    with time_machine.travel(utc_now() + timedelta(days=2)):
        id = outbox.queue()

    assert [one.id for one in outbox.claim()] == [id]


def test_a_retry_set_before_the_clock_jumped_back_is_due(outbox):
    id = outbox.queue()
    outbox.settle(outbox.claim(), Retry(why="503"), now=utc_now() + timedelta(days=2))

    assert [one.id for one in outbox.claim()] == [id]


def test_a_clock_that_jumps_ahead_only_makes_things_due_sooner(outbox):
    id = outbox.queue()
    outbox.settle(outbox.claim(), Retry(why="503"))

    ahead = outbox.claim(now=utc_now() + timedelta(hours=2))
    assert [one.id for one in ahead] == [id]
