"""The threads of a worker: every destination keeps moving by itself."""

import logging
import threading
import time
from collections.abc import Iterable
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from lti_tool.outbox.carrier import Carrier
from lti_tool.outbox.claim import Route

log = logging.getLogger(__name__)

SLICE_SECONDS: Final = 1.0
"""How long a thread stays with one destination while others may wait for a thread."""

NO_ROOM_SECONDS: Final = 5.0
"""How long a destination gets one thread only after a thread found nothing there to do.

All that waits is then of keys that the other thread is sending, and looking for more
among many of one key is dear.
"""


class Crew:
    """At most *size* threads, at most two for one destination.

    While half of them are taken every destination gets one only, and the one that was
    served longest ago comes first: a destination that hangs holds up nobody else.

    Of two threads each takes one half of the keys first: with as many learners as a batch
    has statements, the oldest hundred would else hold up every key for the second one.
    """

    def __init__(self, carrier: Carrier, *, size: int, wake: threading.Event) -> None:
        """Prepare; *wake* is set when a thread found something to carry, and when it ends."""
        self._carrier, self._size, self._wake = carrier, size, wake
        self._change = threading.Condition()
        self._busy: dict[str, set[int]] = {}
        """By destination, the halves that threads are at."""
        self._served_at: dict[Route, float] = {}
        self._no_room_until: dict[Route, float] = {}
        self._has_found = False

    def send_out(self, routes: Iterable[Route], stop: threading.Event) -> None:
        """Start threads for *routes*, as many as may run now."""
        for route in sorted(routes, key=lambda route: self._served_at.get(route, 0.0)):
            with self._change:
                if not self._may_start(route):
                    continue
                taken = self._busy.setdefault(route.destination, set())
                half = 1 if 0 in taken else 0
                taken.add(half)
            self._served_at[route] = time.monotonic()
            work, name = (route, half, stop), f"outbox-{route.kind}"
            threading.Thread(target=self._serve, args=work, name=name, daemon=True).start()

    def take_found(self) -> bool:
        """Return whether anything was carried since the last call."""
        with self._change:
            found, self._has_found = self._has_found, False
            return found

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until no thread is under way; return False if some still are after that."""
        with self._change:
            return self._change.wait_for(lambda: not self._taken(), timeout=seconds)

    def _taken(self) -> int:
        return sum(len(halves) for halves in self._busy.values())

    def _may_start(self, route: Route) -> bool:
        taken = self._taken()
        is_roomy = time.monotonic() >= self._no_room_until.get(route, 0.0)
        most = 2 if is_roomy and taken < self._size / 2 else 1
        return taken < self._size and len(self._busy.get(route.destination, ())) < most

    def _serve(self, route: Route, half: int, stop: threading.Event) -> None:
        found = False
        try:
            found = self._carry_for_a_while(route, half, stop)
        except SQLAlchemyError as error:
            log.warning("database is away: %s", type(error).__name__)
        finally:
            with self._change:
                self._busy[route.destination].discard(half)
                self._has_found |= found
                if not found:
                    self._no_room_until[route] = time.monotonic() + NO_ROOM_SECONDS
                self._change.notify_all()
            if found:
                self._wake.set()

    def _carry_for_a_while(self, route: Route, half: int, stop: threading.Event) -> bool:
        found, until = False, time.monotonic() + SLICE_SECONDS
        while not stop.is_set() and time.monotonic() < until:
            if not self._carry(route, half, stop):
                break
            if not found:
                self._wake.set()  # where there is a batch there may be work for a second thread
            found = True
        return found

    def _carry(self, route: Route, half: int, stop: threading.Event) -> bool:
        """Carry a batch of one's own half of the keys, or of all when that has nothing."""
        own = self._carrier.carry(route, stop, half=half)
        return bool(own.claimed or self._carrier.carry(route, stop).claimed)
