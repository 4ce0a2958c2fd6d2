"""Tables of the outbox: what waits to leave, where it goes, and who carries it.

`lane` and `seq` keep the order. On SQLite there is one writer at a time, so the next
`seq` is the highest plus one and rises in commit order. On PostgreSQL transactions
commit in any order, so a number drawn early may become visible late, and what one
transaction is changing another one skips. Therefore whoever queues or changes deliveries
holds a *shared* advisory lock on the lane of their key, from before the number is drawn
until the transaction ends, and a worker claims only from lanes that it can lock
*exclusively*: no row of the key is then on its way. Shared locks never wait for each
other, and a claim waits for nobody, so writing in any order cannot deadlock; a lane (one
of 1024) bounds the number of locks that a large import holds.
"""

import enum
import zlib
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Identity, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.domain.base import Base, Json, text_enum, utc_now

LANES: Final = 1024
"""How many locks all keys share on PostgreSQL."""

LANE_LOCK: Final = 0x7472
"""First half of the advisory lock of a lane; the lane's number is the second."""


HELD_BACK: Final = "held-back"
"""Destination of what must not leave: it is parked when it is made, and no retry lets it out."""


def lane_of(key: str) -> int:
    """Return the lane of *key*, the same in every process."""
    return zlib.crc32(key.encode()) % LANES


class DeliveryState(enum.StrEnum):
    """Where a delivery is. One that is being sent right now is queued and leased."""

    QUEUED = "queued"
    SENT = "sent"
    SUPERSEDED = "superseded"
    """Something newer made it pointless; it will not be sent."""
    PARKED = "parked"
    """Refused, or not delivered in time: waits for a person."""
    DROPPED = "dropped"
    """A person decided that it need not be sent."""


OPEN: Final = "state = 'queued'"
UNSETTLED: Final = "state IN ('queued', 'parked')"
PARKED: Final = "state = 'parked'"
"""Conditions of the partial indexes; a query repeats one word for word to be served.

The index by key covers more than the open ones on purpose: PostgreSQL, with statistics
from before a backlog, would otherwise look for older ones of a key in the other index.
"""


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Delivery(Base):
    """One message waiting to leave, or the proof that it left. Write it with `enqueue`."""

    __tablename__ = "delivery"
    __table_args__ = (
        _partial("ix_delivery_open", "kind", "destination", "seq", where=OPEN),
        _partial("ix_delivery_unsettled", "key", "seq", where=UNSETTLED),
        _partial("ix_delivery_parked", "seq", where=PARKED),
        Index("ix_delivery_subject_seq", "subject", "seq"),
        # Every delivery leaves two dead rows, in front of those that wait: sweep early.
        {"postgresql_with": {"autovacuum_vacuum_scale_factor": "0.01"}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    """Order within a key; rises with the commits of that key (see the module)."""
    kind: Mapped[str]
    """Which sender carries it: score, statement, roster, line_item, mail."""
    destination: Mapped[str]
    """What fails as a whole, such as ``platform:<uuid>`` or ``lrs``."""
    key: Mapped[str]
    """What must stay in order, such as ``score:<line item>:<person>``."""
    lane: Mapped[int] = mapped_column(SmallInteger)
    subject: Mapped[str]
    """What a page asks by: the attempt's id, mostly."""
    payload: Mapped[Json | None]
    body: Mapped[str | None] = mapped_column(Text)
    """The exact text to send, frozen at commit; statements have it instead of a payload."""
    replaces: Mapped[bool]
    """An older unsent delivery of the same kind and key is pointless."""
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0)
    """Failed tries; those that only a dead destination caused count once.

    A worker that died with it in hand, or whose lease ran out, counts as a failed try.
    """
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    """For operators: short and redacted, never what the other side answered."""
    state: Mapped[DeliveryState] = mapped_column(
        text_enum(DeliveryState), default=DeliveryState.QUEUED
    )
    reason: Mapped[str | None]
    """Machine code of a state: not_gradable, gone, rejected, expired, replaced, ..."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    """A try that fails after this parks the delivery."""
    sent_at: Mapped[datetime | None]


class Destination(Base):
    """How one destination fares: the circuit breaker that all workers share."""

    __tablename__ = "destination"

    name: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    """Transport faults in a row."""
    open_until: Mapped[datetime | None]
    """Nothing is sent before this."""
    allowance: Mapped[int | None]
    """Most deliveries in one go while it recovers; None when all is well."""
    last_error: Mapped[str | None] = mapped_column(Text)
    down_since: Mapped[datetime | None]


class WorkerBeat(Base):
    """The last sign of life of a worker process."""

    __tablename__ = "worker_beat"

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime] = mapped_column(index=True)
