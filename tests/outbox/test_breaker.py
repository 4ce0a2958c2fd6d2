"""The circuit breaker: a dead destination is probed, not hammered."""

import threading
from datetime import timedelta

import pytest

from lti_tool.domain.base import utc_now
from lti_tool.outbox.breaker import admit, probe_now
from lti_tool.outbox.claim import routes_with_work
from lti_tool.outbox.models import Destination
from lti_tool.outbox.sending import DestinationDown, Refused, Retry, Sent, Superseded
from tests.outbox.driver import EXACT, SCORES

DOWN = DestinationDown(why="timeout")
SECOND = timedelta(seconds=1)


@pytest.fixture
def now():
    return utc_now()


@pytest.fixture
def backlog(outbox):
    """Forty waiting messages, each with a key of its own."""
    with outbox.db.transaction() as session:
        return [outbox.put(session, key=str(n)) for n in range(40)]


@pytest.fixture
def dead(outbox, backlog, now):
    """A destination that failed five times in a row, a moment ago."""
    fail(outbox, now, times=5)
    return outbox


def fail(outbox, now, *, times, **more):
    for _ in range(times):
        outbox.settle(outbox.claim(now=now), DestinationDown(why="timeout", **more), now=now)


def destination(outbox):
    with outbox.db.reading() as session:
        return session.get(Destination, SCORES.destination)


def has_work(outbox, now):
    with outbox.db.reading_connection() as connection:
        return routes_with_work(connection, [SCORES.kind], now=now) == [SCORES]


def test_four_faults_in_a_row_change_nothing(outbox, backlog, now):
    fail(outbox, now, times=4)

    assert len(outbox.claim(now=now, limit=10)) == 10


@pytest.mark.parametrize("sign_of_life", [Sent(), Refused(code="gone"), Superseded(why="newer")])
def test_faults_that_are_not_in_a_row_do_not_add_up(outbox, backlog, now, sign_of_life):
    fail(outbox, now, times=4)
    outbox.settle(outbox.claim(now=now), sign_of_life, now=now)
    fail(outbox, now, times=4)

    assert len(outbox.claim(now=now, limit=10)) == 10


def test_a_fault_of_one_message_says_nothing_about_its_destination(outbox, backlog, now):
    fail(outbox, now, times=4)
    outbox.settle(outbox.claim(now=now), Retry(why="500"), now=now)
    fail(outbox, now, times=1)

    assert outbox.claim(now=now) == []


def test_after_five_faults_in_a_row_the_destination_rests(dead, now):
    assert not has_work(dead, now)
    assert dead.claim(now=now) == []
    assert destination(dead).down_since == now


def test_a_whole_batch_that_fails_counts_as_one_fault(outbox, backlog, now):
    outbox.settle(outbox.claim(now=now, limit=20), DOWN, now=now)

    assert destination(outbox).failures == 1


def test_one_probe_goes_through_and_no_second_beside_it(dead, now):
    later = now + 5 * SECOND

    assert has_work(dead, later)
    assert len(dead.claim(now=later, limit=10, owner="one")) == 1
    assert dead.claim(now=later, limit=10, owner="two") == []


def test_two_workers_at_the_same_moment_send_one_probe(dead, now):
    later, probes = now + 5 * SECOND, []
    with dead.db.connection() as connection:
        mine = admit(connection, SCORES.destination, limit=10, now=later, schedule=EXACT)
        other = threading.Thread(target=lambda: probes.append(dead.claim(now=later, limit=10)))
        other.start()
        other.join(0.3)
        assert not probes, "the other one must wait to see who probes"
    other.join()

    assert (mine, probes) == (1, [[]])


def test_each_failed_probe_doubles_the_rest(dead, now):
    fail(dead, now + 5 * SECOND, times=1)

    assert dead.claim(now=now + 14 * SECOND) == []
    assert len(dead.claim(now=now + 15 * SECOND, limit=10)) == 1


def test_a_probe_with_nothing_to_send_is_not_used_up(dead, backlog, now):
    later = now + 5 * SECOND
    with dead.db.connection() as connection:
        connection.exec_driver_sql("DELETE FROM delivery")
    assert dead.claim(now=later) == []
    late = dead.queue(key="late", due_at=now)

    assert [one.id for one in dead.claim(now=later)] == [late]


def test_a_dead_probing_worker_blocks_the_destination_for_one_rest_only(dead, now):
    dead.claim(now=now + 5 * SECOND, owner="dies")

    assert len(dead.claim(now=now + 11 * SECOND, owner="next")) == 1


def test_after_a_good_probe_the_backlog_drains_in_doubling_portions(dead, now):
    later, portions = now + 6 * SECOND, []
    while claimed := dead.claim(now=later, limit=16):
        portions.append(len(claimed))
        dead.settle(claimed, Sent(), now=later)

    assert portions == [1, 2, 4, 8, 16, 9]
    assert destination(dead).failures == 0


def test_a_destination_that_recovered_gets_full_batches_again(dead, now):
    later = now + 6 * SECOND
    for _ in range(7):
        if claimed := dead.claim(now=later, limit=1):
            dead.settle(claimed, Sent(), now=later)

    row = destination(dead)
    assert (row.failures, row.open_until, row.allowance, row.down_since) == (0, None, None, None)


def test_a_destination_that_asks_for_a_pause_gets_it_at_once(outbox, backlog, now):
    fail(outbox, now, times=1, after=timedelta(minutes=3))

    assert outbox.claim(now=now + timedelta(minutes=3) - SECOND) == []
    assert len(outbox.claim(now=now + timedelta(minutes=3), limit=10)) == 10


def test_a_rest_from_before_the_clock_jumped_back_is_void(outbox, backlog, now):
    fail(outbox, now + timedelta(days=3), times=5)

    assert len(outbox.claim(now=now)) == 1


def test_an_operator_can_have_it_tried_now(dead, now):
    with dead.db.transaction() as session:
        probe_now(session, SCORES.destination)

    assert has_work(dead, now)
    assert len(dead.claim(now=now, limit=10)) == 1
