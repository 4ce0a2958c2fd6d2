"""Who may see whom, and who is what in a course. The one place that decides it."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, bindparam, case, or_, select, type_coerce
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import Course
from lti_tool.domain.errors import NotFound
from lti_tool.domain.people import Membership, Person, Relation, RelationState
from lti_tool.domain.platforms import Platform
from lti_tool.domain.roles import Hint, Role, effective_role


def role_of(session: Session, course_id: UUID, person_id: UUID) -> Role | None:
    """Return what a person is in a course right now; None if not a member or not decided."""
    membership = session.scalar(
        select(Membership).where(
            Membership.course_id == course_id, Membership.person_id == person_id
        )
    )
    if membership is None:
        return None
    return role_in(membership, instructors_are_tutors=instructors_are_tutors(session, course_id))


def instructors_are_tutors(session: Session, course_id: UUID) -> bool:
    """Return the switch that counts in a course: its own, else its platform's."""
    course_switch, platform_switch = session.execute(
        select(Course.instructors_are_tutors, Platform.instructors_are_tutors)
        .join(Platform, Platform.id == Course.platform_id)
        .where(Course.id == course_id)
    ).one()
    return bool(platform_switch if course_switch is None else course_switch)


def role_in(membership: Membership, *, instructors_are_tutors: bool) -> Role | None:
    """Return the role that counts for a membership, under the switch of its course."""
    return effective_role(
        set_role=membership.role,
        launch_hint=membership.launch_hint,
        may_edit=membership.may_edit,
        instructors_are_tutors=instructors_are_tutors,
    )


def role_column(*, instructors_are_tutors: bool) -> ColumnElement[Role | None]:
    """Return `effective_role` as SQL over Membership; a test holds the two together."""
    said = Membership.launch_hint
    rules = [
        (Membership.role.is_not(None), Membership.role),
        (or_(Membership.may_edit, said == Hint.ADMINISTRATOR), Role.TUTOR.value),
        (said == Hint.LEARNER, Role.TRAINEE.value),
        (said == Hint.MENTOR, Role.MENTOR.value),
    ]
    if instructors_are_tutors:
        rules.append((said == Hint.INSTRUCTOR, Role.TUTOR.value))
    return type_coerce(case(*rules, else_=None), Membership.role.type)


def trainees_of_course(course_id: UUID) -> Select[Person]:
    """Return the query for a course's trainees: set so, or launched as learner.

    A roster's Learner alone does not make a trainee (facts.md 7). Who was erased is not here
    any more: there are no words left to show.
    """
    return _people_of(course_id).where(is_trainee())


def is_trainee() -> ColumnElement[bool]:
    """Return the condition on Membership for a trainee."""
    return or_(
        Membership.role == Role.TRAINEE,
        and_(
            Membership.role.is_(None),
            Membership.may_edit.is_(False),
            Membership.launch_hint == Hint.LEARNER,
        ),
    )


def _is_expected() -> ColumnElement[bool]:
    """The condition for a learner of the platform's list who has not opened anything yet."""
    return and_(
        Membership.role.is_(None),
        Membership.may_edit.is_(False),
        Membership.roster_hint == Hint.LEARNER,
        Membership.last_launch_at.is_(None),
        Membership.left_at.is_(None),
    )


def _people_of(course_id: UUID) -> Select[Person]:
    return (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.course_id == course_id, Person.erased_at.is_(None))
    )


def listed_trainees(course_id: UUID, viewer_id: UUID, viewer_role: Role | None) -> Select[Person]:
    """Return the query for the visible trainees, and those who are expected to become some.

    Those are learners of the platform's list who have not been here yet. What they are shows
    when they come (facts.md 7), so there is a name and nothing to open; `is_trainee` tells.
    """
    everyone = _people_of(course_id).where(or_(is_trainee(), _is_expected()))
    return _visible(everyone, course_id, viewer_id, viewer_role)


def visible_trainees(course_id: UUID, viewer_id: UUID, viewer_role: Role | None) -> Select[Person]:
    """Return the query for the trainees whose records a viewer may see.

    Tutors and assessors see all of the course, a mentor only own mentees (those a tutor
    related to the mentor), a trainee only oneself, an undecided person nobody.
    """
    return _visible(trainees_of_course(course_id), course_id, viewer_id, viewer_role)


def _visible(
    everyone: Select[Person], course_id: UUID, viewer_id: UUID, viewer_role: Role | None
) -> Select[Person]:
    if viewer_role in (Role.TUTOR, Role.ASSESSOR):
        return everyone
    if viewer_role is Role.MENTOR:
        return everyone.where(Person.id.in_(mentees_of(course_id, viewer_id)))
    if viewer_role is Role.TRAINEE:
        return everyone.where(Person.id == viewer_id)
    return everyone.where(Person.id.is_(None))


def mentees_of(course_id: UUID, mentor_id: UUID) -> Select[UUID]:
    """Return the query for the ids of a mentor's present mentees in a course."""
    return select(Relation.trainee_id).where(
        *mentoring_now(course_id), Relation.person_id == mentor_id
    )


def mentoring_now(course_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on Relation for who mentors whom in a course today."""
    today = utc_now().date()
    return (
        Relation.course_id == course_id,
        Relation.role == Role.MENTOR,
        Relation.state == RelationState.ACTIVE,
        Relation.from_on <= today,
        or_(Relation.to_on.is_(None), Relation.to_on >= today),
    )


def find_visible_trainee(
    session: Session, course_id: UUID, person_id: UUID, *, viewer_id: UUID, viewer_role: Role | None
) -> Person:
    """Return a trainee whose record the viewer may see.

    Raises:
        NotFound: No such trainee here, or not this viewer's to see; the two look alike.
    """
    query = visible_trainees(course_id, viewer_id, viewer_role).where(Person.id == person_id)
    person = session.scalar(query)
    if person is None:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    return person


def mentors_of(session: Session, course_id: UUID, trainee_id: UUID) -> Sequence[Person]:
    """Return a trainee's present mentors in a course, by name."""
    wanted = {"course": course_id, "trainee": trainee_id, "today": utc_now().date()}
    return session.scalars(_MENTORS, wanted).all()


def mentor_names(session: Session, course_id: UUID, trainee_id: UUID) -> Sequence[str | None]:
    """Return the names of `mentors_of`, None for a mentor whose name was withheld.

    Every trainee's home asks it, so by Core: loading people by the ORM was 2 % of a launch.
    """
    wanted = {"course": course_id, "trainee": trainee_id, "today": utc_now().date()}
    return session.connection().scalars(_MENTOR_NAMES, wanted).all()


_MENTORS = (
    select(Person)
    .join(Relation, Relation.person_id == Person.id)
    .where(
        Relation.course_id == bindparam("course"),
        Relation.trainee_id == bindparam("trainee"),
        Relation.role == Role.MENTOR,
        Relation.state == RelationState.ACTIVE,
        Relation.from_on <= bindparam("today"),
        or_(Relation.to_on.is_(None), Relation.to_on >= bindparam("today")),
    )
    .order_by(Person.name)
)
"""Built once, because putting a statement together costs more than running it."""
_MENTOR_NAMES = _MENTORS.with_only_columns(Person.name)


def set_role(session: Session, course_id: UUID, person_id: UUID, role: Role | None) -> None:
    """Set what a person is in a course; None goes back to what the platform says.

    Raises:
        NotFound: The person is not in this course.
    """
    membership = _membership(session, course_id, person_id)
    membership.role = role
    session.flush()


def _membership(
    session: Session, course_id: UUID, person_id: UUID, *, lock: bool = False
) -> Membership:
    """Return a membership; with *lock*, others who change it at this moment wait."""
    query = select(Membership).where(
        Membership.course_id == course_id, Membership.person_id == person_id
    )
    membership = session.scalar(query.with_for_update(key_share=True) if lock else query)
    if membership is None:
        raise NotFound(_("This person is not in the course."))
    return membership


def relate(
    session: Session, course_id: UUID, *, trainee_id: UUID, person_id: UUID, set_by: UUID
) -> Relation:
    """Make a person the mentor of a trainee from today on; saying it twice makes one.

    Raises:
        NotFound: One of them is not in the course.
    """
    _membership(session, course_id, trainee_id, lock=True)
    _membership(session, course_id, person_id)
    known = session.scalars(_present_relations(course_id, trainee_id, person_id)).first()
    if known is not None:
        return known
    relation = Relation(
        course_id=course_id,
        trainee_id=trainee_id,
        person_id=person_id,
        role=Role.MENTOR,
        from_on=utc_now().date(),
        set_by_id=set_by,
    )
    session.add(relation)
    session.flush()
    return relation


def end_relation(
    session: Session, course_id: UUID, *, trainee_id: UUID, person_id: UUID, on: date | None = None
) -> None:
    """End a mentoring relation with the day before *on* (today); its history stays."""
    day = on or utc_now().date()
    for relation in session.scalars(_present_relations(course_id, trainee_id, person_id)):
        relation.to_on = date.fromordinal(day.toordinal() - 1)
    session.flush()


def _present_relations(course_id: UUID, trainee_id: UUID, person_id: UUID) -> Select[Relation]:
    return select(Relation).where(
        Relation.course_id == course_id,
        Relation.trainee_id == trainee_id,
        Relation.person_id == person_id,
        Relation.role == Role.MENTOR,
        Relation.to_on.is_(None),
    )
