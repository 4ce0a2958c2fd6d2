"""What a killed worker held does not wait for its lease, when somebody can tell that it died."""

import os
import signal
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_tool.domain.base import utc_now
from lti_tool.domain.database import Database
from lti_tool.outbox.heartbeat import beat
from lti_tool.outbox.identity import has_ended, name_of_worker
from lti_tool.outbox.models import DeliveryState, WorkerBeat
from lti_tool.outbox.takeover import take_over
from lti_tool.outbox.worker import Worker
from tests.faults.fleet import Fork
from tests.outbox.driver import STATEMENTS, Post
from tests.outbox.test_running_worker import eventually


def claim_and_hang(url):
    """Run a worker that never gets an answer."""
    hanging = Post(batch_size=50, behave=lambda claimed: time.sleep(60))
    Worker(Database(url), {"statement": hanging}).run_forever(threading.Event())


@pytest.fixture
def hanging(outbox, database_url):
    """A worker process that is sending a statement and gets no answer."""
    first = outbox.queue(STATEMENTS, key="learner", body="{}")
    child = Fork(claim_and_hang, database_url)
    eventually(lambda: outbox.read(first).lease_owner)
    yield child
    if child.poll() is None:
        os.kill(child.pid, signal.SIGKILL)
        child.wait(10)


def claim_and_die(url):
    """Run a worker that a delivery marked ``deadly`` kills outright, as a segfault does."""

    def send(claimed):
        if any(one.body == DEADLY for one in claimed):
            os.kill(os.getpid(), signal.SIGKILL)

    Worker(Database(url), {"statement": Post(behave=send)}).run_forever(threading.Event())


@pytest.fixture
def start_worker(database_url):
    """Start worker processes that die of the deadly delivery; those still alive are ended."""
    children = []

    def start():
        children.append(Fork(claim_and_die, database_url))
        return children[-1]

    yield start
    for child in children:
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
            child.wait(10)


@pytest.fixture
def successor(outbox):
    """Another worker, started on the same machine; yields what it sends."""
    statements, stop = Post(batch_size=50), threading.Event()
    worker = Worker(outbox.db, {"statement": statements})
    thread = threading.Thread(target=worker.run_forever, args=(stop,))
    yield lambda: thread.start() or statements
    stop.set()
    thread.join()


DEADLY = '{"deadly":true}'


def names(outbox):
    """The workers that have not said goodbye."""
    with outbox.db.reading() as session:
        return set(session.scalars(select(WorkerBeat.name)))


def test_what_a_killed_worker_held_goes_on_as_soon_as_another_starts(outbox, hanging, successor):
    later = outbox.queue(STATEMENTS, key="learner", body="{}")
    os.kill(hanging.pid, signal.SIGKILL)
    hanging.wait(10)

    statements = successor()

    eventually(lambda: outbox.read(later).state is DeliveryState.SENT)
    assert statements.ids[-1] == later
    assert len(statements.ids) == 2
    eventually(lambda: len(names(outbox)) == 1)


def test_what_a_stopped_worker_holds_stays_with_it(outbox, hanging):
    os.kill(hanging.pid, signal.SIGSTOP)

    assert take_over(outbox.db) == 0

    assert outbox.claim(STATEMENTS) == []
    assert len(names(outbox)) == 1


def test_a_child_that_ended_counts_as_gone_before_its_parent_asks(outbox, hanging):
    """Nobody reaps it yet: in a container the parent may never do so."""
    (name,) = names(outbox)
    assert not has_ended(name)

    os.kill(hanging.pid, signal.SIGKILL)

    eventually(lambda: has_ended(name))


@pytest.mark.parametrize("part", [0, 1], ids=["machine", "container"])
def test_a_worker_elsewhere_keeps_its_lease_until_it_ends(outbox, part):
    here = name_of_worker().rsplit(":", 4)
    here[part], here[2] = "elsewhere", "999999999"
    there = ":".join(here)
    held = outbox.queue()
    outbox.claim(owner=there)
    remember(outbox, there)

    assert take_over(outbox.db) == 0

    assert outbox.read(held).lease_owner.startswith(there)
    assert names(outbox) == {there}


def test_another_process_with_the_number_of_a_dead_worker_does_not_keep_its_lease(outbox):
    reused = name_of_worker().rsplit(":", 4)
    reused[3] = "1"
    name = ":".join(reused)
    id = outbox.queue()
    outbox.claim(owner=name)
    remember(outbox, name)

    assert take_over(outbox.db) == 1

    assert [one.id for one in outbox.claim()] == [id]
    assert names(outbox) == set()


@pytest.mark.parametrize("name", ["", "host:7:abcdef", "host::::", "a:b:c:d:e", "%:_:1:1:x"])
def test_a_name_that_tells_too_little_does_not_count_as_gone(name):
    assert not has_ended(name)


def remember(outbox, name):
    """Give a sign of life in the name of a worker."""
    with outbox.db.connection() as connection:
        beat(connection, name, started_at=utc_now(), now=utc_now())


def test_a_delivery_that_kills_its_worker_waits_ever_longer_and_lets_others_through(
    outbox, start_worker
):
    deadly = outbox.queue(STATEMENTS, key="learner", body=DEADLY)
    for _ in range(2):
        start_worker().wait(20)
    survivor = start_worker()

    other = outbox.queue(STATEMENTS, key="another", body="{}")
    eventually(lambda: outbox.read(other).state is DeliveryState.SENT)

    waiting = outbox.read(deadly)
    assert survivor.poll() is None
    assert (waiting.state, waiting.tries) == (DeliveryState.QUEUED, 2)
    assert waiting.due_at > utc_now() + timedelta(seconds=15)
    assert waiting.last_error == "the worker died while sending it"


def test_what_kills_workers_for_two_weeks_is_laid_aside_for_a_person(outbox):
    deadly = outbox.queue()
    name = gone()
    moment = utc_now()
    for _ in range(60):
        outbox.claim(owner=name, now=moment)
        remember(outbox, name)
        take_over(outbox.db, now=moment)
        if outbox.read(deadly).state is DeliveryState.PARKED:
            break
        moment = max(moment, outbox.read(deadly).due_at)

    parked = outbox.read(deadly)
    assert (parked.state, parked.reason) == (DeliveryState.PARKED, "expired")
    assert moment - parked.created_at >= timedelta(days=14)


def test_a_lease_that_ran_out_counts_as_a_try(outbox):
    id = outbox.queue()
    outbox.claim(owner="elsewhere")

    [again] = outbox.claim(now=utc_now() + timedelta(minutes=3))

    assert (again.id, again.tries) == (id, 1)


def gone():
    """The name of a worker whose process ended and whose number another one has now."""
    reused = name_of_worker().rsplit(":", 4)
    reused[3] = "1"
    return ":".join(reused)
