"""Asking the LRS to void what it was told of somebody who was erased."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.outbox.models import Delivery, DeliveryState
from lti_tool.outbox.queue import enqueue
from lti_tool.services.environment import environment
from xapi.actors import account_actor
from xapi.statements import canonical, statement_id, voiding


def queue_voiding(session: Session, ids: Sequence[str]) -> int:
    """Void those of these statements that were sent, and drop the others; return how many.

    Voiding is not deleting: an LRS keeps a voided statement, pseudonymous as it is.
    """
    world = environment(session)
    wanted = [UUID(id) for id in ids]
    count = 0
    for told in session.scalars(select(Delivery).where(Delivery.id.in_(wanted))).all():
        if told.state is not DeliveryState.SENT:
            told.state, told.reason = DeliveryState.DROPPED, "dropped"
            continue
        made = voiding(
            id=statement_id(world.namespace, "voided", str(told.id)),
            actor=account_actor(f"{world.public_url}/xapi/actors", str(world.namespace)),
            voided=told.id,
            timestamp=utc_now(),
        )
        enqueue(
            session,
            "statement",
            id=UUID(made["id"]),
            destination=told.destination,
            key=f"void:{told.id}",
            subject=str(told.id),
            body=canonical(made),
        )
        count += 1
    session.flush()
    return count
