"""The audit trail: who did what to what, and when; without a word anybody typed."""

import enum
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.domain.append_only import only_added_to
from lti_tool.domain.base import Base, Json, text_enum, utc_now


class ActorKind(enum.StrEnum):
    """Who acted."""

    PERSON = "person"
    CONTACT = "contact"
    """A mentor without an account."""
    OPERATOR = "operator"
    """Somebody at the command line."""
    SYSTEM = "system"


class AuditEvent(Base):
    """One line of the trail; only ever added, each holding the hash of the one before.

    Ids without foreign keys: a line outlives what it speaks of.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("scope", "number"),
        Index("ix_audit_event_record_id", "record_id"),
        Index("ix_audit_event_subject_id", "subject_id"),
        Index("ix_audit_event_actor_id", "actor_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    scope: Mapped[str]
    """Whose chain: ``platform:<uuid>`` or ``installation``."""
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=utc_now)
    actor_kind: Mapped[ActorKind] = mapped_column(text_enum(ActorKind))
    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    """What was done, such as ``record.submitted``."""
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    record_id: Mapped[UUID | None]
    course_id: Mapped[UUID | None]
    origin: Mapped[str]
    """Where it came from: ``launch:<uuid>``, ``link:<uuid>``, ``cli`` or ``worker``."""
    details: Mapped[Json] = mapped_column(default=dict)
    """Codes, ids, numbers and hashes; never a name or text."""
    previous_sha256: Mapped[str]
    sha256: Mapped[str]


class AuditHead(Base):
    """The last line of each chain; locked by whoever adds the next."""

    __tablename__ = "audit_head"

    scope: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    sha256: Mapped[str]


only_added_to(AuditEvent)
