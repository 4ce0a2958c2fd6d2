"""Courses, the links placed in them, their gradebook columns and what a link opens."""

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.domain.append_only import only_added_to
from lti_tool.domain.base import JSON_TYPE, Base, Json, text_enum, utc_now


class Course(Base):
    """An LTI context: where memberships, links and line items live."""

    __tablename__ = "course"
    __table_args__ = (UniqueConstraint("platform_id", "deployment_id", "context_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platform.id"))
    deployment_id: Mapped[str]
    context_id: Mapped[str]
    label: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    memberships_url: Mapped[str | None]
    """NRPS ``context_memberships_url``; None until a launch brought it (facts.md 21)."""
    lineitems_url: Mapped[str | None]
    ags_scopes: Mapped[str] = mapped_column(default="")
    """Space-separated AGS scopes the last launch granted."""
    instructors_are_tutors: Mapped[bool | None]
    """The course's own switch; None leaves it to the platform's."""
    roster_queued_at: Mapped[datetime | None]
    """When the worker was last asked to read the roster; keeps launches from asking again."""
    roster_synced_at: Mapped[datetime | None]
    """When a whole roster was last read without a failed page."""
    roster_error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Template(Base):
    """A named form for one kind of activity; its versions hold the content."""

    __tablename__ = "template"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str]
    key: Mapped[str | None]
    """The gallery's name for it, or None for a form somebody made."""
    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("course.id"))
    title: Mapped[str]
    default_locale: Mapped[str] = mapped_column(default="en")
    """What stands in for a missing translation, labelled so."""
    draft: Mapped[Json | None]
    """The next version while it is written; None when there is none."""
    draft_number: Mapped[int] = mapped_column(default=0)
    """How often the draft was saved; guards against silent overwriting."""
    changed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class TemplateVersion(Base):
    """The content of a template as published; never changed afterwards."""

    __tablename__ = "template_version"
    __table_args__ = (UniqueConstraint("template_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    template_id: Mapped[UUID] = mapped_column(ForeignKey("template.id"))
    number: Mapped[int] = mapped_column(default=1)
    content: Mapped[Json]
    """What the plugin understands; every part of it has a stable id, never a position."""
    sha256: Mapped[str]
    changes: Mapped[list[Any]] = mapped_column(JSON_TYPE, default=list)
    """What is different from the version before: kind of change and id of the part."""
    published_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime] = mapped_column(default=utc_now)


class ActivitySetup(Base):
    """What a link opens: kind, title, form and settings. Its id travels in the link."""

    __tablename__ = "activity_setup"
    __table_args__ = (
        CheckConstraint("grade_maximum > 0", name="maximum_positive"),
        Index("ix_activity_setup_course_id", "course_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id"))
    kind: Mapped[str]
    """Key of the ActivityPlugin that answers for it."""
    title: Mapped[str]
    settings: Mapped[Json] = mapped_column(default=dict)
    template_version_id: Mapped[UUID] = mapped_column(ForeignKey("template_version.id"))
    grade_maximum: Mapped[Decimal | None]
    """None: no grade goes to the gradebook."""
    copied_from_id: Mapped[UUID | None] = mapped_column(ForeignKey("activity_setup.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ResourceLink(Base):
    """One activity placed in one course. `setup_id` is None until a tutor chose."""

    __tablename__ = "resource_link"
    __table_args__ = (UniqueConstraint("course_id", "resource_link_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id"))
    resource_link_id: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    setup_id: Mapped[UUID | None] = mapped_column(ForeignKey("activity_setup.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class LineItemState(enum.StrEnum):
    """Whether the gradebook column can be written to."""

    WANTED = "wanted"
    """To be found or made by the worker before the first score."""
    READY = "ready"
    GONE = "gone"
    """Deleted by hand in the platform (facts.md 18); a tutor can have it made again."""


class LineItem(Base):
    """The gradebook column of one link: one per link and tag, however many launches race."""

    __tablename__ = "line_item"
    __table_args__ = (UniqueConstraint("resource_link_id", "tag"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    resource_link_id: Mapped[UUID] = mapped_column(ForeignKey("resource_link.id"))
    tag: Mapped[str] = mapped_column(default="grade")
    label: Mapped[str]
    resource_id: Mapped[str]
    maximum: Mapped[Decimal]
    url: Mapped[str | None]
    state: Mapped[LineItemState] = mapped_column(text_enum(LineItemState))


only_added_to(TemplateVersion)
