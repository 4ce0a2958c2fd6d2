"""The mentors without an account in a course, as a tutor sees them, and what looks odd."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import Contact
from lti_tool.domain.courses import ResourceLink
from lti_tool.domain.errors import NotFound
from lti_tool.domain.people import Person, Relation, RelationState
from lti_tool.domain.records import Attempt, Record
from lti_tool.domain.signing import Signature


@dataclass(frozen=True, kw_only=True)
class NamedMentor:
    """One mentor without an account, of one trainee."""

    relation: Relation
    person: Person
    contact: Contact
    trainee: Person
    named_by: Person | None

    @property
    def is_proposed(self) -> bool:
        """Whether a tutor has to agree."""
        return self.relation.state is RelationState.PROPOSED

    @property
    def is_named_by_trainee(self) -> bool:
        """Whether the trainee chose whom to be confirmed by."""
        return self.relation.set_by_id == self.trainee.id


def named_mentors(
    session: Session, course_id: UUID, trainee_ids: Collection[UUID]
) -> dict[UUID, list[NamedMentor]]:
    """Return the present and proposed mentors of these trainees, by trainee, by name."""
    found: dict[UUID, list[NamedMentor]] = {}
    for row in session.execute(_named(course_id).where(Relation.trainee_id.in_(trainee_ids))):
        found.setdefault(row[0].trainee_id, []).append(_as_named(row))
    return found


def proposed_mentors(session: Session, course_id: UUID) -> list[NamedMentor]:
    """Return the mentors that wait for a tutor's word, the first proposed on top."""
    query = _named(course_id).where(Relation.state == RelationState.PROPOSED)
    rows = session.execute(query.order_by(None).order_by(Relation.created_at, Relation.id))
    return [_as_named(row) for row in rows]


def find_named(session: Session, course_id: UUID, relation_id: UUID) -> NamedMentor:
    """Return one mentor without an account, of one trainee of this course.

    Raises:
        NotFound: No such relation here.
    """
    row = session.execute(_named(course_id).where(Relation.id == relation_id)).one_or_none()
    if row is None:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    return _as_named(row)


def _named(
    course_id: UUID,
) -> Select[Relation, Person, Contact, Person, Person]:
    trainee, namer = aliased(Person), aliased(Person)
    today = utc_now().date()
    return (
        select(Relation, Person, Contact, trainee, namer)
        .join(Person, Person.id == Relation.person_id)
        .join(Contact, Contact.person_id == Relation.person_id)
        .join(trainee, trainee.id == Relation.trainee_id)
        .outerjoin(namer, namer.id == Relation.set_by_id)
        .where(
            Relation.course_id == course_id,
            Relation.state.in_((RelationState.ACTIVE, RelationState.PROPOSED)),
            or_(Relation.to_on.is_(None), Relation.to_on >= today),
        )
        .order_by(Person.name, Person.id)
    )


def _as_named(row: tuple[Relation, Person, Contact, Person, Person]) -> NamedMentor:
    relation, person, contact, trainee, namer = row
    return NamedMentor(
        relation=relation, person=person, contact=contact, trainee=trainee, named_by=namer
    )


def flagged_signatures(session: Session, named: NamedMentor) -> list[Signature]:
    """Return what this mentor signed for this trainee with something to look at, newest first."""
    signed = session.scalars(
        select(Signature)
        .join(Record, Record.id == Signature.record_id)
        .join(Attempt, Attempt.id == Record.attempt_id)
        .join(ResourceLink, ResourceLink.id == Attempt.resource_link_id)
        .where(
            Signature.signer_id == named.person.id,
            Attempt.person_id == named.trainee.id,
            ResourceLink.course_id == named.relation.course_id,
        )
        .order_by(Signature.signed_at.desc())
    )
    return [signature for signature in signed if signature.flags]
