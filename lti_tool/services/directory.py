"""Finding people for the operator, and what is kept of one beside records."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lti_tool.domain.base import Json
from lti_tool.domain.contacts import Contact
from lti_tool.domain.courses import Course
from lti_tool.domain.people import Membership, Person, Relation
from lti_tool.domain.signing import Signature
from lti_tool.services.audit import record_audit
from lti_tool.services.chains import canonical_json
from lti_tool.services.signing import statement_of


def find_people(session: Session, text: str, *, limit: int = 50) -> Sequence[Person]:
    """Return people with *text* somewhere in name or address, or whose id begins with it."""
    wanted = text.strip().casefold()
    by_id = [id for id in session.scalars(select(Person.id)) if str(id).startswith(wanted)]
    addresses = select(Contact.person_id).where(Contact.address.contains(wanted, autoescape=True))
    query = select(Person).where(
        or_(
            func.lower(Person.name).contains(wanted, autoescape=True),
            func.lower(Person.email).contains(wanted, autoescape=True),
            Person.id.in_(addresses),
            Person.id.in_(by_id),
        )
    )
    return session.scalars(query.order_by(Person.name, Person.id).limit(limit)).all()


def hold(session: Session, person: Person, reason: str) -> None:
    """Put somebody on legal hold: nothing of theirs is erased until it is released."""
    person.legal_hold = reason
    _audit(session, "person.held", person)


def release(session: Session, person: Person) -> None:
    """Let somebody's records be erased again."""
    person.legal_hold = None
    _audit(session, "person.released", person)


def note_export(session: Session, person: Person) -> None:
    """Put into the trail that the operator exported somebody."""
    _audit(session, "person.exported", person)


def _audit(session: Session, action: str, person: Person) -> None:
    subject = ("person", person.id)
    record_audit(session, action, by=None, subject=subject, platform_id=person.platform_id)


def about_person(session: Session, person: Person) -> Json:
    """Return what is kept of somebody beside records: who they are, where, and what they signed.

    What they signed is given word for word; it names others, so somebody has to read it
    before it is handed over.
    """
    contact = session.get(Contact, person.id)
    return {
        "id": str(person.id),
        "name": person.name,
        "email": person.email,
        "account": person.sub,
        "language": person.chosen_locale or person.locale,
        "pseudonym": str(person.pseudonym),
        "known_since": person.created_at.isoformat(),
        "address_as_mentor": contact.email if contact else None,
        "workplace_as_mentor": contact.organisation if contact else None,
        "courses": _courses(session, person.id),
        "relations": _relations(session, person.id),
        "signed": [
            {"sha256": one.sha256, "words": canonical_json(statement_of(one))}
            for one in session.scalars(
                select(Signature)
                .where(Signature.signer_id == person.id)
                .order_by(Signature.signed_at)
            )
        ],
    }


def _courses(session: Session, person_id: UUID) -> list[Json]:
    rows = session.execute(
        select(Course.title, Membership.role, Membership.first_launch_at, Membership.left_at)
        .join(Course, Course.id == Membership.course_id)
        .where(Membership.person_id == person_id)
    )
    return [
        {"course": title, "role": role, "first": _moment(first), "left": _moment(left)}
        for title, role, first, left in rows
    ]


def _relations(session: Session, person_id: UUID) -> list[Json]:
    mine = or_(Relation.trainee_id == person_id, Relation.person_id == person_id)
    return [
        {
            "trainee": str(one.trainee_id),
            "other": str(one.person_id),
            "role": one.role.value,
            "workplace": one.organisation,
            "from": one.from_on.isoformat(),
            "to": one.to_on.isoformat() if one.to_on else None,
        }
        for one in session.scalars(select(Relation).where(mine).order_by(Relation.from_on))
    ]


def _moment(at: Any) -> str | None:
    return at.isoformat() if at else None
