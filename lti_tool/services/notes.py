"""Notes about a trainee, and welfare matters: who may know, why, and who was told.

A note belongs to its author; a welfare record is read by its author and by those who were
named for it, one by one (`services.visibility`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import ResourceLink
from lti_tool.domain.database import insert_if_new
from lti_tool.domain.errors import InvalidInput, NotAllowed, WrongState
from lti_tool.domain.people import Person
from lti_tool.domain.records import (
    Attempt,
    Record,
    RecordReader,
    RecordState,
    Referral,
    Revision,
    Visibility,
)
from lti_tool.domain.roles import Role
from lti_tool.services.audit import record_audit
from lti_tool.services.environment import environment
from lti_tool.services.grades import setup_of
from lti_tool.services.members import members_who_are
from lti_tool.services.moves import set_visibility
from lti_tool.services.people import mentors_of
from lti_tool.services.records import start_record, submit_record
from lti_tool.services.revisions import latest_revision
from lti_tool.services.visibility import COUNTED, visible_here

KIND = "note"
WRITERS = {
    Visibility.MENTOR_PRIVATE: (Role.MENTOR,),
    Visibility.WELFARE: (Role.MENTOR, Role.TUTOR, Role.ASSESSOR),
}
"""Which roles write notes of which class."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """A note with its text and its author."""

    record: Record
    revision: Revision
    author: Person


def write_note(
    session: Session,
    attempt: Attempt,
    text: str,
    *,
    id: UUID,
    author: Person,
    role: Role | None,
    visibility: Visibility,
) -> Record:
    """Keep a note about the trainee of *attempt*; the same *id* twice makes one.

    Raises:
        NotAllowed: *role* writes no such notes, or it would be about oneself.
        NotFound: The id belongs to something else.
    """
    if role not in WRITERS.get(visibility, ()) or attempt.person_id == author.id:
        raise NotAllowed(_("You cannot write such a note."))
    record = start_record(
        session,
        attempt,
        KIND,
        id=id,
        author=author,
        template_version=None,
        visibility=visibility,
    )
    if record.state is RecordState.DRAFT:
        submit_record(session, record, {"text": text}, author=author, happened_on=None)
    return record


def notes_about(session: Session, course_id: UUID, person_id: UUID) -> list[Note]:
    """Return the notes about a trainee in a course that the session's reader may see."""
    query = (
        select(Record, Person)
        .join(Attempt, Attempt.id == Record.attempt_id)
        .join(ResourceLink, ResourceLink.id == Attempt.resource_link_id)
        .join(Person, Person.id == Record.author_id)
        .where(Record.kind == KIND, Attempt.person_id == person_id)
        .where(ResourceLink.course_id == course_id, visible_here(session))
        .order_by(Record.created_at.desc())
    )
    found = [(record, author) for record, author in session.execute(query)]
    pairs = [(record, latest_revision(session, record), author) for record, author in found]
    return [Note(record=r, revision=revision, author=a) for r, revision, a in pairs if revision]


def make_welfare(
    session: Session, record: Record, *, by: Person, role: Role | None, why: str
) -> None:
    """Take a record out of everybody's sight but its author's and the tutor's who does it.

    Raises:
        InvalidInput: It is not said why the tutor is entitled to know.
        NotAllowed: *role* may not.
        WrongState: The record is private already, or of a kind that cannot be hidden.
    """
    if role not in (Role.TUTOR, Role.ASSESSOR):
        raise NotAllowed(_("Only a tutor can do this."))
    if record.visibility not in COUNTED:
        raise WrongState(_("This is private already."))
    if not _can_hide(session, record):
        raise WrongState(
            _("A record of this kind cannot be hidden."),
            next_step=_("Write a welfare note about the trainee instead."),
        )
    _require(why, "why")
    set_visibility(session, record, Visibility.WELFARE, by=by)
    _add_reader(session, record, by, why, by=by)


def _can_hide(session: Session, record: Record) -> bool:
    """Whether the activity leaves such a record out everywhere once it is private."""
    kind = setup_of(session, session.get_one(Attempt, record.attempt_id)).kind
    registry = environment(session).registry
    return kind in registry and record.kind in registry.get(kind).hides


def name_reader(session: Session, record: Record, person: Person, why: str, *, by: Person) -> None:
    """Let one more person see a welfare record; *why* they are entitled is kept.

    Raises:
        InvalidInput: There is no reason.
        NotAllowed: *by* is not named for it, or is the trainee.
        WrongState: It is no welfare record.
    """
    _require_keeper(session, record, by)
    _require(why, "why")
    _add_reader(session, record, person, why, by=by)


def refer(
    session: Session, record: Record, *, told: str, why: str, told_on: date, by: Person
) -> Referral:
    """Keep who was told of a welfare matter, when, and why they are entitled to know.

    Raises:
        InvalidInput: A text is missing.
        NotAllowed: *by* is not named for it, or is the trainee.
        WrongState: It is no welfare record.
    """
    _require_keeper(session, record, by)
    _require(told, "told")
    _require(why, "why")
    referral = Referral(record_id=record.id, told=told, why=why, told_on=told_on, by_id=by.id)
    session.add(referral)
    session.flush()
    subject = ("referral", referral.id)
    record_audit(session, "welfare.referred", by=by, subject=subject, record=record)
    return referral


def readers_of(session: Session, record: Record) -> list[tuple[RecordReader, Person]]:
    """Return who was named for a record, in the order of naming."""
    query = (
        select(RecordReader, Person)
        .join(Person, Person.id == RecordReader.person_id)
        .where(RecordReader.record_id == record.id)
        .order_by(RecordReader.named_at)
    )
    return [(reader, person) for reader, person in session.execute(query)]


def referrals_of(session: Session, record: Record) -> Sequence[Referral]:
    """Return the referral log of a record, oldest first."""
    query = select(Referral).where(Referral.record_id == record.id)
    return session.scalars(query.order_by(Referral.created_at)).all()


def possible_readers(session: Session, course_id: UUID, trainee_id: UUID) -> list[Person]:
    """Return who can be named: the course's tutors and assessors and the trainee's mentors."""
    staff = [
        member.person
        for role in (Role.TUTOR, Role.ASSESSOR)
        for member in members_who_are(session, course_id, role)
    ]
    return [*staff, *mentors_of(session, course_id, trainee_id)]


def _require_keeper(session: Session, record: Record, by: Person) -> None:
    if record.visibility is not Visibility.WELFARE:
        raise WrongState(_("This is no welfare record."))
    named = session.get(RecordReader, (record.id, by.id)) is not None
    is_about = session.get_one(Attempt, record.attempt_id).person_id == by.id
    if is_about or not (named or record.author_id == by.id):
        raise NotAllowed(_("Only somebody who was named for this can do that."))


def _require(text: str, field: str) -> None:
    if not text.strip():
        raise InvalidInput(_("Something is missing."), fields={field: _("Fill this in.")})


def _add_reader(session: Session, record: Record, person: Person, why: str, *, by: Person) -> None:
    named = insert_if_new(session, RecordReader).values(
        record_id=record.id,
        person_id=person.id,
        named_by_id=by.id,
        why=why.strip(),
        named_at=utc_now(),
    )
    session.execute(named)
    subject = ("person", person.id)
    record_audit(session, "welfare.reader_named", by=by, subject=subject, record=record)
