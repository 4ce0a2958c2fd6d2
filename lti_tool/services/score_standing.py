"""Where a grade is on its way to the gradebook, for the tutor's eyes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.records import Attempt
from lti_tool.outbox.models import Delivery, DeliveryState


@dataclass(frozen=True, kw_only=True)
class DeliveryStanding:
    """Where a grade is on its way to the gradebook, for the tutor's eyes."""

    state: str
    """``sent``, ``waiting`` or ``refused``."""
    at: datetime
    """When it was sent, or queued."""
    code: str | None
    """Machine code of the reason it was refused or is still waiting."""


_SHOWN = {
    DeliveryState.QUEUED: "waiting",
    DeliveryState.SENT: "sent",
    DeliveryState.SUPERSEDED: "refused",
    DeliveryState.PARKED: "refused",
    DeliveryState.DROPPED: "refused",
}


def score_standing(session: Session, attempt: Attempt) -> DeliveryStanding | None:
    """Return where the newest score of *attempt* is, or None if none was ever queued."""
    return score_standings(session, [attempt.id]).get(attempt.id)


def score_standings(session: Session, attempt_ids: Sequence[UUID]) -> dict[UUID, DeliveryStanding]:
    """Return, by attempt, where the newest score of each is."""
    rows = session.scalars(
        select(Delivery)
        .where(Delivery.kind == "score", Delivery.subject.in_([str(id) for id in attempt_ids]))
        .order_by(Delivery.seq)
    )
    return {UUID(row.subject): _standing(row) for row in rows}


def _standing(row: Delivery) -> DeliveryStanding:
    return DeliveryStanding(
        state=_SHOWN[row.state], at=row.sent_at or row.created_at, code=row.reason
    )
