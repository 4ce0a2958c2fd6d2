"""The people of one course as a tutor sees and sorts them: who is here, who is what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, String, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from lti_tool.domain.courses import Course
from lti_tool.domain.errors import InvalidInput, NotFound, WrongState
from lti_tool.domain.people import Membership, Person, Relation
from lti_tool.domain.roles import Hint, Role
from lti_tool.services.people import (
    end_relation,
    instructors_are_tutors,
    mentoring_now,
    relate,
    role_column,
    role_in,
    set_role,
)


@dataclass(frozen=True, kw_only=True)
class Member:
    """One person of a course, with the role that counts; None while nobody has said."""

    person: Person
    membership: Membership
    role: Role | None

    @property
    def label(self) -> str:
        """The name, or the short code of somebody whose name the site withholds."""
        return self.person.name or self.person.short_code

    @property
    def is_undecided(self) -> bool:
        """Whether the person has been here and waits for a tutor's word."""
        been_here = self.membership.last_launch_at is not None
        return self.role is None and been_here and self.membership.left_at is None

    @property
    def may_be_mentored(self) -> bool:
        """A trainee, or somebody on the list as a learner who has not been here yet."""
        expected = self.membership.last_launch_at is None and (
            self.membership.roster_hint is Hint.LEARNER
        )
        return self.role is Role.TRAINEE or (self.role is None and expected)


def list_members(
    session: Session,
    course_id: UUID,
    *,
    search: str = "",
    role: Role | None = None,
    start: int = 0,
    limit: int = 50,
) -> tuple[list[Member], int]:
    """Return a page of the people, present ones first and by name, and how many there are.

    *search* is part of a name, or a short code; *role* keeps those whose role counts so.
    """
    switch = instructors_are_tutors(session, course_id)
    query = _members(course_id)
    if search:
        query = query.where(name_matches(search))
    if role is not None:
        query = query.where(role_column(instructors_are_tutors=switch) == role)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    query = query.order_by(Membership.left_at.is_not(None), *by_name()).offset(start).limit(limit)
    return _as_members(session, query, switch), total


def by_name() -> tuple[Any, ...]:
    """Return what to order people by: name, those without one last, alike on every engine."""
    return Person.name.is_(None), func.lower(Person.name), Person.id


def _members(course_id: UUID) -> Select[Membership, Person]:
    return (
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.course_id == course_id)
    )


def _as_members(session: Session, query: Select[Membership, Person], switch: bool) -> list[Member]:
    return [
        Member(
            person=person,
            membership=membership,
            role=role_in(membership, instructors_are_tutors=switch),
        )
        for membership, person in session.execute(query)
    ]


def name_matches(search: str) -> ColumnElement[bool]:
    """Return the condition that *search* is part of a name, or the code of a nameless one.

    SQLite folds only ASCII letters, so "åsa" is also looked for as "Åsa" and "ÅSA".
    """
    spellings = {search, search.lower(), search.title(), search.upper()}
    tests = [Person.name.icontains(spelling, autoescape=True) for spelling in sorted(spellings)]
    if len(search) == 4 and search.isalnum():
        code = func.lower(cast(Person.pseudonym, String))
        tests.append(and_(Person.name.is_(None), code.startswith(search.lower())))
    return or_(*tests)


def undecided_members(session: Session, course_id: UUID) -> list[Member]:
    """Return who has been here and waits for a tutor to say what they are, oldest first."""
    switch = instructors_are_tutors(session, course_id)
    query = _members(course_id).where(
        role_column(instructors_are_tutors=switch).is_(None),
        Membership.last_launch_at.is_not(None),
        Membership.left_at.is_(None),
    )
    query = query.order_by(Membership.first_launch_at, Membership.id)
    return _as_members(session, query, switch)


def members_who_are(session: Session, course_id: UUID, role: Role) -> list[Member]:
    """Return the present people with one role, by name."""
    switch = instructors_are_tutors(session, course_id)
    query = _members(course_id).where(
        role_column(instructors_are_tutors=switch) == role, Membership.left_at.is_(None)
    )
    return _as_members(session, query.order_by(*by_name()), switch)


def find_member(session: Session, course_id: UUID, person_id: UUID) -> Member:
    """Return somebody of this course.

    Raises:
        NotFound: No such person here; says no more.
    """
    query = _members(course_id).where(Membership.person_id == person_id)
    found = _as_members(session, query, instructors_are_tutors(session, course_id))
    if not found:
        raise NotFound(_("This person is not in the course."))
    return found[0]


def change_role(session: Session, course_id: UUID, person_id: UUID, role: Role | None) -> Member:
    """Say what somebody is; None goes back to what the platform says. Return them so.

    Raises:
        NotFound: The person is not in this course.
        InvalidInput: Somebody without an account would be more than a mentor.
        WrongState: The course would be left without a tutor.
    """
    _lock(session, course_id)
    before = find_member(session, course_id, person_id)
    if before.person.sub is None and role is not Role.MENTOR:
        raise InvalidInput(
            _("Somebody without an account can only be a mentor."),
            next_step=_("To end it, remove this mentor in the row of the trainee."),
        )
    set_role(session, course_id, person_id, role)
    after = find_member(session, course_id, person_id)
    if before.role is Role.TUTOR and after.role is not Role.TUTOR:
        _require_tutor(session, course_id)
    return after


def _require_tutor(session: Session, course_id: UUID) -> None:
    if not members_who_are(session, course_id, Role.TUTOR):
        raise WrongState(
            _("Nobody would be a tutor in this course then."),
            next_step=_("Make somebody else a tutor first, then change this role."),
        )


def set_course_switch(session: Session, course_id: UUID, switch: bool | None, *, by: UUID) -> None:
    """Say whether whoever comes in as a teacher is a tutor here; None follows the site.

    The tutor who says so stays one, whatever the switch made of them before.
    """
    _lock(session, course_id)
    before = find_member(session, course_id, by)
    session.get_one(Course, course_id).instructors_are_tutors = switch
    session.flush()
    after = find_member(session, course_id, by)
    if before.role is Role.TUTOR and after.role is not Role.TUTOR:
        set_role(session, course_id, by, Role.TUTOR)


def add_mentor(
    session: Session, course_id: UUID, *, trainee_id: UUID, mentor_id: UUID, by: UUID
) -> None:
    """Give a trainee one more mentor from today on.

    Raises:
        NotFound: One of them is not in this course.
        InvalidInput: They are the same person, no trainee, or no mentor.
    """
    trainee = find_member(session, course_id, trainee_id)
    mentor = find_member(session, course_id, mentor_id)
    if not trainee.may_be_mentored:
        raise InvalidInput(_("Only a trainee can have a mentor."))
    if mentor.role is not Role.MENTOR or trainee_id == mentor_id:
        raise InvalidInput(
            _("%(name)s is not a mentor here.", name=mentor.label),
            next_step=_("Choose the role mentor for this person first."),
        )
    relate(session, course_id, trainee_id=trainee_id, person_id=mentor_id, set_by=by)


def remove_mentor(session: Session, course_id: UUID, *, trainee_id: UUID, mentor_id: UUID) -> None:
    """End a mentoring from today on; what was signed stays signed.

    Raises:
        NotFound: One of them is not in this course.
    """
    find_member(session, course_id, trainee_id)
    find_member(session, course_id, mentor_id)
    end_relation(session, course_id, trainee_id=trainee_id, person_id=mentor_id)


def mentors_by_trainee(
    session: Session, course_id: UUID, trainee_ids: Sequence[UUID]
) -> dict[UUID, list[Person]]:
    """Return the present mentors of each of these trainees, by name."""
    rows = session.execute(
        select(Relation.trainee_id.label("id"), Person)
        .join(Person, Person.id == Relation.person_id)
        .where(*mentoring_now(course_id), Relation.trainee_id.in_(trainee_ids))
        .order_by(*by_name())
    )
    return _grouped((row.id, row.Person) for row in rows)


def trainees_by_mentor(
    session: Session, course_id: UUID, mentor_ids: Sequence[UUID]
) -> dict[UUID, list[Person]]:
    """Return the present trainees of each of these mentors, by name."""
    rows = session.execute(
        select(Relation.person_id.label("id"), Person)
        .join(Person, Person.id == Relation.trainee_id)
        .where(*mentoring_now(course_id), Relation.person_id.in_(mentor_ids))
        .order_by(*by_name())
    )
    return _grouped((row.id, row.Person) for row in rows)


def _grouped(pairs: Iterable[tuple[UUID, Person]]) -> dict[UUID, list[Person]]:
    found: dict[UUID, list[Person]] = {}
    for id, person in pairs:
        if person not in found.setdefault(id, []):
            found[id].append(person)
    return found


def _lock(session: Session, course_id: UUID) -> None:
    """Let two tutors who change roles at once queue up here (SQLite has one writer anyway)."""
    session.execute(select(Course.id).where(Course.id == course_id).with_for_update(key_share=True))
