"""What may happen to a record beside revising and signing it: pulled back, opened again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.errors import InvalidInput, NotAllowed, WrongState
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Move, MoveKind, Record, RecordState, Visibility
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Decision, SealKind, Signature
from lti_tool.services.audit import record_audit
from lti_tool.services.chains import content_hash, moment
from lti_tool.services.notices import tell_mentors, tell_signers
from lti_tool.services.revisions import latest_revision
from lti_tool.services.sealing import seal
from lti_tool.services.visibility import CHOICES, visible_here

SIGNED = (RecordState.COUNTERSIGNED, RecordState.ASSESSED)
"""States that only a tutor or assessor can open again."""

UNSIGNED = (RecordState.SUBMITTED, RecordState.RETURNED)
"""States of what was handed in and has no word that lets it count."""


def add_move(
    session: Session, record: Record, kind: MoveKind, *, by: Person, reason: str = "", **facts: Any
) -> Move:
    """Keep a step of a record with its reason; seal and audit it. *facts* are codes and ids."""
    move = Move(
        id=uuid4(),
        record_id=record.id,
        kind=kind,
        by_id=by.id,
        reason=reason,
        details=facts,
        at=utc_now(),
    )
    move.sha256 = content_hash(step_of(move))
    session.add(move)
    session.flush()
    learner_id = session.get_one(Attempt, record.attempt_id).person_id
    seal(session, learner_id, SealKind.MOVE, move.id, move.sha256)
    record_audit(
        session,
        f"record.{kind.value}",
        by=by,
        subject=("move", move.id),
        record=record,
        details={**facts, "sha256": move.sha256},
    )
    return move


def step_of(move: Move) -> Json:
    """Return all that the hash of a move covers; the same words stand in a bundle."""
    return {
        "move": str(move.id),
        "record": str(move.record_id),
        "kind": move.kind.value,
        "by": str(move.by_id),
        "reason": move.reason,
        "details": move.details,
        "at": moment(move.at),
    }


def moves_of(session: Session, record: Record) -> Sequence[Move]:
    """Return every move of a record, oldest first."""
    query = select(Move).where(Move.record_id == record.id)
    return session.scalars(query.order_by(Move.at)).all()


def pull_back(session: Session, record: Record, *, by: Person) -> None:
    """Let the author go on writing, as long as nobody acted on what was handed in.

    Raises:
        NotAllowed: *by* did not write it.
        WrongState: It does not wait for a decision any more.
    """
    if record.author_id != by.id:
        raise NotAllowed(_("Only the person who wrote an entry can do this."))
    revision = latest_revision(session, record)
    if record.state is not RecordState.SUBMITTED or revision is None:
        raise WrongState(
            _("Only an entry that still waits for a decision can be taken back."),
            next_step=_("Open it to see where it stands."),
        )
    was_returned = _has_signature(session, record)
    add_move(session, record, MoveKind.PULLED_BACK, by=by, revision=str(revision.id))
    record.state = RecordState.RETURNED if was_returned else RecordState.DRAFT
    session.flush()


def reopen(session: Session, record: Record, *, by: Person, role: Role | None, reason: str) -> Move:
    """Open a signed record for an amendment; its signatures stay, on the version they saw.

    Who may: a tutor or assessor, with a reason (activities.md D0, rule 3). A grade that was
    given stands until it is given again.

    Raises:
        NotAllowed: *role* may not.
        InvalidInput: There is no reason.
        WrongState: It is not signed.
    """
    if role not in (Role.TUTOR, Role.ASSESSOR):
        raise NotAllowed(
            _("Only a tutor can open this again."), next_step=_("Ask your tutor to do it.")
        )
    if record.state not in SIGNED:
        raise WrongState(_("This is not signed, so it need not be opened again."))
    if not reason:
        raise InvalidInput(
            _("Say why this has to be opened again."),
            fields={"reason": _("Write why this has to be opened again.")},
        )
    move = add_move(
        session, record, MoveKind.REOPENED, by=by, reason=reason, was=record.state.value
    )
    record.state = RecordState.RETURNED
    session.flush()
    tell_signers(session, record, "reopened", but=by, move_id=move.id)
    return move


def change_visibility(
    session: Session, record: Record, visibility: Visibility, *, by: Person
) -> Move | None:
    """Let the author say who may see a record; None if that is so already.

    Fewer may see it at any time; more only as long as nobody has signed.

    Raises:
        NotAllowed: *by* did not write it, or it is in a class that is no author's to choose.
        WrongState: More would see it than when it was signed.
    """
    if record.author_id != by.id or not {visibility, record.visibility} <= set(CHOICES):
        raise NotAllowed(_("Only the person who wrote this can choose who sees it."))
    if visibility is record.visibility:
        return None
    widens = CHOICES.index(visibility) < CHOICES.index(record.visibility)
    if widens and _has_signature(session, record):
        raise WrongState(
            _("Somebody has decided on this already. Now it can only be shown to fewer people."),
            next_step=_("Write a new one for more people to see."),
        )
    move = set_visibility(session, record, visibility, by=by)
    if widens and record.state is RecordState.SUBMITTED:
        tell_mentors(session, record)
    return move


def set_visibility(session: Session, record: Record, visibility: Visibility, *, by: Person) -> Move:
    """Put a record into a class; who may do that is for the caller to check."""
    facts = {"was": record.visibility.value, "now": visibility.value}
    move = add_move(session, record, MoveKind.VISIBILITY, by=by, **facts)
    record.visibility = visibility
    session.flush()
    return move


def was_reopened() -> ColumnElement[bool]:
    """Return the condition on Record that it was ever opened again after it had been signed."""
    return exists().where(Move.record_id == Record.id, Move.kind == MoveKind.REOPENED)


def reopened_for(session: Session, person_id: UUID, attempt_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of these attempts in which something that a person signed is open again."""
    signed = exists().where(
        Signature.record_id == Record.id,
        Signature.signer_id == person_id,
        Signature.decision != Decision.RETURNED,
    )
    query = (
        select(Record.attempt_id)
        .join(Attempt, Attempt.id == Record.attempt_id)
        .where(Record.attempt_id.in_(attempt_ids), Record.state.in_(UNSIGNED))
        .where(was_reopened(), signed, visible_here(session))
    )
    return set(session.scalars(query))


def _has_signature(session: Session, record: Record) -> bool:
    query = select(Signature.id).where(Signature.record_id == record.id).limit(1)
    return session.scalar(query) is not None
