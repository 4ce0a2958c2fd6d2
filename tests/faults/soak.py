"""Break everything at random for a while, then check that the promise held.

    python -m tests.faults.soak --minutes 10 --database sqlite
    python -m tests.faults.soak --minutes 10 --database postgresql --seed 7

Producers write changes with their messages and are killed; workers deliver them and are
killed, stopped for a while and told to end; the receiver refuses, loses answers and hangs
up. Afterwards all is left in peace until nothing waits, and then these must hold:

* every acknowledged change is in the database, and every message of a change arrived
  (of scores: the newest of each key, the others arrived or were superseded);
* nothing arrived that was not committed, however often something arrived twice;
* per key, messages arrived for the first time in the order of the commits.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from lti_tool.domain.base import Base
from lti_tool.domain.database import Database
from lti_tool.outbox.models import Delivery, DeliveryState
from tests import postgres
from tests.faults import ledger
from tests.faults.actors import produce, work
from tests.faults.checker import check
from tests.faults.fleet import Fleet, Fork

ROOT = Path(__file__).parents[2]

WORKER_FAULTS = (signal.SIGKILL, signal.SIGSTOP, signal.SIGSTOP, signal.SIGTERM)

DRAIN_SECONDS = 60.0


@dataclass(frozen=True)
class Soak:
    """One run on one database."""

    url: str
    seed: int
    scratch: Path

    def run(self, seconds: float) -> dict[str, Any]:
        """Break things for *seconds*, make peace, check; return figures for the curious.

        Raises:
            AssertionError: The promise did not hold.
        """
        self.prepare()
        with self.receiver() as port, ExitStack() as peace:
            seeds = iter(range(self.seed * 1_000_000, sys.maxsize))
            producers = Fleet(
                "producer", lambda: Fork(produce, self.url, self.acknowledged, next(seeds)), 4
            )
            workers = Fleet("worker", lambda: Fork(work, self.url, port), 3)
            peace.callback(producers.end, signal.SIGKILL)
            peace.callback(workers.end, signal.SIGKILL)
            self.wreak_havoc(producers, workers, seconds)
            producers.end(signal.SIGKILL)
            ask(port, "/calm")
            took = self.drain(workers)
            ends = workers.end(signal.SIGTERM)
            # A worker that was just starting had no handler yet.
            assert ends <= {0, -signal.SIGTERM}, f"workers ended with {ends}"
            report = ask(port, "/arrivals")
        figures: dict[str, Any] = self.check(report["arrivals"])
        faults = dict(producers.faults + workers.faults) | report["faults"]
        return figures | {"drain_seconds": round(took, 1), "faults": faults}

    def check(self, arrivals: list[str]) -> dict[str, int]:
        """Hold what arrived against what was committed."""
        db = Database(self.url)
        try:
            return check(db, self.acknowledged.read_text().split(), arrivals)
        finally:
            db.dispose()

    def prepare(self) -> None:
        """Make the tables of the soak's own domain."""
        db = Database(self.url)
        Base.metadata.create_all(db.engine)
        ledger.metadata.drop_all(db.engine)
        ledger.metadata.create_all(db.engine)
        with db.connection() as connection:
            rows = [{"key": key, "number": 0} for key in ledger.counted_keys()]
            connection.execute(ledger.counter.insert(), rows)
        db.dispose()

    @contextmanager
    def receiver(self) -> Iterator[int]:
        """Run the receiver; yield its port."""
        command = [sys.executable, "-m", "tests.faults.receiver", str(self.seed)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            try:
                assert process.stdout
                yield int(process.stdout.readline())
            finally:
                process.terminate()

    @property
    def acknowledged(self) -> Path:
        """The file of ids whose commit came back."""
        return self.scratch / "acknowledged"

    def wreak_havoc(self, producers: Fleet, workers: Fleet, seconds: float) -> None:
        """Kill and stop processes at random, about two every second."""
        rng = random.Random(self.seed)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            producers.fill()
            workers.fill()
            time.sleep(rng.uniform(0.2, 0.8))
            if rng.random() < 0.5:
                producers.hurt(signal.SIGKILL, rng)
            else:
                workers.hurt(rng.choice(WORKER_FAULTS), rng)

    def drain(self, workers: Fleet) -> float:
        """Let the workers work until nothing waits; return the seconds it took."""
        started = time.monotonic()
        db = Database(self.url)
        while waiting := self.count_queued(db):
            workers.fill()
            assert time.monotonic() < started + DRAIN_SECONDS, f"{waiting} still wait"
            time.sleep(0.2)
        db.dispose()
        return time.monotonic() - started

    def count_queued(self, db: Database) -> int:
        """Return how many messages wait."""
        queued = select(func.count()).where(Delivery.state == DeliveryState.QUEUED)
        with db.reading() as session:
            return session.scalar(queued) or 0


def ask(port: int, path: str) -> dict[str, Any]:
    """Ask the receiver."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
        answer: dict[str, Any] = json.load(response)
        return answer


@contextmanager
def database(kind: str, scratch: Path) -> Iterator[str]:
    """Yield the address of an empty database: ``sqlite`` or ``postgresql``."""
    if kind == "sqlite":
        yield f"sqlite:///{scratch / 'soak.db'}"
        return
    with postgres.server() as server, postgres.fresh_database(server) as url:
        yield url.render_as_string(hide_password=False)


def main() -> None:
    """Soak from the command line; ends with 1 and the reason if the promise did not hold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trellis-soak-") as folder:
        scratch = Path(folder)
        with database(chosen.database, scratch) as url:
            figures = Soak(url, chosen.seed, scratch).run(chosen.minutes * 60)
    sys.stdout.write(json.dumps({"seed": chosen.seed} | figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
