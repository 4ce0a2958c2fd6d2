"""Who read a welfare record, and on which day: without a word of what stands in it."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.audit import AuditEvent
from lti_tool.domain.base import utc_now
from lti_tool.domain.people import Person
from lti_tool.domain.records import Record
from lti_tool.services.audit import record_audit

READ = "welfare.read"


def not_on_record(session: Session, person_id: UUID, record_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the records of which no line says that the person read them today (UTC)."""
    midnight = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
    known = select(AuditEvent.record_id).where(
        AuditEvent.record_id.in_(record_ids),
        AuditEvent.actor_id == person_id,
        AuditEvent.action == READ,
        AuditEvent.at >= midnight,
    )
    return set(record_ids) - set(session.scalars(known))


def put_on_record(session: Session, person: Person, record_ids: Collection[UUID]) -> None:
    """Add a line for each of these welfare records that the person had not read today."""
    for id in sorted(not_on_record(session, person.id, record_ids)):
        record = session.get_one(Record, id)
        record_audit(session, READ, by=person, subject=("record", id), record=record)
