"""All that waits for a person as mentor: in one list, over every course of the platform."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import ActivitySetup, Course, ResourceLink
from lti_tool.domain.people import Membership, Person, Relation, RelationState
from lti_tool.domain.records import Attempt, Move, MoveKind, Record, RecordState
from lti_tool.domain.roles import Role
from lti_tool.plugins import ActivityPlugin, Waiting
from lti_tool.services.environment import environment
from lti_tool.services.people import instructors_are_tutors, role_in
from lti_tool.services.visibility import LEAVES


@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing that waits for a mentor, and where it comes from."""

    trainee: Person
    course: Course
    setup: ActivitySetup
    plugin: ActivityPlugin
    attempt: Attempt
    waiting: Waiting
    organisation: str
    """The workplace where the mentor looks after this trainee."""

    @property
    def since(self) -> datetime:
        """Since when it waits."""
        moment: datetime = self.waiting.since
        return moment

    @property
    def record_id(self) -> UUID | None:
        """The record to decide on; None for what is done on the activity's own pages."""
        return self.waiting.record_id


def tasks_of(session: Session, person_id: UUID) -> list[Task]:
    """Return what waits for a person as mentor, oldest first, over all of their courses.

    Only what may leave Trellis at all, and nothing of which the person has said "not mine"
    since it was handed in last. Needs a few queries per activity, none per record.
    """
    rows = session.execute(_attempts_of(person_id)).all()
    tasks: list[Task] = []
    allowed = _courses_as_mentor(session, person_id, {row.Course.id for row in rows})
    mine = [row for row in rows if row.Course.id in allowed]
    for _link_id, group in groupby(mine, key=lambda row: row.Attempt.resource_link_id):
        tasks.extend(_of_link(session, list(group)))
    known = _records(session, [task.record_id for task in tasks if task.record_id])
    refused = _not_mine(session, person_id, list(known))
    kept = (task for task in tasks if _stands(task, known, refused))
    return sorted(kept, key=lambda task: (task.since, str(task.record_id or task.attempt.id)))


def mentoring_of(person_id: UUID) -> Select[Relation]:
    """Return the query for whom a person mentors today, over all courses."""
    today = utc_now().date()
    return select(Relation).where(
        Relation.person_id == person_id,
        Relation.role == Role.MENTOR,
        Relation.state == RelationState.ACTIVE,
        Relation.from_on <= today,
        or_(Relation.to_on.is_(None), Relation.to_on >= today),
    )


def _attempts_of(person_id: UUID) -> Select[Attempt, Person, Course, ActivitySetup, str]:
    mentoring = mentoring_of(person_id).subquery()
    is_mentees = and_(
        mentoring.c.trainee_id == Attempt.person_id,
        mentoring.c.course_id == ResourceLink.course_id,
        Attempt.person_id != person_id,
    )
    return (
        select(Attempt, Person, Course, ActivitySetup, mentoring.c.organisation)
        .join(ResourceLink, ResourceLink.id == Attempt.resource_link_id)
        .join(ActivitySetup, ActivitySetup.id == ResourceLink.setup_id)
        .join(Course, Course.id == ResourceLink.course_id)
        .join(Person, Person.id == Attempt.person_id)
        .join(mentoring, is_mentees)
        .order_by(Attempt.resource_link_id, Attempt.id)
    )


def _courses_as_mentor(session: Session, person_id: UUID, course_ids: set[UUID]) -> set[UUID]:
    """Keep the courses in which the person is a mentor now, and has not left."""
    members = session.scalars(
        select(Membership).where(
            Membership.person_id == person_id,
            Membership.course_id.in_(course_ids),
            Membership.left_at.is_(None),
        )
    )
    return {
        member.course_id
        for member in members
        if role_in(member, instructors_are_tutors=instructors_are_tutors(session, member.course_id))
        is Role.MENTOR
    }


def _of_link(session: Session, rows: Sequence[Any]) -> Iterator[Task]:
    """What waits in the mentees' attempts on one link."""
    setup, registry = rows[0].ActivitySetup, environment(session).registry
    plugin = registry.get(setup.kind) if setup.kind in registry else None
    if plugin is None or plugin.waiting is None:
        return
    by_id = {row.Attempt.id: row for row in rows}
    for waiting in plugin.waiting(session, [row.Attempt for row in by_id.values()]):
        row = by_id[waiting.attempt_id]
        yield Task(
            trainee=row.Person,
            course=row.Course,
            setup=setup,
            plugin=plugin,
            attempt=row.Attempt,
            waiting=waiting,
            organisation=row.organisation,
        )


def _records(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, Record]:
    """The records among *ids* that may be told of outside."""
    query = select(Record).where(
        Record.id.in_(ids), Record.visibility.in_(LEAVES), Record.state != RecordState.DRAFT
    )
    return {record.id: record for record in session.scalars(query)}


def _not_mine(session: Session, person_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """When this person last said of each record that it is not theirs to decide."""
    moves = session.scalars(
        select(Move)
        .where(Move.record_id.in_(ids), Move.by_id == person_id, Move.kind == MoveKind.NOT_MINE)
        .order_by(Move.at)
    )
    return {move.record_id: move.at for move in moves}


def _stands(task: Task, known: Mapping[UUID, Record], refused: Mapping[UUID, datetime]) -> bool:
    if task.record_id is None:
        return True
    record = known.get(task.record_id)
    if record is None:
        return False
    said_at = refused.get(record.id)
    return said_at is None or (record.submitted_at is not None and record.submitted_at > said_at)
