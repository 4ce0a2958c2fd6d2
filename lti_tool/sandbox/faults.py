"""Switches that make the platform fail on purpose."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields

from flask import Response

_UNHURT = {"slow_seconds", "clock_skew_seconds", "heals_after"}


@dataclass
class Faults:
    """What is broken at the moment; every switch is off at first."""

    down: bool = False
    """Services, token endpoint and keyset answer 503."""

    slow_seconds: float = 0.0
    """Seconds to wait before every service answer."""

    retry_after_seconds: int = 0
    """Above 0, services answer 429 with this ``Retry-After``."""

    roster_page: int = 0
    """The roster page, counted from 1, that answers 500."""

    token_refused: bool = False
    """The token endpoint answers 400."""

    clock_skew_seconds: float = 0.0
    """How far the platform's clock runs ahead."""

    score_conflicts: int = 0
    """So many of the next scores get 409 and are dropped."""

    lost_score_answers: int = 0
    """So many of the next scores are stored, but their sender is told 504."""

    heals_after: int = 0
    """After so many refused requests all refusals switch off; 0 means never."""

    def clear(self) -> None:
        """Switch everything off."""
        self.__dict__.update(Faults().__dict__)

    def active(self) -> list[str]:
        """Return the names of the switches that are on."""
        return [f.name for f in fields(self) if getattr(self, f.name) and f.name != "heals_after"]

    def wait(self) -> None:
        """Be as slow as the switch says, but never more than a minute."""
        if self.slow_seconds > 0:
            time.sleep(min(self.slow_seconds, 60))

    def refusal(self) -> Response | None:
        """Return the answer that a service gives instead of doing its work, if any."""
        if self.down:
            return self.refuse(503)
        if self.retry_after_seconds > 0:
            seconds = str(self.retry_after_seconds)
            answer = self.refuse(429)
            answer.headers["Retry-After"] = seconds
            return answer
        return None

    def refuse(self, status: int) -> Response:
        """Return an answer with this status and count it towards healing."""
        answer = Response("The sandbox fails on purpose.\n", status, mimetype="text/plain")
        if self.heals_after > 0:
            self.heals_after -= 1
            if self.heals_after == 0:
                self._heal()
        return answer

    def take(self, name: str) -> bool:
        """Return whether the counter *name* has one left, and use it up."""
        left: int = getattr(self, name)
        setattr(self, name, max(left - 1, 0))
        return left > 0

    def _heal(self) -> None:
        fresh = Faults()
        for field in fields(self):
            if field.name not in _UNHURT:
                setattr(self, field.name, getattr(fresh, field.name))
