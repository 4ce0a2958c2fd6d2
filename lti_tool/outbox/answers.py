"""Write down what became of claimed deliveries.

Every function touches only what its claim still holds: when the lease ran out and another
worker took over, a late answer changes nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Table, exists, select

from lti_tool.outbox import breaker
from lti_tool.outbox.claim import held, hold_lanes, is_unsettled
from lti_tool.outbox.models import Delivery, DeliveryState
from lti_tool.outbox.redaction import redact
from lti_tool.outbox.schedule import Schedule
from lti_tool.outbox.sending import (
    Claimed,
    DestinationDown,
    Outcome,
    Refused,
    Retry,
    SendAgain,
    Sent,
    Superseded,
)

_T: Final[Table] = Delivery.metadata.tables["delivery"]

SEND_AGAIN_NOT_BEFORE: Final = timedelta(seconds=1)


def mark_sent(
    connection: Connection,
    claimed: Sequence[Claimed],
    *,
    now: datetime,
    note: str | None = None,
    status: int | None = None,
) -> int:
    """Note that the other side has *claimed*; return how many were still this claim's."""
    done = {"state": DeliveryState.SENT, "sent_at": now, "reason": note, "last_status": status}
    return _write(connection, claimed, done | {"last_error": None})


def mark_retry(
    connection: Connection,
    one: Claimed,
    outcome: Retry,
    *,
    now: datetime,
    schedule: Schedule,
) -> int:
    """Queue *one* again; park it as ``expired`` when its time is up."""
    delay = schedule.retry_delay(one.tries + 1, retry_after=outcome.after)
    changes = _later(one, delay, now) | {"tries": one.tries + 1}
    return _write_unless_replaced(connection, one, changes | _last(outcome))


def mark_waiting(
    connection: Connection,
    one: Claimed,
    outcome: DestinationDown,
    *,
    now: datetime,
    schedule: Schedule,
) -> int:
    """Queue *one* again at no cost: its destination failed, and the breaker sees to that."""
    delay = schedule.believed(outcome.after) or schedule.retry_delay(1)
    changes = _later(one, delay, now) | {"tries": max(one.tries, 1)}
    return _write_unless_replaced(connection, one, changes | _last(outcome))


def park(connection: Connection, one: Claimed, outcome: Refused) -> int:
    """Lay *one* aside for a person."""
    changes = {"state": DeliveryState.PARKED, "reason": outcome.code, "tries": one.tries + 1}
    return _write_unless_replaced(connection, one, changes | _last(outcome))


def supersede(connection: Connection, one: Claimed, outcome: Superseded) -> int:
    """Note that *one* need not be sent any more."""
    changes = {"state": DeliveryState.SUPERSEDED, "reason": outcome.why}
    return _write(connection, [one], changes | {"last_status": outcome.status})


def send_again(connection: Connection, one: Claimed, outcome: SendAgain, *, now: datetime) -> int:
    """Queue *one* with another payload, at least 1 s from *now*; park it after its time."""
    changes = _later(one, max(outcome.after, SEND_AGAIN_NOT_BEFORE), now)
    changes |= {"payload": outcome.payload, "body": None, "tries": one.tries + 1}
    return _write_unless_replaced(connection, one, changes | _last(outcome))


def settle(
    connection: Connection,
    claimed: Sequence[Claimed],
    outcomes: Sequence[Outcome],
    *,
    now: datetime,
    schedule: Schedule,
) -> Counter[str]:
    """Write down *outcomes*, one for each of *claimed*, and tell the breaker.

    Returns how many had each outcome, by the name of its class.
    """
    hold_lanes(connection, {one.key for one in claimed})
    counts: Counter[str] = Counter()
    alike: defaultdict[Sent, list[Claimed]] = defaultdict(list)
    for one, outcome in zip(claimed, outcomes, strict=True):
        counts[type(outcome).__name__] += 1
        if isinstance(outcome, Sent):
            alike[outcome].append(one)
        else:
            _settle_one(connection, one, outcome, now, schedule)
    for outcome, sent in alike.items():
        mark_sent(connection, sent, now=now, note=outcome.note, status=outcome.status)
    _tell_breaker(connection, claimed[0].destination, outcomes, now, schedule)
    return counts


def _settle_one(
    connection: Connection, one: Claimed, outcome: Outcome, now: datetime, schedule: Schedule
) -> None:
    match outcome:
        case Sent():
            mark_sent(connection, [one], now=now, note=outcome.note, status=outcome.status)
        case Retry():
            mark_retry(connection, one, outcome, now=now, schedule=schedule)
        case DestinationDown():
            mark_waiting(connection, one, outcome, now=now, schedule=schedule)
        case Refused():
            park(connection, one, outcome)
        case Superseded():
            supersede(connection, one, outcome)
        case SendAgain():
            send_again(connection, one, outcome, now=now)


def _tell_breaker(
    connection: Connection,
    destination: str,
    outcomes: Sequence[Outcome],
    now: datetime,
    schedule: Schedule,
) -> None:
    """Count one fault or one success for the whole batch; a `Retry` says nothing."""
    down = [outcome for outcome in outcomes if isinstance(outcome, DestinationDown)]
    if down:
        longest = max(one.after or timedelta(0) for one in down)
        breaker.note_fault(
            connection,
            destination,
            down[0].why,
            now=now,
            schedule=schedule,
            retry_after=longest,
        )
    elif not all(isinstance(outcome, Retry) for outcome in outcomes):
        breaker.note_success(connection, destination)


def _later(one: Claimed, delay: timedelta, now: datetime) -> dict[str, Any]:
    """Return a later due time, with a last try when the time is up; after that, park."""
    if now >= one.expires_at:
        return {"state": DeliveryState.PARKED, "reason": "expired"}
    return {"due_at": min(now + delay, one.expires_at)}


def _last(outcome: Retry | DestinationDown | Refused | SendAgain) -> dict[str, Any]:
    return {"last_status": outcome.status, "last_error": redact(outcome.why) or None}


def _write_unless_replaced(connection: Connection, one: Claimed, changes: dict[str, Any]) -> int:
    newer = exists().where(
        is_unsettled(_T),
        _T.c.state == DeliveryState.QUEUED,
        _T.c.key == one.key,
        _T.c.kind == one.kind,
        _T.c.seq > one.seq,
        _T.c.replaces,
    )
    if one.replaces and connection.scalar(select(newer)):
        changes = {"state": DeliveryState.SUPERSEDED, "reason": "replaced"}
    return _write(connection, [one], changes)


def _write(connection: Connection, claimed: Sequence[Claimed], changes: dict[str, Any]) -> int:
    over = {"lease_until": None, "lease_owner": None}
    return connection.execute(held(claimed).values(changes | over)).rowcount
