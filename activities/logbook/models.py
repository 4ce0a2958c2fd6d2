"""What a logbook counts and queries; the text of entries is in the host's revisions."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.sdk import Base


class LogbookEntry(Base):
    """The figures of an entry as it was last handed in; its state is the record's."""

    __tablename__ = "logbook_entry"
    __table_args__ = (CheckConstraint("duration_minutes > 0", name="duration_positive"),)

    record_id: Mapped[UUID] = mapped_column(ForeignKey("record.id"), primary_key=True)
    practised_on: Mapped[date]
    duration_minutes: Mapped[int]
    summary: Mapped[str]
    """The first line of the first text, cut short: what lists show."""
    submit_statement_id: Mapped[UUID | None]
    """The statement that told the LRS of the last submission; a decision answers it."""
