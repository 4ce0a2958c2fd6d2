"""The worker: from the outbox to the senders and back."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from lti_tool.domain.base import utc_now
from lti_tool.outbox.carrier import Carrier
from lti_tool.outbox.claim import Route
from lti_tool.outbox.models import DeliveryState
from lti_tool.outbox.sending import DestinationDown, Sent
from lti_tool.outbox.worker import Worker
from tests.outbox.driver import SCORES, STATEMENTS, Post

HANGING = Route("score", "platform:hanging")


class Clock:
    """A clock that a test turns by hand."""

    def __init__(self):
        self.now = utc_now()

    def __call__(self):
        return self.now

    def turn(self, **duration):
        self.now += timedelta(**duration)


def test_everything_due_goes_to_the_sender_of_its_kind(outbox):
    scores, statements = Post(), Post(batch_size=50)
    score = outbox.queue()
    stated = [outbox.queue(STATEMENTS, key=key, body="{}") for key in "abab"]
    mail = outbox.queue(Route("mail", "smtp"))

    report = Worker(outbox.db, {"score": scores, "statement": statements}).run_once()

    assert (scores.ids, statements.ids) == ([score], stated)
    assert len(statements.batches) == 1
    assert (report.sent, report.failed) == (5, 0)
    assert outbox.read(score).state is DeliveryState.SENT
    assert outbox.read(mail).state is DeliveryState.QUEUED


def test_a_hundred_is_the_largest_batch(outbox):
    with outbox.db.transaction() as session:
        for n in range(130):
            outbox.put(session, STATEMENTS, key=str(n), body="{}")
    statements = Post(batch_size=5000)

    Worker(outbox.db, {"statement": statements}).run_once()

    assert [len(batch) for batch in statements.batches] == [100, 30]


def test_nothing_is_sent_inside_a_transaction(outbox):
    """While the sender works anybody may write, on SQLite too."""
    queued_meanwhile = []

    def write(claimed):
        if not queued_meanwhile:
            queued_meanwhile.append(outbox.queue(key="meanwhile"))

    scores = Post(behave=write)
    first = outbox.queue()

    Worker(outbox.db, {"score": scores}).run_once()

    assert scores.ids == [first, *queued_meanwhile]


def test_a_sender_that_raises_costs_a_try_and_tells_nothing_but_the_class(outbox):
    def leak(claimed):
        raise ConnectionError("token=s3cret tomas@college.example")

    id = outbox.queue()

    report = Worker(outbox.db, {"score": Post(behave=leak)}).run_once()

    row = outbox.read(id)
    assert report.failed == 1
    assert (row.state, row.tries, row.last_error) == (DeliveryState.QUEUED, 1, "ConnectionError")


@pytest.mark.parametrize("answer", [[], [Sent()] * 3, ["yes", "yes"]])
def test_a_sender_that_answers_nonsense_has_sent_nothing(outbox, answer):
    ids = [outbox.queue(STATEMENTS, key=key, body="{}") for key in "ab"]

    Worker(outbox.db, {"statement": Post(50, lambda claimed: answer)}).run_once()

    assert {outbox.read(id).last_error for id in ids} == {"WrongAnswers"}
    assert {outbox.read(id).state for id in ids} == {DeliveryState.QUEUED}


def test_a_worker_that_slept_past_its_lease_sends_nothing(outbox):
    """It may have been stopped between claiming and sending, and another took over."""
    id, scores = outbox.queue(), Post()
    claiming_and_waking = iter([utc_now(), utc_now() + timedelta(minutes=10)])
    carrier = Carrier(
        db=outbox.db,
        senders={"score": scores},
        owner="slept",
        clock=lambda: next(claiming_and_waking),
    )

    assert carrier.carry(SCORES, threading.Event()).claimed == 0

    assert scores.ids == []
    assert outbox.read(id).state is DeliveryState.QUEUED


def test_a_worker_that_is_stopped_after_claiming_gives_back_what_it_holds(outbox):
    id, scores, stop = outbox.queue(), Post(), threading.Event()
    stop.set()

    Carrier(db=outbox.db, senders={"score": scores}, owner="stops").carry(SCORES, stop)

    assert scores.ids == []
    assert [one.id for one in outbox.claim()] == [id]


def test_an_outage_of_three_days_costs_few_probes_and_no_message(outbox):
    clock, probes = Clock(), []
    is_down = True

    def answer(claimed):
        if is_down:
            probes.append(clock())
            return [DestinationDown(why="refused")] * len(claimed)
        return None

    statements = Post(batch_size=50, behave=answer)
    worker = Worker(outbox.db, {"statement": statements}, clock=clock)
    with outbox.db.transaction() as session:
        queued = [
            outbox.put(session, STATEMENTS, key=str(n % 9), body="{}", due_at=clock())
            for n in range(120)
        ]
    for _ in range(72 * 12):
        worker.run_once()
        clock.turn(minutes=5)
    is_down = False
    clock.turn(hours=3)
    worker.run_once()
    clock.turn(minutes=1)
    worker.run_once()

    assert 40 < len(probes) < 60
    assert len(statements.ids) == 120
    assert sorted(statements.ids, key=queued.index) == queued
    for key in range(9):
        mine = [one.seq for batch in statements.batches for one in batch if one.key == str(key)]
        assert mine == sorted(mine)
    assert {outbox.read(id).tries for id in queued} <= {0, 1}


def test_a_dead_destination_does_not_hold_up_another(outbox):
    def answer(claimed):
        dead = claimed[0].destination == HANGING.destination
        return [DestinationDown(why="timeout")] if dead else None

    scores = Post(behave=answer)
    for n in range(12):
        outbox.queue(HANGING, key=f"h{n}")
    fine = [outbox.queue(key=f"f{n}") for n in range(3)]

    Worker(outbox.db, {"score": scores}).run_once()

    assert scores.ids == fine


def test_an_answer_is_written_down_when_the_database_was_away_for_a_moment(outbox, monkeypatch):
    id, faults, healthy = outbox.queue(), [], outbox.db.connection

    @contextmanager
    def connection():
        if faults:
            raise OperationalError("COMMIT", None, faults.pop())
        with healthy() as open_connection:
            yield open_connection

    monkeypatch.setattr(outbox.db, "connection", connection)
    scores = Post(behave=lambda claimed: faults.append(OSError("away")))

    assert Worker(outbox.db, {"score": scores}).run_once().sent == 1

    assert scores.ids == [id]
    assert outbox.read(id).state is DeliveryState.SENT
