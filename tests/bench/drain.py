"""How fast the outbox drains into an LRS that answers at once."""

import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import psutil

from lti_tool.domain.database import Database
from lti_tool.lrs.sender import StatementSender
from lti_tool.outbox.worker import Worker
from tests.bench.outbox import enqueue, ids, statement
from xapi.batches import StoredStatement
from xapi.lrs import LrsClient

COUNT = 5_000
PORT = 9132
STUB = Path(__file__).with_name("stub_lrs.py")


@contextmanager
def stub_lrs():
    """An LRS in a process of its own that takes everything."""
    process = subprocess.Popen([sys.executable, str(STUB), str(PORT)])
    time.sleep(1)
    try:
        yield f"http://127.0.0.1:{PORT}/xAPI"
    finally:
        process.terminate()
        process.wait(10)


def measure_drain(address):
    """Yield a line: raw rate in batches of 100, drain rate, CPU-ms for each statement."""
    database = Database(address)
    with stub_lrs() as endpoint:
        raw = _raw_rate(LrsClient(endpoint, "key", "secret"))
        enqueue(database, COUNT)
        rate, cpu = _drain(database, LrsClient(endpoint, "key", "secret"))
    database.dispose()
    yield (
        f"outbox  {rate:7.0f} statements/s, {rate / raw:.0%} of the {raw:.0f}/s the LRS takes raw; "
        f"{cpu:.2f} CPU-ms each"
    )


def _raw_rate(client):
    texts = [statement(n) for n in range(COUNT)]
    batches = [texts[n : n + 100] for n in range(0, COUNT, 100)]
    started = time.perf_counter()
    for batch in batches:
        client.store([StoredStatement(id, text) for id, text in batch])
    return COUNT / (time.perf_counter() - started)


def _drain(database, client):
    stop = threading.Event()
    worker = Worker(database, {"statement": StatementSender(client)})
    thread = threading.Thread(target=worker.run_forever, args=(stop,))
    cpu, started = psutil.Process().cpu_times(), time.perf_counter()
    thread.start()
    while len(ids(database, "sent")) < COUNT and time.perf_counter() - started < 120:
        time.sleep(0.05)
    elapsed, after = time.perf_counter() - started, psutil.Process().cpu_times()
    stop.set()
    thread.join()
    spent = after.user + after.system - cpu.user - cpu.system
    return COUNT / elapsed, spent / COUNT * 1000
