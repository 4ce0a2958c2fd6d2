"""The circuit breaker of each destination, shared by all workers through the database.

After a number of transport faults in a row a destination rests; then one probe is let
through, and the next only after a longer rest. When a probe succeeds, the backlog drains
in doubling portions, so that a server that just came back is not run over.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, case, null, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lti_tool.outbox.models import Destination
from lti_tool.outbox.redaction import redact
from lti_tool.outbox.schedule import Schedule

FULL_SPEED: Final = 64
"""From this portion on a recovering destination counts as well."""

_LONGEST_REST: Final = timedelta(hours=7)
"""More than any rest that we set: a later moment means that the clock jumped back."""


def is_resting(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a destination gets nothing at *now*."""
    until = Destination.open_until
    return (until.is_not(None)) & (until > now) & (until <= now + _LONGEST_REST)


def admit(
    connection: Connection, name: str, *, limit: int, now: datetime, schedule: Schedule
) -> int:
    """Return how many deliveries *name* may get now, at most *limit*; 0 while it rests.

    Taking the probe of a destination that is down moves its next probe away, so that two
    workers never probe at once. Roll back when there was nothing to probe with.
    """
    mine = Destination.name == name
    state = connection.execute(
        select(Destination.failures, Destination.allowance, is_resting(now)).where(mine)
    ).one_or_none()
    if state is None:
        return limit
    failures, allowance, resting = state
    if resting:
        return 0
    if failures < schedule.threshold:
        return min(limit, allowance or limit)
    probe = update(Destination).where(mine, Destination.failures == failures, ~is_resting(now))
    rest = schedule.probe_delay(failures)
    return connection.execute(probe.values(open_until=now + rest, allowance=1)).rowcount


def note_fault(
    connection: Connection,
    name: str,
    why: str,
    *,
    now: datetime,
    schedule: Schedule,
    retry_after: timedelta | None = None,
) -> None:
    """Count a transport fault of *name* and set its rest, at least *retry_after*."""
    dialect = {"postgresql": postgresql, "sqlite": sqlite}[connection.dialect.name]
    new = dialect.insert(Destination).values(name=name, failures=1, down_since=now)
    one_more = {
        "failures": Destination.failures + 1,
        "down_since": case((Destination.failures == 0, now), else_=Destination.down_since),
    }
    counted = new.on_conflict_do_update(index_elements=["name"], set_=one_more)
    failures = connection.scalars(counted.returning(Destination.failures)).one()
    rest = schedule.probe_delay(failures, retry_after=retry_after)
    connection.execute(
        update(Destination)
        .where(Destination.name == name)
        .values(
            open_until=now + rest if rest else None,
            last_error=redact(why),
            allowance=1 if failures >= schedule.threshold else Destination.allowance,
        )
    )


def note_success(connection: Connection, name: str) -> None:
    """Close the breaker of *name*; while it recovers, let twice as much through next time."""
    more = Destination.allowance * 2
    connection.execute(
        update(Destination)
        .where(
            Destination.name == name,
            or_(Destination.failures > 0, Destination.allowance.is_not(None)),
        )
        .values(
            failures=0,
            open_until=None,
            down_since=None,
            allowance=case((more < FULL_SPEED, more), else_=null()),
        )
    )


def probe_now(session: Session, name: str) -> None:
    """End the rest of *name*: the operator says that it works again."""
    session.execute(update(Destination).where(Destination.name == name).values(open_until=None))
