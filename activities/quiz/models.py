"""What a quiz counts and queries, beside the kernel's records."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.sdk import Base, Json, utc_now

KIND = "quiz_try"
"""Kind of the kernel record behind each try."""


class QuizTry(Base):
    """One go at the quiz. Its answers are in the record's draft, then in its revision."""

    __tablename__ = "quiz_try"
    __table_args__ = (UniqueConstraint("attempt_id", "number"),)

    record_id: Mapped[UUID] = mapped_column(ForeignKey("record.id"), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"))
    number: Mapped[int]
    """1 for the trainee's first try."""
    raw: Mapped[Decimal | None]
    """Points earned; None before submitting, and where nothing is marked."""
    maximum: Mapped[Decimal | None]
    started_at: Mapped[datetime] = mapped_column(default=utc_now)
    submitted_at: Mapped[datetime | None]


class QuizResponse(Base):
    """One answer of a submitted try."""

    __tablename__ = "quiz_response"

    record_id: Mapped[UUID] = mapped_column(ForeignKey("record.id"), primary_key=True)
    question_id: Mapped[str] = mapped_column(primary_key=True)
    response: Mapped[Json | None]
    """``options``, ``number``, ``text`` or ``rating``; None for a question left out."""
    points: Mapped[Decimal | None]
    """None where nothing is marked."""
