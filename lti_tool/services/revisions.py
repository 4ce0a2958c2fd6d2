"""Revisions: what was handed in, hashed with all that belongs to it, sealed, never edited."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.courses import TemplateVersion
from lti_tool.domain.errors import InvalidInput
from lti_tool.domain.evidence import Evidence, StoredFile
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Record, Revision
from lti_tool.domain.signing import Decision, SealKind, Signature
from lti_tool.services.audit import record_audit
from lti_tool.services.chains import content_hash, moment
from lti_tool.services.sealing import seal

BINDING = (Decision.CONFIRMED, Decision.OBSERVED, Decision.ASSESSED)
"""Decisions after which content is only ever amended."""


def add_revision(
    session: Session,
    record: Record,
    content: Json,
    *,
    author: Person,
    happened_on: date | None = None,
    reason: str = "",
) -> Revision:
    """Append *content*, with the files of the record, as its next revision; seal and audit it.

    After a binding signature it is an amendment, which cites what it corrects.

    Raises:
        InvalidInput: It amends something signed, and no *reason* was given.
    """
    amended = signed_revision(session, record)
    if amended is not None and not reason:
        raise InvalidInput(
            _("This was signed already. Say why you change it."),
            fields={"reason": _("Write why you change it.")},
        )
    revision = Revision(
        id=uuid4(),
        record_id=record.id,
        number=_last_number(session, record) + 1,
        content=content,
        template_version_id=record.template_version_id,
        template_sha256=_hash_of_form(session, record.template_version_id),
        happened_on=happened_on,
        locale=_language(),
        evidence=evidence_list(session, record.id),
        amends_id=amended.id if amended else None,
        reason=reason,
        author_id=author.id,
        created_at=utc_now(),
    )
    revision.sha256 = content_hash(envelope(revision))
    session.add(revision)
    session.flush()
    learner_id = session.get_one(Attempt, record.attempt_id).person_id
    seal(session, learner_id, SealKind.REVISION, revision.id, revision.sha256)
    action = "record.amended" if amended else "record.submitted"
    facts = {"number": revision.number, "sha256": revision.sha256}
    record_audit(
        session, action, by=author, subject=("revision", revision.id), record=record, details=facts
    )
    return revision


def _hash_of_form(session: Session, version_id: UUID | None) -> str | None:
    return session.scalar(select(TemplateVersion.sha256).where(TemplateVersion.id == version_id))


def _language() -> str:
    """Language of the pages it was written on, such as ``cy``."""
    locale = get_locale()
    return str(locale.language) if locale else "en"


def envelope(revision: Revision) -> Json:
    """Return all that the hash of a revision covers; the same words stand in a bundle."""
    return {
        "record": str(revision.record_id),
        "number": revision.number,
        "template_version": _text(revision.template_version_id),
        "template_sha256": revision.template_sha256,
        "happened_on": revision.happened_on.isoformat() if revision.happened_on else None,
        "locale": revision.locale,
        "author": str(revision.author_id),
        "at": moment(revision.created_at),
        "amends": str(revision.amends_id) if revision.amends_id else None,
        "reason": revision.reason,
        "evidence": revision.evidence,
        "content": revision.content,
    }


def _text(id: UUID | None) -> str | None:
    return str(id) if id else None


def evidence_list(session: Session, record_id: UUID) -> list[dict[str, Any]]:
    """Return the files that a record has now, as a revision names them, oldest first."""
    rows = session.execute(
        select(Evidence, StoredFile)
        .join(StoredFile, StoredFile.sha256 == Evidence.sha256)
        .where(Evidence.record_id == record_id, Evidence.removed_at.is_(None))
        .order_by(Evidence.created_at, Evidence.id)
    )
    return [
        {
            "id": str(evidence.id),
            "name": evidence.name,
            "caption": evidence.caption,
            "sha256": stored.sha256,
            "media_type": stored.media_type,
            "size": stored.size,
        }
        for evidence, stored in rows
    ]


def latest_revision(session: Session, record: Record) -> Revision | None:
    """Return what was last handed in, or None for a record that never was."""
    return session.scalar(_of(record).order_by(Revision.number.desc()).limit(1))


def revisions_of(session: Session, record: Record) -> Sequence[Revision]:
    """Return every revision of a record, oldest first."""
    return session.scalars(_of(record).order_by(Revision.number)).all()


def signed_revision(session: Session, record: Record) -> Revision | None:
    """Return the newest revision with a binding signature that was not withdrawn."""
    taken_back = aliased(Signature)
    signed = exists().where(
        Signature.revision_id == Revision.id,
        Signature.decision.in_(BINDING),
        ~exists().where(taken_back.withdraws_id == Signature.id),
    )
    return session.scalar(_of(record).where(signed).order_by(Revision.number.desc()).limit(1))


def _of(record: Record) -> Select[Revision]:
    return select(Revision).where(Revision.record_id == record.id)


def _last_number(session: Session, record: Record) -> int:
    newest = select(func.max(Revision.number)).where(Revision.record_id == record.id)
    return session.scalar(newest) or 0
