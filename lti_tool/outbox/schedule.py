"""When to try again, and when to stop trying."""

from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom
from typing import Final

_random = SystemRandom()

STEPS: Final = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=12),
)
"""The wait after the first, second, ... failed try; the last one repeats."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Waits between tries and between probes. Tests make it fast; operators do not set it."""

    steps: tuple[timedelta, ...] = STEPS
    jitter: float = 0.2
    """Share by which a wait may be shorter or longer, so that retries spread."""
    lifetime: timedelta = timedelta(days=14)
    """How long after it was queued (or retried by hand) a failing delivery is tried."""
    longest_retry_after: timedelta = timedelta(hours=6)
    """More than this is not believed from a ``Retry-After``."""
    threshold: int = 5
    """Transport faults in a row after which a destination counts as down."""
    first_probe: timedelta = timedelta(seconds=5)
    longest_probe: timedelta = timedelta(hours=2)

    def retry_delay(self, tries: int, *, retry_after: timedelta | None = None) -> timedelta:
        """Return the wait before the next try; never shorter than *retry_after* (to 6 h).

        Args:
            tries: Failed tries so far, counted from 1.
            retry_after: What the other side asked for.

        Raises:
            ValueError: *tries* is below 1.
        """
        if tries < 1:
            raise ValueError(f"tries must be at least 1, got {tries}")
        wait = self._spread(self.steps[min(tries, len(self.steps)) - 1])
        return max(wait, self.believed(retry_after))

    def probe_delay(self, failures: int, *, retry_after: timedelta | None = None) -> timedelta:
        """Return how long a destination rests after *failures* transport faults in a row.

        Nothing below the threshold (but for *retry_after*), then 5 s, doubling to 2 h.
        """
        extra = failures - self.threshold
        rest = timedelta(0)
        if extra >= 0:
            rest = min(self.first_probe * 2 ** min(extra, 32), self.longest_probe)
        return max(self._spread(rest), self.believed(retry_after))

    def believed(self, retry_after: timedelta | None) -> timedelta:
        """Return *retry_after* within sane limits, zero for none."""
        return min(max(retry_after or timedelta(0), timedelta(0)), self.longest_retry_after)

    def _spread(self, wait: timedelta) -> timedelta:
        return wait * _random.uniform(1 - self.jitter, 1 + self.jitter)
