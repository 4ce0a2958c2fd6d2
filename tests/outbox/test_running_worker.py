"""A worker that runs for ever: waking, pausing, stopping, outliving."""

import threading
import time
from contextlib import suppress
from datetime import timedelta

import pytest

from lti_tool.domain.base import utc_now
from lti_tool.domain.database import Database
from lti_tool.outbox.claim import Route
from lti_tool.outbox.heartbeat import is_worker_alive
from lti_tool.outbox.models import DeliveryState, WorkerBeat
from lti_tool.outbox.worker import Worker
from tests.outbox.driver import Outbox, Post


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


def test_two_threads_share_a_destination_even_if_each_batch_meets_every_key(outbox, running):
    both, have_met = threading.Barrier(2), threading.Event()

    def wait_for_the_other(_claimed):
        if not have_met.is_set():
            with suppress(threading.BrokenBarrierError):
                both.wait(20)
                have_met.set()

    for n in range(48):
        outbox.queue(Route("statement", "lrs"), key=f"k{n % 8}", body="{}")
    post = Post(batch_size=8, behave=wait_for_the_other)
    running({"statement": post})

    eventually(have_met.is_set, within=20)
    eventually(lambda: len(post.ids) == 48, within=20)


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
