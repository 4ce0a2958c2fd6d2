"""How often one address may ask, per process: enough for people, dear for guessing machines."""

import threading
import time
from collections.abc import Callable

from flask import request
from flask_babel import gettext as _

from lti_tool.domain.errors import TooOften

REMEMBERED = 10_000
"""Addresses in memory; when there are more, all are forgotten."""


class Throttle:
    """Lets an address through so many times in so many seconds."""

    def __init__(
        self, times: int, seconds: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Count from now on, by *clock*."""
        self.times, self.seconds, self._clock = times, seconds, clock
        self._seen: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def lets(self, address: str) -> bool:
        """Count one more of *address*; say whether it may go on."""
        now = self._clock()
        with self._lock:
            if len(self._seen) > REMEMBERED:
                self._seen.clear()
            recent = [at for at in self._seen.get(address, []) if now - at < self.seconds]
            is_allowed = len(recent) < self.times
            self._seen[address] = [*recent, now] if is_allowed else recent
            return is_allowed

    def check(self) -> None:
        """Count the present request.

        Raises:
            TooOften: Its address has asked too often.
        """
        if not self.lets(request.remote_addr or ""):
            raise TooOften(
                _("You have asked very often in a short time."),
                next_step=_("Wait a minute, then try again."),
            )
