"""``make bench``: launches, an activity page and the outbox, measured on this machine.

Prints, for SQLite and PostgreSQL: launches per second from login initiation to the
rendered page (2 gunicorn workers), p50 and p95, CPU-ms per launch of the tool and its peak
memory; the same for an activity page; and how fast the outbox drains, beside what the same
LRS takes raw in batches of 100. Figures, not tests: a
shared machine is noisy, so compare runs made one after the other.
"""

import sys
import tempfile
from pathlib import Path

from tests import postgres
from tests.bench.drain import measure_drain
from tests.bench.launches import measure_launches


def databases(folder):
    """Yield a name and an address for each engine that can be had here."""
    yield "SQLite", f"sqlite:///{folder / 'bench.db'}"
    with postgres.server() as server, postgres.fresh_database(server) as url:
        yield "PostgreSQL", url.render_as_string(hide_password=False)


def main(seconds=8.0):
    with tempfile.TemporaryDirectory() as name:
        for engine, address in databases(Path(name)):
            for line in (*measure_launches(address, seconds), *measure_drain(address)):
                sys.stdout.write(f"{engine:11} {line}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
