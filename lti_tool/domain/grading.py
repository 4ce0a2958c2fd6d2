"""Marks: the value an activity proposes, and the grade that was given."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.domain.append_only import only_added_to
from lti_tool.domain.base import Base, utc_now


@dataclass(frozen=True, kw_only=True)
class Score:
    """A mark on its own scale, such as 7 of 10. None, not 0, stands for no mark yet."""

    given: Decimal
    maximum: Decimal

    def __post_init__(self) -> None:
        """Refuse marks outside their scale.

        Raises:
            ValueError: *maximum* is not above 0, or *given* is below 0 or above it.
        """
        if self.maximum <= 0 or not 0 <= self.given <= self.maximum:
            raise ValueError(f"score {self.given} is outside 0..{self.maximum}")

    def out_of(self, maximum: Decimal) -> "Score":
        """Return the same share of another *maximum*, to five decimals as Moodle keeps."""
        given = (self.given * maximum / self.maximum).quantize(Decimal("0.00001"))
        return Score(given=min(given, maximum), maximum=maximum)


class Grade(Base):
    """A mark somebody (or a rule) gave; append-only, the newest row counts."""

    __tablename__ = "grade"
    __table_args__ = (Index("ix_grade_attempt_id_number", "attempt_id", "number", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"))
    number: Mapped[int]
    """1 for the first grade of an attempt, rising by one."""
    given: Mapped[Decimal]
    maximum: Mapped[Decimal]
    comment: Mapped[str] = mapped_column(default="")
    """Feedback for the trainee; always sent, because a score without one erases it."""
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    """None when the activity's rule gave it."""
    score_at: Mapped[datetime]
    """The timestamp of the score: at least a second after the last one (facts.md 15)."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    @property
    def score(self) -> Score:
        """The grade as a value."""
        return Score(given=self.given, maximum=self.maximum)


only_added_to(Grade, "id", "attempt_id", "number", "given", "maximum", "comment", "author_id")
