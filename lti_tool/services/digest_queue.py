"""At most one digest of a mentor waits in the outbox; what comes in meanwhile comes along."""

from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.domain.contacts import Contact
from lti_tool.outbox.claim import hold_lanes
from lti_tool.outbox.models import Delivery, DeliveryState
from lti_tool.outbox.queue import enqueue
from lti_tool.outbox.schedule import Schedule


def put_digest(
    session: Session, contact: Contact, due_at: datetime, *, is_exact: bool = False
) -> datetime:
    """Queue the next digest of *contact* for *due_at*; return when it will go.

    One that waits already is brought forward, or with *is_exact* moved to just then. One
    that is being sent at this moment may have missed what is new, so another is queued.
    """
    newest = _newest(session, contact.person_id)
    if newest is not None and newest.state is DeliveryState.QUEUED and newest.lease_owner is None:
        return _moved(session, newest, due_at, is_exact)
    number = newest.payload["number"] + 1 if newest and newest.payload else 1
    queued = enqueue(
        session,
        "mail",
        destination="smtp",
        key=f"mail:{contact.person_id}:digest",
        subject=subject_of(contact.person_id),
        payload={"template": "digest", "person": str(contact.person_id), "number": number},
        # Two who queue at the same moment count the same number, and make one.
        id=uuid5(contact.person_id, f"digest/{number}"),
        due_at=due_at,
    )
    return queued.due_at


def subject_of(person_id: UUID) -> str:
    """Return the subject of a mentor's digests, by which their standing is looked up."""
    return f"digest:{person_id}"


def _newest(session: Session, person_id: UUID) -> Delivery | None:
    digests = select(Delivery).where(Delivery.subject == subject_of(person_id))
    newest = digests.order_by(Delivery.seq.desc()).limit(1)
    return session.scalars(newest.execution_options(populate_existing=True)).one_or_none()


def _moved(session: Session, waiting: Delivery, due_at: datetime, is_exact: bool) -> datetime:
    if due_at == waiting.due_at or (due_at > waiting.due_at and not is_exact):
        return waiting.due_at
    hold_lanes(session.connection(), [waiting.key])
    session.execute(
        update(Delivery)
        .where(
            Delivery.id == waiting.id,
            Delivery.state == DeliveryState.QUEUED,
            Delivery.lease_owner.is_(None),
        )
        .values(due_at=due_at, expires_at=due_at + Schedule.lifetime)
    )
    return due_at
