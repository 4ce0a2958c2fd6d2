"""How fast the outbox drains, beside what the same LRS takes raw in batches of 100.

Into a stub that answers at once it shows our own cost; into Ralph and Learning Locker's
statement service (if npm is here) what is left of a real LRS's speed. Raw runs and drains
take turns, so that a slow minute of the machine hits both; the middle of the ratios counts.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import psutil

from lti_tool.domain.database import Database
from lti_tool.lrs.sender import StatementSender
from lti_tool.outbox.worker import Worker
from tests.bench.outbox import enqueue, pending, statement
from tests.xapi.lrs_servers import free_port, installed_learning_locker, running_learning_locker
from xapi import ralph_lrs
from xapi.batches import StoredStatement
from xapi.lrs import LrsClient

COUNT = 2_000
ROUNDS = 5
KEY = ("trellis", "s3cret")
STUB = Path(__file__).with_name("stub_lrs.py")


@contextmanager
def stub_lrs():
    """An LRS in a process of its own that takes everything."""
    port = free_port()
    process = subprocess.Popen([sys.executable, str(STUB), str(port)])
    time.sleep(1)
    try:
        yield f"http://127.0.0.1:{port}/xAPI"
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def ralph():
    """Ralph with a file store."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ralph_lrs.start(Path(folder), free_port(), *KEY) as running,
    ):
        yield running.endpoint


@contextmanager
def learning_locker():
    """Learning Locker's statement service, in memory."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_learning_locker(installed_learning_locker(), Path(folder)) as endpoint,
    ):
        yield endpoint


def lrs_kinds():
    """Return what there is here to drain into."""
    return [stub_lrs, ralph, *([learning_locker] if shutil.which("npm") else [])]


def measure_drain(address):
    """Yield a line for each LRS: drain rate, raw rate, ratio, CPU-ms for each statement."""
    database = Database(address)
    for kind in lrs_kinds():
        with kind() as endpoint:
            client = LrsClient(endpoint, *KEY)
            rounds = [(_raw_rate(client), *_drain(database, client)) for _ in range(ROUNDS)]
        raw, rate, cpu = map(statistics.median, zip(*rounds, strict=True))
        share = statistics.median(rate / raw for raw, rate, _ in rounds)
        yield (
            f"outbox  {rate:7.0f} statements/s, {share:.0%} of the {raw:.0f}/s that "
            f"{kind.__name__} takes raw; {cpu:.2f} CPU-ms each"
        )
    database.dispose()


def _raw_rate(client):
    texts = [statement(n) for n in range(COUNT)]
    batches = [texts[n : n + 100] for n in range(0, COUNT, 100)]
    started = time.perf_counter()
    for batch in batches:
        client.store([StoredStatement(id, text) for id, text in batch])
    return COUNT / (time.perf_counter() - started)


def _drain(database, client):
    enqueue(database, COUNT)
    stop = threading.Event()
    worker = Worker(database, {"statement": StatementSender(client)})
    thread = threading.Thread(target=worker.run_forever, args=(stop,))
    cpu, started = psutil.Process().cpu_times(), time.perf_counter()
    thread.start()
    while pending(database) and time.perf_counter() - started < 120:
        time.sleep(0.02)
    elapsed, after = time.perf_counter() - started, psutil.Process().cpu_times()
    stop.set()
    thread.join()
    spent = after.user + after.system - cpu.user - cpu.system
    return COUNT / elapsed, spent / COUNT * 1000
