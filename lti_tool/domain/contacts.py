"""Mentors without an account: their address, and the personal links that were sent to it."""

import enum
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.domain.base import Base, text_enum, utc_now


class Contact(Base):
    """A person without a `sub`, reached by mail. One per address and platform.

    Name and language stand in `Person`; what they mentor stands in `Relation`.
    """

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("platform_id", "address"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platform.id"))
    email: Mapped[str]
    """As it was typed."""
    address: Mapped[str]
    """The same, folded for comparing."""
    organisation: Mapped[str] = mapped_column(default="")
    is_free_mail: Mapped[bool] = mapped_column(default=False)
    """Anybody can have an address of this domain: a tutor has to approve it."""
    named_by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    approved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    """Nothing is sent, and no link opens, before a tutor approved the address."""
    verified_at: Mapped[datetime | None]
    """When somebody first acted from a link that was sent there."""
    bounced_at: Mapped[datetime | None]
    bounce_code: Mapped[str | None]
    """Enhanced status code of the bounce, such as ``5.1.1``."""
    snoozed_until: Mapped[datetime | None]
    reminders_off_at: Mapped[datetime | None]
    """They asked for no more reminders; their link keeps working."""
    reminders_sent: Mapped[int] = mapped_column(default=0)
    """Since they last acted."""
    last_mailed_at: Mapped[datetime | None]
    """When the last digest was put together; the mail server took it a moment later."""
    mailed_before_at: Mapped[datetime | None]
    """When the one before was: no third goes out within seven days of it."""
    last_digest_id: Mapped[UUID | None]
    """The delivery that was the last digest; it is not sent twice."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class LinkPurpose(enum.StrEnum):
    """What a personal link opens."""

    PAGE = "page"
    """Everything that waits for this mentor."""
    RECEIPT = "receipt"
    """One signature, to say "this was not me"."""


class MentorLink(Base):
    """A personal link. The token itself is never stored: it is derived, and found by hash."""

    __tablename__ = "mentor_link"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[LinkPurpose] = mapped_column(text_enum(LinkPurpose))
    signature_id: Mapped[UUID | None]
    """The signature that a receipt is about."""
    token_hash: Mapped[str] = mapped_column(unique=True)
    code_hash: Mapped[str | None]
    """Of a six-digit code sent to the same mailbox."""
    code_expires_at: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)
    proved_until: Mapped[datetime | None]
    """Until when the code that was typed counts."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    """When somebody last acted from it; looking leaves no trace."""
