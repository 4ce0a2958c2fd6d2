"""The record kernel: one trainee's work, its records, their revisions and signatures.

Revisions and signatures are only ever added. What an activity counts and queries it
keeps in tables of its own, keyed by record id.
"""

import enum
from datetime import date, datetime
from uuid import UUID, uuid4, uuid5

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.domain.base import Base, Json, text_enum, utc_now


def attempt_id(resource_link_id: UUID, person_id: UUID) -> UUID:
    """Return the id of a person's one attempt on a link."""
    return uuid5(resource_link_id, person_id.hex)


class Attempt(Base):
    """One trainee's work on one link; its id is the xAPI registration."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("resource_link_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Always `attempt_id` of link and person, so that it is known before the row exists."""
    resource_link_id: Mapped[UUID] = mapped_column(ForeignKey("resource_link.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    completed_at: Mapped[datetime | None]
    """When the activity's rule first said complete; told to the LRS once."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class RecordState(enum.StrEnum):
    """Where a record is on its way; an activity uses the part of it that it needs."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    COUNTERSIGNED = "countersigned"
    ASSESSED = "assessed"
    WITHDRAWN = "withdrawn"


class Record(Base):
    """An entry, quiz attempt or observation. `version` guards against silent overwriting."""

    __tablename__ = "record"
    __table_args__ = (Index("ix_record_attempt_id_kind", "attempt_id", "kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"))
    kind: Mapped[str]
    state: Mapped[RecordState] = mapped_column(text_enum(RecordState), default=RecordState.DRAFT)
    template_version_id: Mapped[UUID] = mapped_column(ForeignKey("template_version.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    happened_on: Mapped[date | None]
    draft: Mapped[Json | None]
    """What is being typed, saved by itself; None when nothing is unsubmitted."""
    draft_saved_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it so


class Revision(Base):
    """The content of a record at one submission; append-only, hashed."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("record_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    record_id: Mapped[UUID] = mapped_column(ForeignKey("record.id"))
    number: Mapped[int]
    content: Mapped[Json]
    sha256: Mapped[str]
    """SHA-256 of the canonical JSON of `content`, hexadecimal."""
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Decision(enum.StrEnum):
    """What a signer said of a revision."""

    CONFIRMED = "confirmed"
    RETURNED = "returned"
    OBSERVED = "observed"
    ASSESSED = "assessed"


class Signature(Base):
    """Somebody's word on one revision; append-only, bound to the revision's hash."""

    __tablename__ = "signature"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    record_id: Mapped[UUID] = mapped_column(ForeignKey("record.id"), index=True)
    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revision.id"))
    revision_sha256: Mapped[str]
    signer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    capacity: Mapped[str]
    """As whom: mentor, tutor, assessor or trainee at that moment."""
    decision: Mapped[Decision] = mapped_column(text_enum(Decision))
    comment: Mapped[str] = mapped_column(default="")
    locale: Mapped[str]
    signed_at: Mapped[datetime] = mapped_column(default=utc_now)
