"""Take over from workers that were killed, without waiting for their leases to end.

What a worker held when it died may be what killed it. So a death counts as a failed try:
after the first one a delivery goes on at once, as after any restart; from the second on it
waits longer each time. The waits differ from delivery to delivery, so that those that were
claimed together with the deadly one come apart from it and get through.
"""

from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, select, update

from lti_tool.domain.base import utc_now
from lti_tool.domain.database import Database
from lti_tool.outbox.claim import hold_lanes, is_open
from lti_tool.outbox.identity import has_ended
from lti_tool.outbox.models import Delivery, DeliveryState, WorkerBeat
from lti_tool.outbox.schedule import Schedule

_T: Final[Table] = Delivery.metadata.tables["delivery"]

FREE_DEATHS: Final = 1
"""Failed tries after which a delivery still goes on at once."""


def take_over(
    db: Database, *, now: datetime | None = None, schedule: Schedule | None = None
) -> int:
    """Free what workers of this machine held when they died; return how many deliveries.

    It costs one look at the few workers that did not say goodbye. Those on other machines
    cannot be judged from here: what they held waits for the end of its lease.
    """
    now, schedule = now or utc_now(), schedule or Schedule()
    with db.reading_connection() as connection:
        names = connection.scalars(select(WorkerBeat.name)).all()
    free = partial(_free, now=now, schedule=schedule)
    return sum(db.run(partial(free, name=name)) for name in names if has_ended(name))


def _free(connection: Connection, *, name: str, now: datetime, schedule: Schedule) -> int:
    was_theirs = (is_open(_T), _T.c.lease_owner.startswith(f"{name}/", autoescape=True))
    hold_lanes(connection, connection.scalars(select(_T.c.key).where(*was_theirs)).all())
    held = connection.execute(select(_T.c.id, _T.c.tries, _T.c.expires_at).where(*was_theirs)).all()
    for one in held:
        connection.execute(
            update(_T)
            .where(_T.c.id == one.id)
            .values(_after_a_death(one.tries + 1, one.expires_at, now, schedule))
        )
    connection.execute(delete(WorkerBeat).where(WorkerBeat.name == name))
    return len(held)


def _after_a_death(
    tries: int, expires_at: datetime, now: datetime, schedule: Schedule
) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "lease_owner": None,
        "lease_until": None,
        "tries": tries,
        "last_error": "the worker died while sending it",
    }
    if tries <= FREE_DEATHS:
        return changes
    if now >= expires_at:
        return changes | {"state": DeliveryState.PARKED, "reason": "expired"}
    return changes | {"due_at": min(now + schedule.retry_delay(tries), expires_at)}
