"""How often something was done lately, so that nobody can have us do it without end."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.domain.base import Base


class RateWindow(Base):
    """A count within one stretch of time, under the hash of what is counted."""

    __tablename__ = "rate_window"

    key_hash: Mapped[str] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    count: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)
