"""People, what they are in a course, and who looks after whom."""

import enum
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.domain.base import Base, text_enum, utc_now
from lti_tool.domain.roles import Hint, Role


class Person(Base):
    """A human known by a platform's `sub`, or a `Contact`, who has none.

    Name and e-mail may be missing (facts.md 4).
    """

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("platform_id", "sub"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platform.id"))
    sub: Mapped[str | None]
    name: Mapped[str | None]
    email: Mapped[str | None]
    locale: Mapped[str | None]
    """One of our seven languages, from the last launch."""
    chosen_locale: Mapped[str | None]
    """The language the person picked here; wins over the platform's."""
    pseudonym: Mapped[UUID] = mapped_column(unique=True, default=uuid4)
    """The only name that leaves in statements."""
    legal_hold: Mapped[str | None]
    """Why nothing of this person may be erased, or None."""
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    @property
    def short_code(self) -> str:
        """Four characters that tell people without a name apart, such as ``4F2A``."""
        return self.pseudonym.hex[:4].upper()


class Membership(Base):
    """A person in a course: what the platform hinted, what it proved, what a tutor set."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("course_id", "person_id"),
        Index("ix_membership_person_id", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    launch_hint: Mapped[Hint] = mapped_column(text_enum(Hint), default=Hint.NONE)
    roster_hint: Mapped[Hint] = mapped_column(text_enum(Hint), default=Hint.NONE)
    may_edit: Mapped[bool] = mapped_column(default=False)
    """Proof, not hint: sent a deep-linking request, roster Instructor, or administrator."""
    role: Mapped[Role | None] = mapped_column(text_enum(Role))
    """What a tutor set; wins over both hints."""
    first_launch_at: Mapped[datetime | None]
    last_launch_at: Mapped[datetime | None]
    in_roster: Mapped[bool] = mapped_column(default=False)
    roster_seen_at: Mapped[datetime | None]
    """Start of the last reading of the roster that had the person on one of its pages."""
    left_at: Mapped[datetime | None]
    """When a complete roster no longer had the person; nothing of theirs is deleted."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class RelationState(enum.StrEnum):
    """Whether a relation counts."""

    ACTIVE = "active"
    PROPOSED = "proposed"
    """A trainee or mentor named somebody; a tutor has to agree."""
    DECLINED = "declined"


class Relation(Base):
    """Who is whose mentor, tutor or assessor in a course, from when to when."""

    __tablename__ = "relation"
    __table_args__ = (
        Index("ix_relation_course_id_trainee_id", "course_id", "trainee_id"),
        Index("ix_relation_course_id_person_id", "course_id", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id"))
    trainee_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Role] = mapped_column(text_enum(Role), default=Role.MENTOR)
    state: Mapped[RelationState] = mapped_column(
        text_enum(RelationState), default=RelationState.ACTIVE
    )
    organisation: Mapped[str] = mapped_column(default="")
    """Workplace of this relation; one person may mentor at two."""
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    set_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
