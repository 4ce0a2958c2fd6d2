"""What happened to a record, for its pages: signatures with their version, and moves."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.people import Person
from lti_tool.domain.records import Move, MoveKind, Record, Revision
from lti_tool.domain.signing import Decision, Signature


@dataclass(frozen=True, kw_only=True)
class ShownSignature:
    """Somebody's word, on which version, and whether it still stands."""

    signature: Signature
    number: int
    """Of the version that was signed."""
    is_outdated: bool
    """A later version was handed in since."""
    taken_back: Signature | None


def shown_signatures(session: Session, record: Record) -> list[ShownSignature]:
    """Return every signature on *record*, oldest first, each with its taking back."""
    rows = session.execute(
        select(Signature, Revision.number)
        .join(Revision, Revision.id == Signature.revision_id)
        .where(Signature.record_id == record.id)
        .order_by(Signature.signed_at)
    ).all()
    newest = select(Revision.number).where(Revision.record_id == record.id)
    latest = session.scalar(newest.order_by(Revision.number.desc()).limit(1)) or 0
    taken_back = {signature.withdraws_id: signature for signature, _number in rows}
    return [
        ShownSignature(
            signature=signature,
            number=number,
            is_outdated=number < latest,
            taken_back=taken_back.get(signature.id),
        )
        for signature, number in rows
        if signature.decision is not Decision.WITHDRAWN
    ]


def standing_decision(shown: list[ShownSignature]) -> Signature | None:
    """Return the newest signature that was not taken back: how the record was decided."""
    return next((s.signature for s in reversed(shown) if s.taken_back is None), None)


@dataclass(frozen=True, kw_only=True)
class Reopening:
    """That, by whom and why a signed record was opened again."""

    move: Move
    by: Person


def last_reopening(session: Session, record: Record) -> Reopening | None:
    """Return when a record was last opened again, if it ever was."""
    row = session.execute(
        select(Move, Person)
        .join(Person, Person.id == Move.by_id)
        .where(Move.record_id == record.id, Move.kind == MoveKind.REOPENED)
        .order_by(Move.at.desc())
        .limit(1)
    ).one_or_none()
    return Reopening(move=row.Move, by=row.Person) if row else None
