"""What the checklist's own tables hold of the words of an observation, and forget."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from activities.checklist.models import ChecklistObservation, Judgement


def erase(session: Session, record_ids: Sequence[UUID]) -> None:
    """Blank every comment; what was judged stays."""
    for model in (ChecklistObservation, Judgement):
        session.execute(update(model).where(model.record_id.in_(record_ids)).values(comment=""))
