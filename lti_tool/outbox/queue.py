"""Put messages into the outbox. They leave only if the transaction commits."""

from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Table,
    Text,
    bindparam,
    case,
    cast,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lti_tool.domain.base import Json, utc_now
from lti_tool.outbox.claim import is_unsettled
from lti_tool.outbox.models import LANE_LOCK, Delivery, DeliveryState, lane_of
from lti_tool.outbox.schedule import Schedule

CHANNEL: Final = "trellis_outbox"
"""Where PostgreSQL tells waiting workers that something was queued."""

_T: Final[Table] = Delivery.metadata.tables["delivery"]


class Message(NamedTuple):
    """What to send, where to, and in which order; see `Delivery` for the fields."""

    kind: str
    destination: str
    key: str
    subject: str
    payload: Json | None
    body: str | None


def enqueue(
    session: Session,
    kind: str,
    *,
    destination: str,
    key: str,
    subject: str,
    payload: Json | None = None,
    body: str | None = None,
    id: UUID | None = None,
    due_at: datetime | None = None,
    replace: bool = False,
) -> Delivery:
    """Queue one message; it leaves the tool only if this transaction commits.

    Deliveries of one kind, destination and key leave in the order of their commits. With
    *replace*, older ones of the same kind and key that are not on their way yet are
    superseded, parked ones too, because only the newest score of a person matters.
    Queueing the same *id* twice changes nothing and returns the first.

    Raises:
        ValueError: Not exactly one of *payload* and *body* was given.
    """
    message = Message(kind, destination, key, subject, payload, body)
    values = _row(message, id=id, due_at=due_at, replace=replace)
    connection = session.connection()
    dialect = connection.dialect.name
    delivery: Delivery | None = session.scalars(_NEW_DELIVERY[dialect], values).one_or_none()
    if delivery is None:
        return session.get_one(Delivery, values["id"])
    if replace:
        _supersede_older(connection, message, delivery.seq)
    if dialect == "postgresql":
        session.execute(select(func.pg_notify(CHANNEL, "")))
    return delivery


def enqueue_core(
    connection: Connection,
    kind: str,
    *,
    destination: str,
    key: str,
    subject: str,
    payload: Json | None = None,
    body: str | None = None,
    id: UUID | None = None,
    due_at: datetime | None = None,
    replace: bool = False,
) -> UUID:
    """Do as `enqueue` without the ORM, and return the id.

    It costs one statement and wakes no worker (a NOTIFY makes commits wait for each
    other): the launch path uses it. A polling worker finds the row within 2 s.

    Raises:
        ValueError: Not exactly one of *payload* and *body* was given.
    """
    message = Message(kind, destination, key, subject, payload, body)
    values = _row(message, id=id, due_at=due_at, replace=replace)
    seq = connection.scalar(_NEW_SEQ[connection.dialect.name], values)
    if replace and seq is not None:
        _supersede_older(connection, message, seq)
    delivery_id: UUID = values["id"]
    return delivery_id


def _row(
    message: Message, *, id: UUID | None, due_at: datetime | None, replace: bool
) -> dict[str, Any]:
    if (message.payload is None) == (message.body is None):
        raise ValueError("a delivery has either a payload or a body")
    now = utc_now()
    return message._asdict() | {
        "id": id or uuid4(),
        "its_lane": lane_of(message.key),
        "replaces": replace,
        "due_at": due_at or now,
        "created_at": now,
        "expires_at": (due_at or now) + Schedule.lifetime,
    }


def _supersede_older(connection: Connection, message: Message, seq: int) -> None:
    """Supersede what nobody holds; a lease that ran out may still end in a late send.

    Such a delivery is sent again before this one, so that the late send is a repetition.
    """
    gone = {"state": DeliveryState.SUPERSEDED, "reason": "replaced"}
    connection.execute(
        update(_T)
        .where(is_unsettled(_T), _T.c.key == message.key, _T.c.kind == message.kind)
        .where(_T.c.seq < seq, _T.c.lease_owner.is_(None))
        .values(gone)
    )


_its_lane = bindparam("its_lane", type_=Integer)


def _locked_number() -> ColumnElement[int]:
    """Draw `seq` after the lane's shared lock; CASE fixes the order (see `models`)."""
    lock = func.pg_advisory_xact_lock_shared(LANE_LOCK, _its_lane)
    return case((cast(lock, Text) == "", func.nextval("delivery_seq_seq")))


_next_number = select(func.coalesce(func.max(_T.c.seq), 0) + 1).scalar_subquery()

_INSERT: Final = {
    "postgresql": postgresql.insert(_T)
    .values(lane=_its_lane, seq=_locked_number())
    .on_conflict_do_nothing(index_elements=["id"]),
    "sqlite": sqlite.insert(_T)
    .values(lane=_its_lane, seq=_next_number)
    .on_conflict_do_nothing(index_elements=["id"]),
}

# Both answer nothing when the id is there already. Built once: a launch needs one.
_NEW_DELIVERY: Final = {
    name: select(Delivery).from_statement(insert.returning(_T)) for name, insert in _INSERT.items()
}
_NEW_SEQ: Final = {name: insert.returning(_T.c.seq) for name, insert in _INSERT.items()}
