"""The outbox driven by hand: queue, claim, settle, read back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.database import Database
from lti_tool.outbox.answers import settle
from lti_tool.outbox.claim import Route, claim_due
from lti_tool.outbox.models import Delivery
from lti_tool.outbox.queue import enqueue
from lti_tool.outbox.schedule import Schedule
from lti_tool.outbox.sending import Claimed, Outcome, Sent

SCORES = Route("score", "platform:north")
STATEMENTS = Route("statement", "lrs")
EXACT = Schedule(jitter=0.0)


class Outbox:
    """The outbox of one database, driven by hand."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def queue(self, route: Route = SCORES, **more: Any) -> UUID:
        """Queue one message in a transaction of its own; return its id."""
        with self.db.transaction() as session:
            return self.put(session, route, **more)

    def put(
        self, session: Session, route: Route = SCORES, *, key: str = "k", mark: int = 0, **more: Any
    ) -> UUID:
        """Queue one message in *session*; return its id."""
        if "body" not in more:
            more["payload"] = {"mark": mark}
        more = {"subject": "attempt"} | more
        kind, destination = route
        return enqueue(session, kind, destination=destination, key=key, **more).id

    def claim(self, route: Route = SCORES, *, limit: int = 1, **more: Any) -> list[Claimed]:
        """Claim what is due, as worker ``first`` and now, if nothing else is said."""
        more = {"owner": "first", "now": utc_now(), "schedule": EXACT} | more
        return claim_due(self.db, route, limit=limit, **more)

    def settle(
        self, claimed: Sequence[Claimed], *outcomes: Outcome, now: datetime | None = None
    ) -> None:
        """Write down *outcomes*; a single one counts for all claimed."""
        if len(outcomes) == 1:
            outcomes *= len(claimed)
        with self.db.connection() as connection:
            settle(connection, claimed, outcomes, now=now or utc_now(), schedule=EXACT)

    def read(self, delivery_id: UUID) -> Delivery:
        """Return the delivery as it stands."""
        with self.db.reading() as session:
            return session.get_one(Delivery, delivery_id)


class Post:
    """A sender that keeps what it is given; *behave* may do otherwise first."""

    def __init__(self, batch_size=1, behave=lambda claimed: None):
        self.batch_size = batch_size
        self.behave = behave
        self.batches: list[list[Claimed]] = []

    def send(self, claimed: Sequence[Claimed]) -> Sequence[Outcome]:
        answer = self.behave(claimed)
        if answer is None:
            self.batches.append(list(claimed))
            return [Sent()] * len(claimed)
        return answer

    @property
    def ids(self):
        return [one.id for batch in self.batches for one in batch]
