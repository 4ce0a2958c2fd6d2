"""The record kernel: one trainee's work, its records, and their revisions.

Revisions are only ever added. What an activity counts and queries it keeps in tables of
its own, keyed by record id. Signatures and seals are in `signing`.
"""

import enum
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.domain.append_only import only_added_to
from lti_tool.domain.base import JSON_TYPE, Base, Json, text_enum, utc_now


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


class Visibility(enum.StrEnum):
    """Who may ever see a record. The rules are in `services.visibility`, and nowhere else."""

    SHARED = "shared"
    """The learner, the mentors, the tutors and assessors of the course."""
    LEARNER_TUTOR = "learner_tutor"
    MENTOR_PRIVATE = "mentor_private"
    """A mentor's own note."""
    WELFARE = "welfare"
    """Only people who are named for this record, one by one."""
    LEARNER_PRIVATE = "learner_private"


class Record(Base):
    """An entry, quiz attempt or observation. `version` guards against silent overwriting."""

    __tablename__ = "record"
    __table_args__ = (Index("ix_record_attempt_id_kind", "attempt_id", "kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"))
    kind: Mapped[str]
    state: Mapped[RecordState] = mapped_column(text_enum(RecordState), default=RecordState.DRAFT)
    visibility: Mapped[Visibility] = mapped_column(text_enum(Visibility), default=Visibility.SHARED)
    template_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("template_version.id"))
    """None for what has no template: the host's own notes."""
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    happened_on: Mapped[date | None]
    draft: Mapped[Json | None]
    """What is being typed, saved by itself; None when nothing is unsubmitted."""
    draft_number: Mapped[int] = mapped_column(default=0)
    """How often the draft was saved; what a page must have seen to save the next one."""
    draft_page: Mapped[str | None]
    """Which open page saved last; the same page need not have seen its own last save."""
    draft_saved_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it so


class Revision(Base):
    """The content of a record at one submission; only ever added, hashed and sealed."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("record_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    record_id: Mapped[UUID] = mapped_column(ForeignKey("record.id"))
    number: Mapped[int]
    content: Mapped[Json]
    template_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("template_version.id"))
    template_sha256: Mapped[str | None]
    """Of that version as published: who hands in or signs answers its words."""
    happened_on: Mapped[date | None]
    locale: Mapped[str]
    """Language of the pages it was written on."""
    evidence: Mapped[list[Any]] = mapped_column(JSON_TYPE, default=list)
    """The files that belong to it: id, name, sha256, media_type, size."""
    amends_id: Mapped[UUID | None] = mapped_column(ForeignKey("revision.id"))
    """The signed revision that this one corrects."""
    reason: Mapped[str] = mapped_column(default="")
    """Why it was corrected, in the author's words."""
    sha256: Mapped[str]
    """Of `services.revisions.envelope`: content and all that belongs to it, hexadecimal."""
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    erased_at: Mapped[datetime | None]
    """When content, reason and names of files were erased by right; the hash stays."""


class MoveKind(enum.StrEnum):
    """What can happen to a record beside being revised and signed."""

    PULLED_BACK = "pulled_back"
    REOPENED = "reopened"
    NOT_MINE = "not_mine"
    MIGRATED = "migrated"
    VISIBILITY = "visibility"
    DISCARDED = "discarded"


class Move(Base):
    """A step of a record with its reason; only ever added, and sealed."""

    __tablename__ = "record_move"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    record_id: Mapped[UUID] = mapped_column(ForeignKey("record.id"), index=True)
    kind: Mapped[MoveKind] = mapped_column(text_enum(MoveKind))
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(default="")
    details: Mapped[Json] = mapped_column(default=dict)
    """Codes and ids, such as the state or visibility before and after."""
    sha256: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=utc_now)


class RecordReader(Base):
    """Somebody who was named to see one welfare record."""

    __tablename__ = "record_reader"

    record_id: Mapped[UUID] = mapped_column(ForeignKey("record.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    named_by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    why: Mapped[str]
    """Why this person is entitled to know."""
    named_at: Mapped[datetime] = mapped_column(default=utc_now)


class Referral(Base):
    """Who was told of a welfare matter, and why they are entitled to know; only added."""

    __tablename__ = "referral"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    record_id: Mapped[UUID] = mapped_column(ForeignKey("record.id"), index=True)
    told: Mapped[str]
    """Name and office, such as the safeguarding lead of the college."""
    why: Mapped[str]
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    told_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


for _model in (Revision, Move, Referral):
    only_added_to(_model)
