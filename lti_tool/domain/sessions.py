"""A launch that is under way in somebody's browser, and the hop to a new tab."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.domain.base import Base, utc_now


class LaunchSession(Base):
    """One launch: its id stands in the path, the secret only in a cookie (as a hash here)."""

    __tablename__ = "launch_session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    secret_hash: Mapped[str]
    nonce_hash: Mapped[str | None] = mapped_column(unique=True)
    """Of the message that began it, so that the same one begins no other; None where none did."""
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platform.id"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id"))
    resource_link_id: Mapped[UUID] = mapped_column(ForeignKey("resource_link.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    locale: Mapped[str]
    return_url: Mapped[str | None]
    """Encrypted: it carries the user's Moodle sesskey (research lti.md A3)."""
    device_mark: Mapped[str | None]
    """Keyed hash of browser and truncated address; see `Signature.device_mark`."""
    mentor_link_id: Mapped[UUID | None] = mapped_column(ForeignKey("mentor_link.id"))
    """The personal link it was opened from, by a mentor without an account."""
    document_target: Mapped[str] = mapped_column(default="iframe")
    is_handed_off: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Handoff(Base):
    """A one-time code, valid for 60 seconds, that continues a launch in a new tab."""

    __tablename__ = "handoff"

    code_hash: Mapped[str] = mapped_column(primary_key=True)
    launch_id: Mapped[UUID] = mapped_column(ForeignKey("launch_session.id"))
    expires_at: Mapped[datetime] = mapped_column(index=True)
