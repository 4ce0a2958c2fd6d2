"""Order: nothing of a key overtakes anything older of that key."""

from collections import defaultdict
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_tool.domain.base import utc_now
from lti_tool.outbox.answers import settle
from lti_tool.outbox.claim import LEASE, Route, routes_with_work
from lti_tool.outbox.models import lane_of
from lti_tool.outbox.sending import DestinationDown, Refused, Retry, Sent
from lti_tool.outbox.standing import drop
from tests.outbox.driver import EXACT, SCORES, STATEMENTS

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def ids(claimed):
    return [one.id for one in claimed]


def test_deliveries_of_a_key_go_one_after_the_other(outbox):
    first, second = outbox.queue(), outbox.queue()

    assert ids(outbox.claim()) == [first]
    assert outbox.claim() == []

    outbox.settle(outbox.claim(now=utc_now() + timedelta(minutes=3)), Sent())
    assert ids(outbox.claim()) == [second]


def test_a_batch_takes_several_of_one_key_in_order(outbox):
    queued = [outbox.queue(STATEMENTS, key=key, body="{}") for key in "aabaab"]

    assert ids(outbox.claim(STATEMENTS, limit=4)) == queued[:4]
    assert ids(outbox.claim(STATEMENTS, limit=4)) == []


def test_each_half_of_the_keys_can_be_claimed_while_the_other_is_being_sent(outbox):
    queued = [outbox.queue(STATEMENTS, key=f"k{n % 8}", body="{}") for n in range(24)]

    halves = [outbox.claim(STATEMENTS, limit=8, half=half) for half in (0, 1)]

    for half, claimed in enumerate(halves):
        keys = {one.key for one in claimed}
        assert {lane_of(key) % 2 for key in keys} == {half}
        assert ids(claimed) == [id for n, id in enumerate(queued) if f"k{n % 8}" in keys][:8]


def test_nothing_overtakes_a_delivery_that_waits_for_a_retry(outbox):
    first, second = outbox.queue(key="a"), outbox.queue(key="a")
    other = outbox.queue(key="b")
    outbox.settle(outbox.claim(), Retry(why="503"))

    assert ids(outbox.claim(limit=10)) == [other]
    later = utc_now() + timedelta(seconds=10)
    assert ids(outbox.claim(limit=10, now=later)) == [first, second]


def test_a_parked_delivery_does_not_hold_up_its_key(outbox):
    outbox.queue()
    second = outbox.queue()
    outbox.settle(outbox.claim(), Refused(code="gone"))

    assert ids(outbox.claim()) == [second]


def test_a_message_of_another_kind_waits_for_its_turn_in_the_key(outbox):
    column = outbox.queue(Route("line_item", "platform:north"), key="item")
    score = outbox.queue(SCORES, key="item")

    assert outbox.claim(SCORES, limit=10) == []
    made = outbox.claim(Route("line_item", "platform:north"), limit=10)
    assert ids(made) == [column]
    outbox.settle(made, Sent())
    assert ids(outbox.claim(SCORES)) == [score]


def test_destinations_do_not_wait_for_each_other(outbox):
    outbox.queue(Route("score", "platform:north"), key="a")
    outbox.settle(outbox.claim(), DestinationDown(why="timeout", after=timedelta(hours=1)))
    south = Route("score", "platform:south")
    outbox.queue(south, key="b")
    outbox.queue(Route("mail", "smtp"), key="c", due_at=utc_now() + timedelta(hours=1))

    with outbox.db.reading_connection() as connection:
        found = routes_with_work(connection, ["score", "mail", "statement"], now=utc_now())

    assert found == [south]


@on_postgresql
def test_a_number_drawn_first_but_committed_late_holds_back_later_ones(outbox):
    """Two transactions write the same key; the one with the higher number commits first."""
    elsewhere = next(str(n) for n in range(9) if lane_of(str(n)) != lane_of("k"))
    with outbox.db.transaction() as slow:
        early = outbox.put(slow, key="k")
        late = outbox.queue(key="k")
        other = outbox.queue(key=elsewhere)

        assert ids(outbox.claim(limit=10)) == [other]

    both = outbox.claim(limit=10)
    assert ids(both) == [early, late]
    assert both[0].seq < both[1].seq


@on_postgresql
def test_a_rolled_back_number_holds_back_nothing(outbox):
    with outbox.db.transaction() as slow:
        outbox.put(slow, key="k")
        second = outbox.queue(key="k")
        slow.rollback()

    assert ids(outbox.claim()) == [second]


@on_postgresql
def test_transactions_that_write_keys_crosswise_do_not_wait_for_each_other(outbox):
    with outbox.db.transaction() as one, outbox.db.transaction() as two:
        outbox.put(one, key="a")
        outbox.put(two, key="b")
        outbox.put(one, key="b")
        outbox.put(two, key="a")

    assert len(outbox.claim(limit=10)) == 4


@on_postgresql
@pytest.mark.parametrize("late", [Retry(why="503"), DestinationDown(why="timeout")])
def test_nothing_overtakes_a_delivery_whose_late_answer_is_being_written_down(outbox, late):
    """Its lease ran out, so it may be claimed; but the row is locked, and claims skip it."""
    outbox.queue(), outbox.queue()
    slow, later = outbox.claim(), utc_now() + LEASE
    with outbox.db.connection() as connection:
        settle(connection, slow, [late], now=later, schedule=EXACT)

        assert outbox.claim(limit=10, now=later) == []
    assert outbox.claim(limit=10, now=later) == []
    assert len(outbox.claim(limit=10, now=later + LEASE)) == 2


@on_postgresql
def test_nothing_overtakes_a_delivery_that_somebody_is_dropping(outbox):
    first, second = outbox.queue(), outbox.queue()
    with outbox.db.transaction() as session:
        drop(session, first, "unwanted")

        assert outbox.claim(limit=10) == []
        session.rollback()
    assert ids(outbox.claim(limit=10)) == [first, second]


class World:
    """Producers, workers and a receiver, moved step by step by a list of acts."""

    def __init__(self, outbox):
        self.outbox, self.now = outbox, utc_now()
        self.route = Route("statement", f"lrs:{uuid4()}")
        self.queued, self.arrived = defaultdict(list), defaultdict(list)
        self.unanswered = []

    def queue(self, name):
        """Queue a message; those of the key ``bad`` are all refused."""
        key = f"{name}:{self.route.destination}"
        id = self.outbox.queue(self.route, key=key, body=name, due_at=self.now)
        self.queued[key].append(id)

    def send(self, limit_and_fault):
        """Claim and send; the answer is written down later, or never."""
        limit, fault = limit_and_fault
        claimed = self.outbox.claim(self.route, limit=limit, owner="w", now=self.now)
        outcomes = [fault or self.receive(one) for one in claimed]
        if claimed:
            self.unanswered.append((claimed, outcomes))

    def receive(self, one):
        if one.body == "bad":
            return Refused(code="rejected")
        if one.id not in self.arrived[one.key]:
            self.arrived[one.key].append(one.id)
        return Sent()

    def answer(self, which):
        if self.unanswered:
            claimed, outcomes = self.unanswered.pop(which % len(self.unanswered))
            self.outbox.settle(claimed, *outcomes, now=self.now)

    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)


faults = st.sampled_from([None, None, Retry(why="500"), DestinationDown(why="timeout")])
acts = st.one_of(
    st.tuples(st.just("queue"), st.sampled_from(["a", "b", "bad"])),
    st.tuples(st.just("send"), st.tuples(st.integers(1, 4), faults)),
    st.tuples(st.just("answer"), st.integers(0, 3)),
    st.tuples(st.just("wait"), st.sampled_from([1, 10, 130, 4000])),
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(acts, min_size=15, max_size=50))
def test_whatever_happens_first_arrivals_of_a_key_keep_the_order(outbox, acts):
    """Several sends under way, late answers, faults, expired leases: still in order."""
    world = World(outbox)

    for act, value in acts:
        getattr(world, act)(value)

    for key, arrived in world.arrived.items():
        assert arrived == [id for id in world.queued[key] if id in arrived]
