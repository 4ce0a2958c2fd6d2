"""The whole tool under fire: trainees submit over HTTP while gunicorn's workers and the
outbox's are killed with SIGKILL at random, and the LRS fails one answer in four.

What a page said was handed in must be in the database once, and its statement in the LRS.
"""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4

import psutil
from sqlalchemy import func, select

from lti_tool.domain.database import Database
from lti_tool.domain.records import Record, RecordState, Revision
from lti_tool.migrations.runner import upgrade
from lti_tool.outbox.models import Delivery, DeliveryState
from lti_tool.plugins import discover
from tests import postgres
from tests.bench.launches import Browser
from tests.cast import build_world
from tests.faults.failing_lrs import FailingLrs

ROOT = Path(__file__).parent.parent.parent
TRAINEES = 5
TOKEN = re.compile(rb'name="csrf_token" value="([0-9a-f]+)"')
TEXTS = re.compile(rb'name="(text-[^"]+)"')


class WebSoak:
    """One run against one database; `run` returns figures or fails with what was lost."""

    def __init__(self, database_url, seed, port=9141):
        self.rng, self.port = random.Random(seed), port
        self.lrs = FailingLrs(random.Random(seed + 1))
        self.base = f"http://127.0.0.1:{port}"
        self.world = build_world(
            database_url,
            public_url=self.base,
            trusted_proxies=1,
            lrs_endpoint=f"http://127.0.0.1:{self.lrs.server_port}/xAPI",
        )
        self.acknowledged, self.kills, self.stop = [], 0, threading.Event()

    def run(self, seconds):
        threading.Thread(target=self.lrs.serve_forever, daemon=True).start()
        link = self.world.place("logbook")
        try:
            self._start()
            self._fire(link, seconds)
            self._drain()
            return self._check()
        finally:
            self._end()

    def _start(self):
        self.web = self._launch_process(
            f"gunicorn --preload -w 2 -k sync --no-control-socket -b 127.0.0.1:"
            f"{self.port} --log-level critical lti_tool.wsgi:app".split()
        )
        self.worker = self._launch_process(["lti_tool.cli", "worker"])
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            browser = self._browser()
            with suppress(OSError, HTTPException), closing(browser):
                browser.send("GET", "/livez")
                return
            time.sleep(0.1)
        raise RuntimeError("gunicorn did not start")

    def _launch_process(self, arguments):
        settings = self.world.settings
        env = {key: value for key, value in os.environ.items() if not key.startswith("TRELLIS_")}
        env |= {
            "TRELLIS_DATABASE_URL": settings.database_url,
            "TRELLIS_SECRET_KEY": settings.secret_key.get_secret_value(),
            "TRELLIS_PUBLIC_URL": self.base,
            "TRELLIS_TRUSTED_PROXIES": "1",
            "TRELLIS_ALLOW_PRIVATE_NETWORK": "true",
            "TRELLIS_LRS_ENDPOINT": settings.lrs_endpoint,
            "TRELLIS_LOG_LEVEL": "ERROR",
        }
        code = ["-m", *arguments]
        if arguments[0] == "lti_tool.cli":
            code = ["-c", "from lti_tool.cli import main; main()", *arguments[1:]]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            [sys.executable, *code], env=env, cwd=ROOT, stdout=quiet, stderr=quiet
        )

    def _browser(self):
        return Browser(self.port)

    def _fire(self, link, seconds):
        people = [self.world.sandbox.add_person(f"Given{n}", "Busy") for n in range(TRAINEES)]
        for person in people:
            self.world.sandbox.enrol(self.world.cast.course, person)
        threads = [threading.Thread(target=self._trainee, args=(p, link)) for p in people]
        threads.append(threading.Thread(target=self._killer))
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        self.stop.set()
        for thread in threads:
            thread.join(60)

    def _trainee(self, person, link):
        browser, home = self._sign_in(person, link)
        with closing(browser):
            self._work(browser, home)

    def _work(self, browser, home):
        while not self.stop.is_set():
            id = uuid4()
            if self._insist(browser, f"{home}entries/{id}/start", {}) != 303:
                continue
            form = self._filled(browser, f"{home}entries/{id}/edit")
            if form and self._insist(browser, f"{home}entries/{id}/submit", form) == 303:
                self.acknowledged.append(id)

    def _sign_in(self, person, link):
        while True:
            browser = self._browser()
            with suppress(OSError, HTTPException, KeyError):
                answer, _ = browser.send(
                    "POST", "/lti/login", self.world.sandbox.launch_form(person, link)
                )
                query = dict(parse_qsl(urlsplit(answer.headers["Location"] or "").query))
                _, fields = self.world.sandbox.authorize(query)
                answer, _ = browser.send("POST", "/lti/launch", fields)
                home = urlsplit(answer.headers["Location"] or "").path
                _, page = browser.send("GET", home)
                if found := TOKEN.search(page):
                    browser.csrf = found.group(1).decode()
                    return browser, home
            browser.close()
            time.sleep(0.1)

    def _insist(self, browser, path, form):
        """Send until some process answers, as somebody does who presses the button again."""
        for _ in range(40):
            try:
                answer, _ = browser.send("POST", path, {"csrf_token": browser.csrf, **form})
            except (OSError, HTTPException):
                browser.connection.close()
                time.sleep(0.1)
            else:
                if answer.status < 500:
                    return answer.status
        return None

    def _filled(self, browser, path):
        try:
            _, page = browser.send("GET", path)
        except (OSError, HTTPException):
            browser.connection.close()
            return None
        texts = {name.decode(): "Dough and ovens" for name in TEXTS.findall(page)}
        return {"practised_on": "2026-11-02", "duration_minutes": "45", **texts}

    def _killer(self):
        while not self.stop.wait(self.rng.uniform(0.3, 1.0)):
            with suppress(psutil.NoSuchProcess, IndexError):
                if self.rng.random() < 0.3:
                    self.worker.kill()
                    self.worker.wait()
                    self.worker = self._launch_process(["lti_tool.cli", "worker"])
                else:
                    victims = psutil.Process(self.web.pid).children()
                    self.rng.choice(victims).send_signal(signal.SIGKILL)
                self.kills += 1

    def _drain(self):
        """Wait until nothing is left to send; a lease that a killed worker held may run out."""
        with self.world.database.transaction() as session:
            session.execute(
                Delivery.__table__.update()
                .where(Delivery.kind == "statement", Delivery.state == DeliveryState.QUEUED)
                .values(lease_until=None, lease_owner=None, due_at=func.now())
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._waiting():
            time.sleep(0.2)

    def _waiting(self):
        with self.world.database.reading() as session:
            open_ones = select(func.count()).where(
                Delivery.kind == "statement", Delivery.state == DeliveryState.QUEUED
            )
            return session.scalar(open_ones)

    def _check(self):
        with self.world.database.reading() as session:
            records = {r.id: r for r in session.scalars(select(Record))}
            counts = dict(
                session.execute(
                    select(Revision.record_id, func.count()).group_by(Revision.record_id)
                ).all()
            )
            rows = session.scalars(
                select(Delivery).where(Delivery.kind == "statement").order_by(Delivery.seq)
            ).all()
        lost = [id for id in self.acknowledged if id not in records]
        assert not lost, f"{len(lost)} entries that a page called handed in are gone"
        for id in self.acknowledged:
            assert records[id].state is RecordState.SUBMITTED
            assert counts[id] == 1, f"{id} was handed in {counts[id]} times"
        self._check_statements(rows, records)
        return {"acknowledged": len(self.acknowledged), "kills": self.kills, "sent": len(rows)}

    def _check_statements(self, rows, records):
        first = {}
        for place, id in enumerate(self.lrs.arrived):
            first.setdefault(UUID(id), place)
        missing = [row.id for row in rows if row.id not in first]
        assert not missing, f"{len(missing)} statements never arrived"
        assert first.keys() <= {row.id for row in rows}, "a statement came of nothing"
        for key in {row.key for row in rows}:
            places = [first[row.id] for row in rows if row.key == key]
            assert places == sorted(places), "a learner's statements came out of order"
        handed_in = sum(r.state is RecordState.SUBMITTED for r in records.values())
        assert len(rows) == handed_in

    def _end(self):
        for process in (self.web, self.worker):
            process.terminate()
            process.wait(30)
        self.lrs.shutdown()
        self.lrs.server_close()
        self.world.server.stop()
        self.world.database.dispose()


@contextmanager
def migrated(kind, folder, server=None):
    """Yield the address of a database brought up by migrations: the web server insists on them.

    *server* is a running PostgreSQL; without one it is started.
    """
    if kind == "sqlite":
        yield _upgraded(f"sqlite:///{folder / 'fire.db'}")
        return
    with ExitStack() as stack:
        server = server or stack.enter_context(postgres.server())
        url = stack.enter_context(postgres.fresh_database(server))
        yield _upgraded(url.render_as_string(hide_password=False))


def _upgraded(address):
    database = Database(address)
    upgrade(database, discover())
    database.dispose()
    return address


def main(minutes="5"):
    """``python -m tests.faults.web MINUTES``: keep the fire up on each engine."""
    for kind in ("sqlite", "postgresql"):
        with TemporaryDirectory() as folder, migrated(kind, Path(folder)) as address:
            figures = WebSoak(address, seed=time.time_ns()).run(float(minutes) * 60)
            sys.stdout.write(f"{kind}: {figures}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
