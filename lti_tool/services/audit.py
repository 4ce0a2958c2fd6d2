"""Write the audit trail: in the transaction of the act, without a word anybody typed."""

from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from lti_tool.domain.audit import ActorKind, AuditEvent, AuditHead
from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.people import Person
from lti_tool.domain.records import Record
from lti_tool.services.chains import close_link, content_hash, moment, next_link

INSTALLATION = "installation"
"""Scope of what concerns no platform."""


def record_audit(
    session: Session,
    action: str,
    *,
    by: Person | None,
    subject: tuple[str, UUID | None],
    record: Record | None = None,
    course_id: UUID | None = None,
    platform_id: UUID | None = None,
    details: Json | None = None,
) -> AuditEvent:
    """Add one line to the trail of the platform that *by* (or *platform_id*) belongs to.

    *action* is a code such as ``record.submitted``, *subject* what it was done to, *details*
    codes, ids, numbers and hashes only. Where it came from (``launch:…``, ``link:…``,
    ``cli``) is what the session was opened for: ``session.info["origin"]``.
    """
    platform = platform_id or (by.platform_id if by else None)
    scope = f"platform:{platform}" if platform else INSTALLATION
    link = next_link(session, AuditHead, scope=scope)
    line = AuditEvent(
        id=uuid4(),
        scope=scope,
        number=link.number,
        at=utc_now(),
        actor_kind=_kind_of(session, by),
        actor_id=by.id if by else None,
        action=action,
        subject_kind=subject[0],
        subject_id=subject[1],
        record_id=record.id if record else None,
        course_id=course_id,
        origin=session.info.get("origin", "worker"),
        details=details or {},
        previous_sha256=link.previous_sha256,
    )
    line.sha256 = content_hash(line_of(line))
    session.add(line)
    close_link(session, AuditHead, link, line.sha256, scope=scope)
    session.flush()
    return line


def line_of(event: AuditEvent) -> Json:
    """Return all of a line that its hash covers, the previous hash included."""
    return {
        "id": str(event.id),
        "scope": event.scope,
        "number": event.number,
        "at": moment(event.at),
        "actor_kind": event.actor_kind.value,
        "actor": _text(event.actor_id),
        "action": event.action,
        "subject_kind": event.subject_kind,
        "subject": _text(event.subject_id),
        "record": _text(event.record_id),
        "course": _text(event.course_id),
        "origin": event.origin,
        "details": event.details,
        "previous": event.previous_sha256,
    }


def _kind_of(session: Session, by: Person | None) -> ActorKind:
    if by is not None:
        return ActorKind.PERSON if by.sub is not None else ActorKind.CONTACT
    return ActorKind.OPERATOR if session.info.get("origin") == "cli" else ActorKind.SYSTEM


def _text(id: UUID | None) -> str | None:
    return str(id) if id else None
