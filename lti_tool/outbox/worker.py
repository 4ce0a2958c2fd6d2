"""The worker process: looks for what is due, until it is told to stop."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from lti_tool.domain.base import utc_now
from lti_tool.domain.database import Database
from lti_tool.outbox.carrier import Carrier, Report
from lti_tool.outbox.claim import LEASE, Route, routes_with_work
from lti_tool.outbox.crew import Crew
from lti_tool.outbox.heartbeat import beat, say_goodbye
from lti_tool.outbox.identity import name_of_worker
from lti_tool.outbox.schedule import Schedule
from lti_tool.outbox.sending import Sender
from lti_tool.outbox.takeover import take_over
from lti_tool.outbox.wakeup import Listener

log = logging.getLogger(__name__)

IDLE_SECONDS: Final = (0.2, 2.0)
"""The first and the longest pause between two looks into an empty outbox."""

BEAT_SECONDS: Final = 15.0

GRACE_SECONDS: Final = 20.0
"""How long a stopping worker waits for what is being sent."""

_NOTICE_SECONDS: Final = 0.2
"""How soon a pause notices that the worker is to stop."""

Hook = Callable[[], object]
"""Something to do every few minutes; what it returns is ignored."""


class Worker:
    """Delivers what is due. Any number of workers may run, on one machine or several."""

    def __init__(
        self,
        db: Database,
        senders: Mapping[str, Sender],
        *,
        clock: Callable[[], datetime] = utc_now,
        schedule: Schedule | None = None,
        lease: timedelta = LEASE,
        threads: int = 12,
        housekeeping: Sequence[Hook] = (),
        housekeeping_seconds: float = 180.0,
    ) -> None:
        """Prepare; nothing starts before `run_once` or `run_forever`.

        Args:
            db: The outbox's database.
            senders: Kind of delivery -> who carries it; other kinds stay queued.
            clock: The present moment, aware; tests turn it.
            schedule: Waits between tries.
            lease: How long a claim holds. A send must need less than half of it.
            threads: Most sends at the same time. Mind the size of the connection pool.
            housekeeping: What to do every few minutes, by `run_forever` only.
            housekeeping_seconds: How often.
        """
        self.name = name_of_worker()
        self._db, self._clock = db, clock
        self._wake = threading.Event()
        self._carrier = Carrier(
            db=db,
            senders=senders,
            owner=self.name,
            clock=clock,
            lease=lease,
            schedule=schedule or Schedule(),
        )
        self._crew = Crew(self._carrier, size=threads, wake=self._wake)
        self._started_at = clock()
        self._beat = _Every(BEAT_SECONDS)
        self._hooks, self._tidy = housekeeping, _Every(housekeeping_seconds)
        self._tidying = threading.Lock()

    def run_once(self) -> Report:
        """Deliver all that is due, in this thread, and return what became of it.

        Raises:
            SQLAlchemyError: The database is away.
        """
        report, never = Report(), threading.Event()
        while True:
            batches = [self._carrier.carry(route, never) for route in self._routes()]
            report = sum(batches, report)
            if not any(batch.claimed for batch in batches):
                return report

    def run_forever(self, stop: threading.Event) -> None:
        """Deliver until *stop* is set, then finish what is being sent, for at most 20 s.

        It outlives a database that is away. Set *stop* from a signal handler.
        """
        Listener(self._db, self._wake, stop).start()
        idle = IDLE_SECONDS[0]
        while not stop.is_set():
            self._wake.clear()
            self._look_around(stop)
            idle = IDLE_SECONDS[0] if self._crew.take_found() else min(2 * idle, IDLE_SECONDS[1])
            self._pause(idle, stop)
        self._finish()

    def _look_around(self, stop: threading.Event) -> None:
        try:
            if self._beat.is_due():
                self._give_sign_of_life()
                take_over(self._db, now=self._clock(), schedule=self._carrier.schedule)
            self._crew.send_out(self._routes(), stop)
        except SQLAlchemyError as error:
            log.warning("database is away: %s", type(error).__name__)
        if self._hooks and not self._tidying.locked() and self._tidy.is_due():
            threading.Thread(target=self._run_hooks, name="outbox-tidy", daemon=True).start()

    def _give_sign_of_life(self) -> None:
        with self._db.connection() as connection:
            beat(connection, self.name, started_at=self._started_at, now=self._clock())

    def _routes(self) -> list[Route]:
        with self._db.reading_connection() as connection:
            return routes_with_work(connection, list(self._carrier.senders), now=self._clock())

    def _pause(self, seconds: float, stop: threading.Event) -> None:
        until = time.monotonic() + seconds
        while not stop.is_set() and (left := until - time.monotonic()) > 0:
            if self._wake.wait(min(left, _NOTICE_SECONDS)):
                return

    def _run_hooks(self) -> None:
        """Run the hooks one after the other; a broken one does not keep back the rest."""
        with self._tidying:
            for hook in self._hooks:
                try:
                    hook()
                except Exception as error:
                    log.error("housekeeping failed: %s", type(error).__name__)

    def _finish(self) -> None:
        if not self._crew.wait_until_idle(GRACE_SECONDS):
            log.warning("stopped while sending: those come again when their leases end")
        try:
            with self._db.connection() as connection:
                say_goodbye(connection, self.name)
        except SQLAlchemyError as error:
            log.warning("database is away: %s", type(error).__name__)


class _Every:
    """Says once per interval that something is due, at first at once."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due = 0.0

    def is_due(self) -> bool:
        now = time.monotonic()
        if now < self._due:
            return False
        self._due = now + self._seconds
        return True
