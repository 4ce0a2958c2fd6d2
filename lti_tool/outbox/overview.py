"""What operators see: how much waits where, since when, and what was laid aside."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from lti_tool.outbox.models import OPEN, PARKED, Delivery, Destination


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """What one kind of delivery to one destination has left to do."""

    kind: str
    destination: str
    waiting: int
    waiting_since: datetime | None
    """When the oldest waiting one was queued."""
    parked: int
    failures: int
    """Transport faults in a row; the destination counts as down from five on."""
    resting_until: datetime | None
    """The next probe of a destination that is down, or the pause that it asked for."""
    down_since: datetime | None
    last_error: str | None


def overview(session: Session) -> list[Backlog]:
    """Return where something waits or is parked; reads no sent deliveries."""
    route = Delivery.kind, Delivery.destination
    waiting = session.execute(
        select(*route, func.count(), func.min(Delivery.created_at))
        .where(text(OPEN))
        .group_by(*route)
    )
    parked = session.execute(select(*route, func.count()).where(text(PARKED)).group_by(*route))
    open_ones = {(kind, place): (count, since) for kind, place, count, since in waiting}
    laid_aside = {(kind, place): count for kind, place, count in parked}
    states = {state.name: state for state in session.scalars(select(Destination))}
    return [
        _backlog(
            kind,
            place,
            open_ones.get((kind, place)),
            laid_aside.get((kind, place), 0),
            states.get(place),
        )
        for kind, place in sorted(open_ones.keys() | laid_aside.keys())
    ]


def _backlog(
    kind: str,
    destination: str,
    waiting: tuple[int, datetime] | None,
    parked: int,
    state: Destination | None,
) -> Backlog:
    count, since = waiting or (0, None)
    return Backlog(
        kind=kind,
        destination=destination,
        waiting=count,
        waiting_since=since,
        parked=parked,
        failures=state.failures if state else 0,
        resting_until=state.open_until if state else None,
        down_since=state.down_since if state else None,
        last_error=state.last_error if state and state.failures else None,
    )


def parked_deliveries(session: Session, *, limit: int = 100) -> list[Delivery]:
    """Return what waits for a person, the newest first."""
    newest = select(Delivery).where(text(PARKED)).order_by(Delivery.seq.desc()).limit(limit)
    return list(session.scalars(newest))
