"""The one table of this activity."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.sdk import Base


class DiaryTick(Base):
    """A day on which the diary was written."""

    __tablename__ = "diary_tick"

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    written_on: Mapped[date] = mapped_column(primary_key=True)
