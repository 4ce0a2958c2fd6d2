"""Asking the LRS to void what it was told, of somebody erased or by a signature taken back.

Only what a signature itself said is taken back with it: confirmed, sent back, observed. That a
tutor waives a confirmation is no statement, so there is nothing to void. What opens or pulls
back a record, or amends it, voids nothing: the entry was handed in then, the signature stands
on the version it saw, and both statements say so with their times. Nor is "completed" voided:
it says what had been reached by then, and the host remembers it just so.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.signing import Signature, Told
from lti_tool.outbox.claim import hold_lanes
from lti_tool.outbox.models import HELD_BACK, Delivery, DeliveryState
from lti_tool.outbox.queue import enqueue
from lti_tool.services.environment import environment
from xapi.actors import account_actor
from xapi.statements import canonical, statement_id, voiding


def void_told(session: Session, signature: Signature) -> int:
    """Void what the LRS was told because of *signature*; return how many statements."""
    told = session.scalars(select(Told.statement_id).where(Told.signature_id == signature.id))
    return queue_voiding(session, told.all())


def queue_voiding(session: Session, ids: Sequence[UUID]) -> int:
    """Void those of these statements that an LRS may hold, drop the others; return how many.

    The voiding has an id that follows from the other's, and its key: it leaves only after the
    statement that it voids, however long that one still takes. Voiding is not deleting: an LRS
    keeps a voided statement, pseudonymous as it is.
    """
    made_here = {_voiding_id(session, id) for id in ids}  # those cannot be voided
    wanted = Delivery.kind == "statement", Delivery.id.in_(set(ids) - made_here)
    keys = session.scalars(select(Delivery.key).where(*wanted).distinct()).all()
    hold_lanes(session.connection(), keys)
    session.execute(
        update(Delivery)
        .where(*wanted, _never_left())
        .values(state=DeliveryState.DROPPED, reason="dropped")
        .execution_options(synchronize_session=False)
    )
    left = select(Delivery).where(*wanted, Delivery.state != DeliveryState.DROPPED)
    told = session.scalars(
        left.order_by(Delivery.seq).execution_options(populate_existing=True)
    ).all()
    for one in told:
        _void(session, one)
    session.flush()
    return len(told)


def _never_left() -> ColumnElement[bool]:
    """Return the condition that no LRS can hold a delivery, nor get it from a worker now.

    One that was tried may have arrived although no answer came. One that was refused did not.
    """
    untried = and_(Delivery.state == DeliveryState.QUEUED, Delivery.tries == 0)
    refused = and_(Delivery.state == DeliveryState.PARKED, Delivery.reason != "expired")
    return or_(
        Delivery.destination == HELD_BACK, refused, and_(untried, Delivery.lease_owner.is_(None))
    )


def _voiding_id(session: Session, id: UUID) -> UUID:
    return statement_id(environment(session).namespace, "voided", str(id))


def _void(session: Session, told: Delivery) -> None:
    world = environment(session)
    made = voiding(
        id=_voiding_id(session, told.id),
        actor=account_actor(f"{world.public_url}/xapi/actors", str(world.namespace)),
        voided=told.id,
        timestamp=utc_now(),
    )
    enqueue(
        session,
        "statement",
        id=UUID(made["id"]),
        destination=told.destination,
        key=told.key,
        subject=told.subject,
        body=canonical(made),
    )
