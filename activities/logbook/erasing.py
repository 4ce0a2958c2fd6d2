"""What the logbook's own table holds of the words of an entry, and forgets."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from activities.logbook.models import LogbookEntry


def erase(session: Session, record_ids: Sequence[UUID]) -> None:
    """Blank the first line that lists show; the figures stay."""
    mine = update(LogbookEntry).where(LogbookEntry.record_id.in_(record_ids))
    session.execute(mine.values(summary=""))
