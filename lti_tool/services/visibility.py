"""Who may see which record. The one place that decides it, for pages, links and exports.

Being in the right course comes first (`people.visible_trainees`); this is what comes on
top of it. A private class is left out as if it did not exist.
"""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import Session

from lti_tool.domain.evidence import Evidence
from lti_tool.domain.records import (
    Attempt,
    Record,
    RecordReader,
    RecordState,
    Revision,
    Visibility,
)
from lti_tool.domain.roles import Role

SEEN_BY: dict[Role, tuple[Visibility, ...]] = {
    Role.TRAINEE: (Visibility.SHARED, Visibility.LEARNER_TUTOR, Visibility.LEARNER_PRIVATE),
    Role.MENTOR: (Visibility.SHARED,),
    Role.TUTOR: (Visibility.SHARED, Visibility.LEARNER_TUTOR),
    Role.ASSESSOR: (Visibility.SHARED, Visibility.LEARNER_TUTOR),
}
"""What a role sees of a learner whom it may see at all; a trainee, of the own records."""

LEAVES = (Visibility.SHARED,)
"""What may leave Trellis at all: in mail, in a personal link, in a statement."""

COUNTED = (Visibility.SHARED, Visibility.LEARNER_TUTOR)
"""What an activity's rules may count: for grade, completion and every number that is shown."""

CHOICES = (Visibility.SHARED, Visibility.LEARNER_TUTOR, Visibility.LEARNER_PRIVATE)
"""What authors choose from for their own records, the widest first."""

EXPORTED = (Visibility.SHARED, Visibility.LEARNER_TUTOR)
"""What stands in a bundle that others get to read."""


class Reader(NamedTuple):
    """Whom a session reads for: ``session.info["reader"]``, set where a request opens it."""

    person_id: UUID
    role: Role | None


def visible_to(person_id: UUID, role: Role | None) -> ColumnElement[bool]:
    """Return the condition on Record (joined with Attempt) for what a viewer may see.

    Everybody sees what they wrote themselves, and nobody else's draft. Welfare records are
    seen by their author and by those who were named for them, whatever their role.
    """
    named = exists().where(RecordReader.record_id == Record.id, RecordReader.person_id == person_id)
    mine = Record.author_id == person_id
    classes: ColumnElement[bool] = false()
    if role is not None:
        classes = Record.visibility.in_(SEEN_BY[role])
    if role is Role.TRAINEE:
        classes = and_(classes, Attempt.person_id == person_id)
    handed_in = or_(Record.state != RecordState.DRAFT, mine)
    return and_(handed_in, or_(mine, classes, and_(Record.visibility == Visibility.WELFARE, named)))


def visible_here(session: Session) -> ColumnElement[bool]:
    """Return the condition on Record (joined with Attempt) for whom this session reads.

    That is the person of the launch. Where there is none, as in a personal link or a job,
    only what may leave Trellis at all is visible, and no drafts.
    """
    reader: Reader | None = session.info.get("reader")
    if reader is None:
        return and_(Record.visibility.in_(LEAVES), Record.state != RecordState.DRAFT)
    return visible_to(reader.person_id, reader.role)


def may_see(session: Session, record: Record, person_id: UUID, role: Role | None) -> bool:
    """Say whether a viewer, who may see the learner, may see this record."""
    query = (
        exists()
        .where(Record.id == record.id, Attempt.id == Record.attempt_id)
        .where(visible_to(person_id, role))
        .select()
    )
    return bool(session.scalar(query))


def may_see_file(
    session: Session, record: Record, evidence: Evidence, viewer_id: UUID | None
) -> bool:
    """Say whether a viewer, who may see *record*, may see this file of it.

    What its author has not handed in yet is nobody else's to see.
    """
    if evidence.removed_at is None and record.author_id == viewer_id:
        return True
    lists = session.scalars(select(Revision.evidence).where(Revision.record_id == record.id))
    return any(one["id"] == str(evidence.id) for files in lists for one in files)


def may_leave(record: Record) -> bool:
    """Say whether a record may be told of outside: by mail, link or statement."""
    return record.visibility in LEAVES
