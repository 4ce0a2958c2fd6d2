"""The processes of the soak that get killed and stopped.

python -m tests.faults.actors producer URL ACKNOWLEDGED SEED
python -m tests.faults.actors worker URL PORT
"""

import http.client
import json
import os
import random
import signal
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from lti_tool.domain.database import Database
from lti_tool.outbox.schedule import Schedule
from lti_tool.outbox.sending import Claimed, DestinationDown, Outcome, Retry, Sent
from lti_tool.outbox.worker import Worker
from tests.faults.ledger import choose_keys, write_change

HASTY = Schedule(
    steps=tuple(timedelta(seconds=seconds) for seconds in (0.2, 0.5, 1.0)),
    first_probe=timedelta(seconds=0.2),
    longest_probe=timedelta(seconds=1),
)
LEASE = timedelta(seconds=5)
TIMEOUT_SECONDS = 2.0


def produce(url: str, acknowledged: Path, seed: int) -> None:
    """Write changes with their messages for ever; acknowledge each commit after it."""
    db, rng = Database(url), random.Random(seed)
    file = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while True:
        try:
            ids = produce_one(db, rng)
        except SQLAlchemyError:
            continue  # Deadlock, or the database was busy for too long: nothing was promised.
        os.write(file, "".join(f"{id}\n" for id in ids).encode())
        time.sleep(rng.uniform(0, 0.02))


def produce_one(db: Database, rng: random.Random) -> list[str]:
    """Commit up to three changes, or roll them back; return what was committed."""
    with db.transaction() as session:
        ids = []
        for key in choose_keys(rng):
            ids.append(str(write_change(session, key, rng)))
            # The longer it takes, the more others commit between our number and our commit.
            time.sleep(rng.uniform(0, 0.002 if db.is_sqlite else 0.02))
        if rng.random() < 0.1:
            session.rollback()
            return []
    return ids


class HttpSender:
    """Posts messages to the receiver."""

    def __init__(self, port: int, batch_size: int) -> None:
        self.port, self.batch_size = port, batch_size

    def send(self, claimed: Sequence[Claimed]) -> Sequence[Outcome]:
        """Send all in one request: all arrive, or none."""
        messages = [one.payload or json.loads(one.body or "") for one in claimed]
        return [self.post(json.dumps(messages))] * len(claimed)

    def post(self, body: str) -> Outcome:
        """Return what became of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("POST", "/", body)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            return DestinationDown(why=type(error).__name__)
        finally:
            connection.close()
        if response.status == 200:
            return Sent(status=200)
        if response.status == 429:
            after = timedelta(seconds=int(response.headers["Retry-After"]))
            return DestinationDown(why="429", after=after, status=429)
        return Retry(why=str(response.status), status=response.status)


def work(url: str, port: int) -> None:
    """Deliver until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    senders = {"statement": HttpSender(port, 20), "score": HttpSender(port, 1)}
    Worker(Database(url), senders, schedule=HASTY, lease=LEASE, threads=6).run_forever(stop)
