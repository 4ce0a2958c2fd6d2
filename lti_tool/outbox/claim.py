"""Claim what is due: a lease that one worker holds for a while, then gives back or loses."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import uuid4

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    Table,
    TextClause,
    Update,
    and_,
    case,
    exists,
    func,
    not_,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy import literal as sql_literal
from sqlalchemy.sql.selectable import NamedFromClause

from lti_tool.domain.database import Database
from lti_tool.outbox import breaker
from lti_tool.outbox.models import (
    LANE_LOCK,
    OPEN,
    UNSETTLED,
    Delivery,
    DeliveryState,
    Destination,
    lane_of,
)
from lti_tool.outbox.schedule import Schedule
from lti_tool.outbox.sending import Claimed

LEASE: Final = timedelta(seconds=120)
"""How long a worker may take over one claim, before another one does it again."""

_LONGEST_LEASE: Final = timedelta(hours=1)
_LONGEST_WAIT: Final = timedelta(hours=15)
_CLOCK_NOISE: Final = timedelta(minutes=5)

_T: Final[Table] = Delivery.metadata.tables["delivery"]
_EARLIER: Final = _T.alias("earlier")
_CLAIMED: Final = [_T.c[field.name] for field in fields(Claimed)]


class Route(NamedTuple):
    """What one sender carries to one destination."""

    kind: str
    destination: str


def is_open(table: NamedFromClause) -> TextClause:
    """Return the condition that a delivery is queued, in the words of the index."""
    return text(f"{table.name}.{OPEN}")


def is_unsettled(table: NamedFromClause) -> TextClause:
    """Return the condition that a delivery is queued or parked, in the words of the index."""
    return text(f"{table.name}.{UNSETTLED}")


def is_free(table: FromClause, now: datetime) -> ColumnElement[bool]:
    """Return the condition that nobody is sending a delivery at *now*.

    A lease longer than any worker takes means that the clock jumped back: it is void.
    """
    until = table.c.lease_until
    return or_(until.is_(None), until <= now, until > now + _LONGEST_LEASE)


def is_due(table: FromClause, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a delivery may be sent at *now*.

    What was made in the future, or waits longer than any retry does, was written before
    the clock jumped back, and is due.
    """
    return or_(
        table.c.due_at <= now,
        table.c.created_at > now + _CLOCK_NOISE,
        and_(table.c.tries > 0, table.c.due_at > now + _LONGEST_WAIT),
    )


def routes_with_work(connection: Connection, kinds: Sequence[str], *, now: datetime) -> list[Route]:
    """Return the routes of *kinds* that have something due and are not resting.

    It hops over the index from destination to destination, so a backlog costs nothing.
    """
    if not kinds:
        return []
    names = union_all(*(select(sql_literal(kind).label("kind")) for kind in kinds)).subquery()
    first = select(names.c.kind, _next_destination(names.c.kind).label("destination"))
    seek = first.cte("seek", recursive=True)
    hop = select(seek.c.kind, _next_destination(seek.c.kind, after=seek.c.destination))
    seek = seek.union_all(hop.where(seek.c.destination.is_not(None)))
    kind, destination = seek.c.kind, seek.c.destination
    work = select(_T.c.seq).where(
        is_open(_T),
        _T.c.kind == kind,
        _T.c.destination == destination,
        is_due(_T, now),
        is_free(_T, now),
    )
    resting = exists().where(Destination.name == destination, breaker.is_resting(now))
    found = connection.execute(select(kind, destination).where(_one_by_one(work, seek), ~resting))
    return [Route(*row) for row in found]


def claim_due(
    db: Database,
    route: Route,
    *,
    owner: str,
    limit: int,
    now: datetime,
    lease: timedelta = LEASE,
    schedule: Schedule | None = None,
    half: int | None = None,
) -> list[Claimed]:
    """Lease up to *limit* due deliveries of *route* to *owner*, oldest first.

    Of one key either the oldest open ones come, in order, or none: nothing overtakes a
    delivery that waits for a retry or that somebody else is sending. A resting
    destination gives nothing, one that is down a single probe. *half*, 0 or 1, takes only
    keys of that half: two threads then find work of different keys.
    """
    with db.connection() as connection:
        allowed = breaker.admit(
            connection,
            route.destination,
            limit=limit,
            now=now,
            schedule=schedule or Schedule(),
        )
        claimed: list[Claimed] = []
        if allowed:
            token = f"{owner}/{uuid4().hex[:12]}"
            wanted = _claimable(route, now)
            if half is not None:
                wanted = and_(wanted, _T.c.lane % 2 == half)
            claimed = _lease(connection, wanted, allowed, lease_owner=token, until=now + lease)
        if not claimed:
            connection.rollback()
        return claimed


def hold_lanes(connection: Connection, keys: Iterable[str]) -> None:
    """Keep claims away from *keys* until this transaction ends.

    Call it before changing deliveries: a claim on PostgreSQL would otherwise skip the one
    that is being changed, and take the next of its key.
    """
    if connection.dialect.name == "postgresql":
        lanes = func.unnest(sql_literal(sorted({lane_of(key) for key in keys}), ARRAY(Integer)))
        connection.execute(select(func.pg_advisory_xact_lock_shared(LANE_LOCK, lanes)))


def release(connection: Connection, claimed: Sequence[Claimed]) -> None:
    """Give back what was claimed and not sent."""
    connection.execute(held(claimed).values(lease_until=None, lease_owner=None))


def held(claimed: Sequence[Claimed]) -> Update:
    """Return an UPDATE of those of *claimed*, one claim, that are still this claim's own.

    Whatever settles a delivery clears its owner, so the owner alone tells.
    """
    return update(_T).where(
        _T.c.id.in_([one.id for one in claimed]),
        _T.c.lease_owner == claimed[0].lease_owner,
    )


def _lease(
    connection: Connection,
    wanted: ColumnElement[bool],
    limit: int,
    *,
    lease_owner: str,
    until: datetime,
) -> list[Claimed]:
    if connection.dialect.name == "postgresql":
        lanes = _lock_lanes(connection, wanted, limit)
        if not lanes:
            return []
        wanted = and_(wanted, _T.c.lane.in_(lanes))
    picked = select(_T.c.id).where(wanted).order_by(_T.c.seq).limit(limit)
    locked = picked.with_for_update(skip_locked=True).cte("picked")
    taking = update(_T).where(_T.c.id.in_(select(locked.c.id)))
    lost = case((_T.c.lease_owner.is_not(None), 1), else_=0)  # a lease that ran out
    mine = {"lease_owner": lease_owner, "lease_until": until, "tries": _T.c.tries + lost}
    taken = taking.values(mine).returning(*_CLAIMED)
    rows = [Claimed(**row) for row in connection.execute(taken).mappings()]
    return sorted(rows, key=lambda one: one.seq)


def _lock_lanes(connection: Connection, wanted: ColumnElement[bool], limit: int) -> list[int]:
    """Lock the lanes of the next deliveries, but for those where a commit is under way.

    The claim itself is a statement of its own after this one, so that it sees everything
    that was committed before the locks were granted.
    """
    oldest = select(_T.c.lane).where(wanted).order_by(_T.c.seq).limit(limit).subquery()
    lanes = select(oldest.c.lane).distinct().subquery()
    granted = func.pg_try_advisory_xact_lock(LANE_LOCK, lanes.c.lane)
    return [lane for lane, ours in connection.execute(select(lanes.c.lane, granted)) if ours]


def _claimable(route: Route, now: datetime) -> ColumnElement[bool]:
    return and_(is_open(_T), _may_go(_T, route, now), ~_is_held_up(route, now))


def _may_go(table: FromClause, route: Route, now: datetime) -> ColumnElement[bool]:
    return and_(
        table.c.kind == route.kind,
        table.c.destination == route.destination,
        is_due(table, now),
        is_free(table, now),
    )


def _is_held_up(route: Route, now: datetime) -> ColumnElement[bool]:
    """Return the condition that something older of the same key cannot go along."""
    older = select(_EARLIER.c.seq).where(
        is_unsettled(_EARLIER),
        _EARLIER.c.state != DeliveryState.PARKED,
        _EARLIER.c.key == _T.c.key,
        _EARLIER.c.seq < _T.c.seq,
        not_(_may_go(_EARLIER, route, now)),
    )
    return _one_by_one(older, _T)


def _one_by_one(rows: Select[Any], outer: FromClause) -> ColumnElement[bool]:
    """Return the condition that *rows* has any, looked up for each row of *outer* by itself.

    The OFFSET keeps PostgreSQL from making it a join that reads the whole backlog, as it
    did with statistics from before the backlog.
    """
    return rows.correlate(outer).offset(0).exists()


def _next_destination(kind: ColumnElement[str], after: ColumnElement[str] | None = None) -> Any:
    found: Select[Any] = select(func.min(_T.c.destination)).where(is_open(_T), _T.c.kind == kind)
    if after is not None:
        found = found.where(_T.c.destination > after)
    return found.scalar_subquery()
