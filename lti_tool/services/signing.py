"""Signatures: somebody's word on the very revision, words and language that they saw."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session, aliased

from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.errors import InvalidInput, NotAllowed, StaleEdit, WrongState
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Record, Revision
from lti_tool.domain.signing import Decision, SealKind, Signature, Signing
from lti_tool.services.audit import record_audit
from lti_tool.services.chains import content_hash, moment
from lti_tool.services.mailing import queue_mail
from lti_tool.services.revisions import BINDING, latest_revision
from lti_tool.services.sealing import seal

COUNTING = (*BINDING, Decision.WAIVED)
"""Decisions that let a record count, as long as nobody takes them back."""


def sign_record(
    session: Session, record: Record, signing: Signing, decision: Decision
) -> Signature:
    """Add the signer's word to the revision that was on the screen; seal and audit it.

    Raises:
        StaleEdit: The record was changed after the signer opened it.
        WrongState: Nothing has been handed in yet.
    """
    revision = latest_revision(session, record)
    if revision is None:
        raise WrongState(_("Nothing has been handed in yet."))
    if revision.sha256 != signing.seen_sha256:
        raise StaleEdit(
            _("This was changed after you opened it."),
            next_step=_("Read it again, then decide."),
        )
    signature = _put(session, record, revision, signing, decision)
    record.decided_at = signature.signed_at
    session.flush()
    return signature


def withdraw_signature(
    session: Session, record: Record, signature: Signature, signing: Signing
) -> Signature:
    """Take a signature back as a new fact; the old one stays, and the comment says why.

    Raises:
        NotAllowed: It is somebody else's.
        InvalidInput: There is no reason.
        WrongState: It was taken back before.
    """
    if signature.signer_id != signing.signer.id or signature.record_id != record.id:
        raise NotAllowed(_("Only the person who signed can take a signature back."))
    if not signing.comment:
        raise InvalidInput(
            _("Say why you take your signature back."),
            fields={"comment": _("Write why you take your signature back.")},
        )
    if is_withdrawn(session, signature):
        raise WrongState(_("This signature was taken back before."))
    revision = session.get_one(Revision, signature.revision_id)
    return _put(session, record, revision, signing, Decision.WITHDRAWN, withdraws=signature)


def is_withdrawn(session: Session, signature: Signature) -> bool:
    """Say whether a signature was taken back later."""
    later = select(Signature.id).where(Signature.withdraws_id == signature.id)
    return session.scalar(later) is not None


def stands() -> ColumnElement[bool]:
    """Return the condition on Signature that it is a decision and was not taken back."""
    later = aliased(Signature)
    taken_back = exists().where(later.withdraws_id == Signature.id)
    return and_(Signature.decision != Decision.WITHDRAWN, ~taken_back)


def own_signature(session: Session, record: Record, person_id: UUID) -> Signature | None:
    """Return the newest signature that a person could take back: one that lets it count."""
    query = select(Signature).where(
        Signature.record_id == record.id,
        Signature.signer_id == person_id,
        Signature.decision.in_(COUNTING),
        stands(),
    )
    return session.scalar(query.order_by(Signature.signed_at.desc()).limit(1))


def still_counts(session: Session, record: Record) -> bool:
    """Say whether the newest revision still has a signature that lets it count."""
    revision = latest_revision(session, record)
    query = select(Signature.id).where(
        Signature.revision_id == (revision.id if revision else None),
        Signature.decision.in_(COUNTING),
        stands(),
    )
    return session.scalar(query.limit(1)) is not None


def signatures_of(session: Session, record: Record) -> list[tuple[Signature, Person]]:
    """Return every signature on *record* with its signer, oldest first."""
    rows = session.execute(
        select(Signature, Person)
        .join(Person, Person.id == Signature.signer_id)
        .where(Signature.record_id == record.id)
        .order_by(Signature.signed_at)
    )
    return [(signature, person) for signature, person in rows]


def signers_of(session: Session, record: Record) -> Sequence[Person]:
    """Return everybody who ever signed *record*: they are told when it is opened again."""
    signed = select(Signature.signer_id).where(Signature.record_id == record.id)
    return session.scalars(select(Person).where(Person.id.in_(signed)).order_by(Person.id)).all()


def statement_of(signature: Signature) -> Json:
    """Return all that the hash of a signature covers; the same words stand in a bundle."""
    return {
        "signature": str(signature.id),
        "record": str(signature.record_id),
        "revision": str(signature.revision_id),
        "revision_sha256": signature.revision_sha256,
        "signer": str(signature.signer_id),
        "signer_name": signature.signer_name,
        "role": signature.role.value,
        "capacity": signature.capacity.value if signature.capacity else None,
        "decision": signature.decision.value,
        "wording": signature.wording,
        "comment": signature.comment,
        "locale": signature.locale,
        "happened_on": _day(signature.happened_on),
        "method": signature.method.value,
        "link": str(signature.link_id) if signature.link_id else None,
        "device_mark": signature.device_mark,
        "flags": signature.flags,
        "withdraws": str(signature.withdraws_id) if signature.withdraws_id else None,
        "at": moment(signature.signed_at),
    }


def _put(
    session: Session,
    record: Record,
    revision: Revision,
    signing: Signing,
    decision: Decision,
    *,
    withdraws: Signature | None = None,
) -> Signature:
    signature = Signature(
        id=uuid4(),
        record_id=record.id,
        revision_id=revision.id,
        revision_sha256=revision.sha256,
        signer_id=signing.signer.id,
        signer_name=signing.signer.name or signing.signer.short_code,
        role=signing.role,
        capacity=signing.capacity,
        decision=decision,
        wording=signing.wording,
        comment=signing.comment,
        locale=signing.locale,
        happened_on=revision.happened_on,
        method=signing.method,
        link_id=signing.link_id,
        device_mark=signing.device_mark,
        flags=list(signing.flags),
        withdraws_id=withdraws.id if withdraws else None,
        signed_at=utc_now(),
    )
    signature.sha256 = content_hash(statement_of(signature))
    session.add(signature)
    session.flush()
    _seal_and_audit(session, record, signature, signing)
    if signing.wants_receipt:
        queue_mail(session, "receipt", signing.signer, signature_id=signature.id)
    return signature


def _seal_and_audit(
    session: Session, record: Record, signature: Signature, signing: Signing
) -> None:
    learner_id = session.get_one(Attempt, record.attempt_id).person_id
    seal(session, learner_id, SealKind.SIGNATURE, signature.id, signature.sha256)
    record_audit(
        session,
        f"record.{signature.decision.value}",
        by=signing.signer,
        subject=("signature", signature.id),
        record=record,
        details={
            "revision": str(signature.revision_id),
            "sha256": signature.sha256,
            "method": signature.method.value,
            "flags": signature.flags,
        },
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
