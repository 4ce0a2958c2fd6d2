"""How a batch is settled: what to do with each answer, down to the one bad statement.

An LRS takes a batch whole or not at all, so one bad statement holds up the good ones until
it is found by halving. Repeats are harmless, because every statement has its own id.
"""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol
from uuid import UUID

from xapi.answers import Answer, Verdict, place, verdict
from xapi.compare import same_statement
from xapi.errors import LrsBroken, LrsError, LrsUnavailable

PATIENCE = 5
"""Failed tries after which HTTP 500 is no longer put down to the LRS alone."""

MOST_FAILURES = 16
"""Parts that may fail with HTTP 500, none getting through, before it is the LRS after all."""

LONGEST_RUN = 30.0
"""Seconds after which no further request is made for a batch: a caller may hold it for a
minute, and an LRS that refuses every statement of a hundred gets two hundred requests."""


@dataclass(frozen=True, slots=True)
class StoredStatement:
    """A statement as it was written down: its id, and the exact text that is sent."""

    id: UUID
    text: str
    tries: int = 0
    """How often sending it has failed so far; see `PATIENCE`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one statement. `reason` is safe to log and to show."""

    id: UUID
    delivered: bool
    reason: str = ""
    """Why the LRS will never take it; empty if it is delivered."""


class Exchange(Protocol):
    """What settling needs of the connection; `LrsClient` has it."""

    largest: int
    """Most statements in one request, as far as is known."""

    def post(self, part: Sequence[StoredStatement]) -> Answer:
        """Send *part* in one request."""

    def held(self, id: UUID) -> Mapping[str, Any] | None:
        """Return the statement the LRS has under this id, or None if it shows none."""

    def check_version(self) -> None:
        """Raise LrsMisconfigured if the LRS does not speak our version of xAPI."""


class Settlement:
    """The settling of one batch; used once."""

    def __init__(
        self,
        exchange: Exchange,
        batch: Sequence[StoredStatement],
        *,
        seconds: float = LONGEST_RUN,
    ) -> None:
        """Prepare to settle *batch*, with no request but the first after *seconds*."""
        self.exchange = exchange
        self.seconds = seconds
        self.until: float | None = None
        self.outcomes: dict[UUID, Outcome] = {}
        self.suspects: list[StoredStatement] = []
        self.failures = 0
        unique = list({statement.id: statement for statement in batch}.values())
        size = exchange.largest
        self.queue = deque(unique[at : at + size] for at in range(0, len(unique), size))

    def run(self) -> dict[UUID, Outcome]:
        """Send until every statement has its outcome, and return them by id.

        Raises:
            LrsError: The rest cannot be settled now; what is certain is in its `outcomes`.
        """
        try:
            while self.queue:
                part = self.queue.popleft()
                self._take(part, self._post(part))
            self._judge_suspects()
        except LrsError as error:
            error.outcomes = tuple(self.outcomes.values())
            raise
        return self.outcomes

    def _post(self, part: list[StoredStatement]) -> Answer:
        if self.until is None:
            self.until = monotonic() + self.seconds
        elif monotonic() >= self.until:
            raise LrsUnavailable("the LRS is too slow for the whole batch")
        return self.exchange.post(part)

    def _take(self, part: list[StoredStatement], answer: Answer) -> None:
        found = verdict(answer)
        if found is Verdict.STORED:
            self._settle(part, delivered=True)
        elif found is Verdict.BROKEN:
            self._suspect(part, answer)
        elif len(part) > 1:
            self._halve(part, found)
        else:
            self._refuse(part[0], found, answer)

    def _settle(
        self, part: Sequence[StoredStatement], *, delivered: bool, reason: str = ""
    ) -> None:
        for statement in part:
            self.outcomes[statement.id] = Outcome(statement.id, delivered, reason)

    def _halve(self, part: list[StoredStatement], found: Verdict) -> None:
        """Try the two halves next, so that the order of the batch is kept."""
        middle = len(part) // 2
        if found is Verdict.TOO_LARGE:
            self.exchange.largest = min(self.exchange.largest, middle)
        self.queue.extendleft([part[middle:], part[:middle]])

    def _refuse(self, statement: StoredStatement, found: Verdict, answer: Answer) -> None:
        if found is Verdict.CONFLICT:
            self._compare(statement)
        elif found is Verdict.TOO_LARGE:
            self._settle([statement], delivered=False, reason="too large for the LRS (HTTP 413)")
        else:
            self.exchange.check_version()
            where = place(answer)
            reason = f"refused by the LRS (HTTP {answer.status})" + (
                f" at {where}" if where else ""
            )
            self._settle([statement], delivered=False, reason=reason)

    def _compare(self, statement: StoredStatement) -> None:
        held = self.exchange.held(statement.id)
        if held and same_statement(json.loads(statement.text), held):
            self._settle([statement], delivered=True)
            return
        which = "another statement" if held else "something it does not show"
        reason = f"conflict (HTTP 409): the LRS has {which} under this id"
        self._settle([statement], delivered=False, reason=reason)

    def _suspect(self, part: list[StoredStatement], answer: Answer) -> None:
        """Treat a server error as passing until it has lasted; then look for one culprit.

        The halves go to the end of the queue: another part getting through is what shows
        that the LRS itself works.
        """
        self.failures += 1
        is_hopeless = not self.is_through and self.failures >= MOST_FAILURES
        if is_hopeless or all(statement.tries < PATIENCE for statement in part):
            raise LrsBroken(f"HTTP {answer.status}", retry_after=answer.retry_after)
        if len(part) == 1:
            self.suspects += part
        else:
            middle = len(part) // 2
            self.queue.extend([part[:middle], part[middle:]])

    @property
    def is_through(self) -> bool:
        """Whether any statement of this batch was taken, so that the LRS works."""
        return any(outcome.delivered for outcome in self.outcomes.values())

    def _judge_suspects(self) -> None:
        """Give each suspect one more try alone, now that the others are through."""
        if self.suspects and not self.is_through:
            raise LrsBroken("server errors only")
        for statement in self.suspects:
            answer = self._post([statement])
            if verdict(answer) is Verdict.BROKEN:
                reason = f"server error (HTTP {answer.status}) for this statement alone"
                self._settle([statement], delivered=False, reason=reason)
            else:
                self._take([statement], answer)
