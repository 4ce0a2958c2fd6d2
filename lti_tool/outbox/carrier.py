"""Carry one batch: claim it, send it outside any transaction, write down the answer."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from lti_tool.domain.base import utc_now
from lti_tool.domain.database import Database
from lti_tool.outbox.answers import settle
from lti_tool.outbox.claim import LEASE, Route, claim_due, release
from lti_tool.outbox.schedule import Schedule
from lti_tool.outbox.sending import Claimed, Outcome, Retry, Sender

log = logging.getLogger(__name__)

LARGEST_BATCH: Final = 100

_SETTLE_PAUSES: Final = (0.2, 1.0, 5.0)
"""Seconds between tries to write an answer down: it is worth more than the send."""


@dataclass(frozen=True)
class Report:
    """What a worker did: how many deliveries met which outcome, by the outcome's name."""

    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def claimed(self) -> int:
        """Deliveries that were tried."""
        return self.outcomes.total()

    @property
    def sent(self) -> int:
        """Deliveries that the other side has now."""
        return self.outcomes["Sent"]

    @property
    def failed(self) -> int:
        """Deliveries that wait for another try or for a person."""
        return sum(self.outcomes[name] for name in ("Retry", "DestinationDown", "Refused"))

    def __add__(self, other: "Report") -> "Report":
        """Return both together."""
        return Report(self.outcomes + other.outcomes)


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """Knows the senders, and takes batches from the outbox to them."""

    db: Database
    senders: Mapping[str, Sender]
    owner: str
    clock: Callable[[], datetime] = utc_now
    lease: timedelta = LEASE
    schedule: Schedule = field(default_factory=Schedule)

    def carry(self, route: Route, stop: threading.Event, *, half: int | None = None) -> Report:
        """Send one batch of *route*; return what became of it, empty if nothing was due.

        *half*, 0 or 1, takes only keys of that half.

        Raises:
            SQLAlchemyError: The database is away. What was claimed comes back with its lease.
        """
        sender = self.senders[route.kind]
        claimed = claim_due(
            self.db,
            route,
            owner=self.owner,
            limit=min(max(sender.batch_size, 1), LARGEST_BATCH),
            now=self.clock(),
            lease=self.lease,
            schedule=self.schedule,
            half=half,
        )
        if not claimed or not self._may_still_send(claimed, stop):
            return Report()
        outcomes = _send(sender, claimed)
        return Report(self._settle(claimed, outcomes))

    def _may_still_send(self, claimed: Sequence[Claimed], stop: threading.Event) -> bool:
        """Return whether to go on; a stopping worker gives back what it has not sent."""
        if stop.is_set():
            with self.db.connection() as connection:
                release(connection, claimed)
            return False
        return self.clock() < claimed[0].lease_until

    def _settle(self, claimed: Sequence[Claimed], outcomes: Sequence[Outcome]) -> Counter[str]:
        pauses = iter(_SETTLE_PAUSES)
        while True:
            try:
                with self.db.connection() as connection:
                    return settle(
                        connection, claimed, outcomes, now=self.clock(), schedule=self.schedule
                    )
            except SQLAlchemyError as error:
                log.warning("answer not written down yet: %s", type(error).__name__)
                pause = next(pauses, None)
                if pause is None:
                    raise
                time.sleep(pause)


def _send(sender: Sender, claimed: Sequence[Claimed]) -> Sequence[Outcome]:
    """Send, and make a `Retry` of whatever a broken sender does instead of answering."""
    try:
        outcomes = list(sender.send(claimed))
    except Exception as error:
        # Its text may hold a token or an answer, so only the class is told.
        why = type(error).__name__
        log.error("sender of %s raised %s", claimed[0].kind, why)
        return [Retry(why=why)] * len(claimed)
    if len(outcomes) != len(claimed) or not all(isinstance(one, Outcome) for one in outcomes):
        log.error(
            "sender of %s gave %d answers for %d", claimed[0].kind, len(outcomes), len(claimed)
        )
        return [Retry(why="WrongAnswers")] * len(claimed)
    return outcomes
