"""Seals: what was handed in, signed, moved or graded, chained per learner."""

from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.grading import Grade
from lti_tool.domain.signing import Seal, SealHead, SealKind
from lti_tool.services.chains import close_link, content_hash, moment, next_link


def seal(session: Session, learner_id: UUID, kind: SealKind, subject_id: UUID, sha256: str) -> Seal:
    """Add the next link to a learner's chain, in the transaction of what it seals."""
    link = next_link(session, SealHead, person_id=learner_id)
    made = Seal(
        id=uuid4(),
        person_id=learner_id,
        number=link.number,
        kind=kind,
        subject_id=subject_id,
        subject_sha256=sha256,
        previous_sha256=link.previous_sha256,
        created_at=utc_now(),
    )
    made.sha256 = content_hash(link_of(made))
    session.add(made)
    close_link(session, SealHead, link, made.sha256, person_id=learner_id)
    session.flush()
    return made


def link_of(made: Seal) -> Json:
    """Return all that the hash of a seal covers; the same words stand in an exported bundle."""
    return {
        "learner": str(made.person_id),
        "number": made.number,
        "kind": made.kind.value,
        "subject": str(made.subject_id),
        "sha256": made.subject_sha256,
        "previous": made.previous_sha256,
        "at": moment(made.created_at),
    }


def grade_statement(grade: Grade) -> Json:
    """Return what the seal of a grade covers."""
    return {
        "grade": str(grade.id),
        "attempt": str(grade.attempt_id),
        "number": grade.number,
        "given": _digits(grade.given),
        "maximum": _digits(grade.maximum),
        "comment": grade.comment,
        "author": str(grade.author_id) if grade.author_id else None,
        "at": moment(grade.created_at),
    }


def _digits(number: Decimal) -> str:
    """A mark as it is hashed: to five places as stored, without noughts at the end."""
    return f"{number.quantize(Decimal('0.00001')).normalize():f}"


def seal_grade(session: Session, learner_id: UUID, grade: Grade) -> Seal:
    """Seal a grade that was just given."""
    sha256 = content_hash(grade_statement(grade))
    return seal(session, learner_id, SealKind.GRADE, grade.id, sha256)
