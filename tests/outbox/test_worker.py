"""The worker: from the outbox to the senders and back."""

import threading
import time
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from lti_tool.domain.base import utc_now
from lti_tool.domain.database import Database
from lti_tool.outbox.carrier import Carrier
from lti_tool.outbox.claim import Route
from lti_tool.outbox.heartbeat import is_worker_alive
from lti_tool.outbox.models import DeliveryState, WorkerBeat
from lti_tool.outbox.sending import Claimed, DestinationDown, Outcome, Sent
from lti_tool.outbox.worker import Worker
from tests.outbox.driver import SCORES, STATEMENTS, Outbox

HANGING = Route("score", "platform:hanging")


class Post:
    """A sender that keeps what it is given; *behave* may do otherwise first."""

    def __init__(self, batch_size=1, behave=lambda claimed: None):
        self.batch_size = batch_size
        self.behave = behave
        self.batches: list[list[Claimed]] = []

    def send(self, claimed: Sequence[Claimed]) -> Sequence[Outcome]:
        answer = self.behave(claimed)
        if answer is None:
            self.batches.append(list(claimed))
            return [Sent()] * len(claimed)
        return answer

    @property
    def ids(self):
        return [one.id for batch in self.batches for one in batch]


class Clock:
    """A clock that a test turns by hand."""

    def __init__(self):
        self.now = utc_now()

    def __call__(self):
        return self.now

    def turn(self, **duration):
        self.now += timedelta(**duration)


def eventually(condition, *, within=8.0):
    """Wait until *condition* holds."""
    until = time.monotonic() + within
    while not (holds := condition()) and time.monotonic() < until:
        time.sleep(0.01)
    assert holds, "did not happen in time"


@pytest.fixture
def running(outbox):
    """Start workers in threads; stop them in the end."""
    stop, threads = threading.Event(), []

    def run(senders, **more):
        worker = Worker(outbox.db, senders, **more)
        threads.append(threading.Thread(target=worker.run_forever, args=(stop,)))
        threads[-1].start()
        return stop

    yield run
    stop.set()
    for thread in threads:
        thread.join()


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


def test_a_slow_destination_does_not_hold_up_another(outbox, running):
    release = threading.Event()

    def hang(claimed):
        if claimed[0].destination.startswith("slow"):
            release.wait(20)

    scores = Post(behave=hang)
    for n in range(30):
        outbox.queue(Route("score", f"slow:{n % 3}"), key=f"s{n}")
    fine = outbox.queue(key="fine")
    running({"score": scores}, threads=4)

    try:
        eventually(lambda: outbox.read(fine).state is DeliveryState.SENT)
        assert scores.ids == [fine]
    finally:
        release.set()


def test_what_is_queued_later_is_sent_within_two_seconds(outbox, running):
    scores = Post()
    running({"score": scores})
    time.sleep(1.0)

    id = outbox.queue()

    eventually(lambda: scores.ids == [id], within=3.0)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_wakes_an_idle_worker_at_once(outbox, running, monkeypatch):
    monkeypatch.setattr("lti_tool.outbox.worker.IDLE_SECONDS", (60.0, 60.0))
    scores = Post()
    running({"score": scores})
    time.sleep(0.5)  # it has looked, found nothing, and listens

    for n in range(3):
        outbox.queue(key=str(n))
        eventually(lambda n=n: len(scores.ids) == n + 1)


def test_a_stopping_worker_finishes_what_it_is_sending_and_claims_no_more(outbox, running):
    sending, may_end = threading.Event(), threading.Event()

    def hang(claimed):
        sending.set()
        may_end.wait(10)

    first, second = outbox.queue(), outbox.queue()
    stop = running({"score": Post(behave=hang)})
    sending.wait(10)

    stop.set()
    may_end.set()

    eventually(lambda: outbox.read(first).state is DeliveryState.SENT)
    time.sleep(0.5)
    row = outbox.read(second)
    assert (row.state, row.lease_owner) == (DeliveryState.QUEUED, None)


def test_a_running_worker_gives_signs_of_life_and_says_goodbye(outbox, running):
    def is_alive():
        with outbox.db.reading() as session:
            return is_worker_alive(session)

    assert not is_alive()
    stop = running({})
    eventually(is_alive)
    stop.set()
    eventually(lambda: not is_alive())


def test_a_worker_that_died_counts_as_gone_after_a_minute(outbox):
    with outbox.db.transaction() as session:
        gone = utc_now() - timedelta(seconds=61)
        session.add(WorkerBeat(name="dead", started_at=gone, beat_at=gone))

    with outbox.db.reading() as session:
        assert not is_worker_alive(session)


def test_housekeeping_goes_on_when_one_part_of_it_fails(outbox, running):
    calls = []

    def broken():
        calls.append("broken")
        raise ValueError("private text")

    running({}, housekeeping=[broken, lambda: calls.append("fine")], housekeeping_seconds=0.1)

    eventually(lambda: calls.count("fine") >= 2)
    assert calls[:4] == ["broken", "fine", "broken", "fine"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_worker_outlives_a_database_that_cuts_every_connection(outbox, running, database_url):
    scores = Post()
    running({"score": scores})
    first = outbox.queue(key="a")
    eventually(lambda: scores.ids == [first])

    own = Outbox(Database(database_url))
    with own.db.connection() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    second = own.queue(key="b")

    eventually(lambda: scores.ids == [first, second])
    own.db.dispose()


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
