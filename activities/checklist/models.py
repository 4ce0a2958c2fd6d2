"""What a checklist counts and queries, beside the kernel's records."""

import enum
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.sdk import Base, text_enum

KIND = "observation"
"""Kind of the kernel record behind each observation; its author is the observer."""


class Outcome(enum.StrEnum):
    """What an observer says of one criterion. Not seen is no judgement at all."""

    MET = "met"
    NOT_YET = "not_yet"
    NOT_SEEN = "not_seen"


class ChecklistObservation(Base):
    """One signed observation; before signing there is only the record's draft."""

    __tablename__ = "checklist_observation"

    record_id: Mapped[UUID] = mapped_column(ForeignKey("record.id"), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    observer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    observed_on: Mapped[date]
    """The day on which the practice was seen."""
    signed_at: Mapped[datetime]
    comment: Mapped[str] = mapped_column(default="")


class Judgement(Base):
    """What one signed observation says of one criterion; never changed."""

    __tablename__ = "checklist_judgement"

    record_id: Mapped[UUID] = mapped_column(
        ForeignKey("checklist_observation.record_id"), primary_key=True
    )
    criterion_id: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[Outcome] = mapped_column(text_enum(Outcome))
    comment: Mapped[str] = mapped_column(default="")
