"""What became of deliveries: for people's pages, for operators, and by their hand."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row, Table, func, select, text, update
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.outbox.claim import hold_lanes, is_free
from lti_tool.outbox.models import HELD_BACK, PARKED, Delivery, DeliveryState
from lti_tool.outbox.schedule import Schedule

_T: Final[Table] = Delivery.metadata.tables["delivery"]

_SUBJECTS_AT_ONCE: Final = 500


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far the messages about one thing are."""

    subject: str
    kind: str
    key: str
    state: Literal["sent", "waiting", "refused", "dropped"]
    """Refused if any is parked, else waiting if any is queued, else sent, else dropped."""
    reason: str | None
    """Machine code of the newest refused or dropped one, such as ``not_gradable``."""
    delivery_id: UUID
    """The newest delivery with that state: what `retry` and `drop` take."""
    sent_at: datetime | None
    """When the last one left, whatever the state."""
    due_at: datetime
    """When the next try is due, if waiting."""
    tries: int


def standing_of(
    session: Session, subjects: Collection[str], *, kinds: Collection[str] = ("score",)
) -> list[Standing]:
    """Return the standing of each kind and key of *subjects*; nothing for what was never sent.

    One query for up to 500 subjects.
    """
    wanted = list(dict.fromkeys(subjects))
    found: list[Standing] = []
    for start in range(0, len(wanted), _SUBJECTS_AT_ONCE):
        chunk = wanted[start : start + _SUBJECTS_AT_ONCE]
        found += _standing(session, chunk, kinds)
    return found


_RANK: Final[dict[DeliveryState, Literal["sent", "waiting", "refused", "dropped"]]] = {
    DeliveryState.PARKED: "refused",
    DeliveryState.QUEUED: "waiting",
    DeliveryState.SENT: "sent",
    DeliveryState.DROPPED: "dropped",
}


def _standing(session: Session, subjects: list[str], kinds: Collection[str]) -> Iterable[Standing]:
    group = Delivery.subject, Delivery.kind, Delivery.key, Delivery.state
    newest = (
        select(func.max(Delivery.seq).label("seq"), func.max(Delivery.sent_at).label("sent_at"))
        .where(Delivery.subject.in_(subjects), Delivery.kind.in_(kinds))
        .where(Delivery.state != DeliveryState.SUPERSEDED)
        .group_by(*group)
        .subquery()
    )
    rows = session.execute(
        select(
            *group, Delivery.id, Delivery.reason, Delivery.due_at, Delivery.tries, newest.c.sent_at
        )
        .join(newest, newest.c.seq == Delivery.seq)
        .order_by(Delivery.seq)
    )
    by_key: dict[tuple[str, str, str], dict[DeliveryState, Row[Any]]] = {}
    for row in rows:
        by_key.setdefault((row.subject, row.kind, row.key), {})[row.state] = row
    return [_summed_up(states) for states in by_key.values()]


def _summed_up(states: dict[DeliveryState, Row[Any]]) -> Standing:
    state = next(state for state in _RANK if state in states)
    row, sent = states[state], states.get(DeliveryState.SENT)
    return Standing(
        subject=row.subject,
        kind=row.kind,
        key=row.key,
        state=_RANK[state],
        reason=row.reason if state in {DeliveryState.PARKED, DeliveryState.DROPPED} else None,
        delivery_id=row.id,
        sent_at=sent.sent_at if sent else None,
        due_at=row.due_at,
        tries=row.tries,
    )


def retry(session: Session, delivery_id: UUID) -> bool:
    """Queue a parked or waiting delivery for now, with a full time to live again.

    Returns False when it is neither (it was sent, say), is being sent right now, or is held
    back for good.
    """
    if delivery_id in held_back(session):
        return False
    states = DeliveryState.PARKED, DeliveryState.QUEUED
    return _change(session, delivery_id, states, _afresh())


def held_back(session: Session) -> set[UUID]:
    """Return what was parked because it must not leave: no retry changes that, only `drop`."""
    parked = select(Delivery.id).where(text(PARKED), Delivery.destination == HELD_BACK)
    return set(session.scalars(parked))


def retry_parked(session: Session, *, kind: str | None = None, reason: str | None = None) -> int:
    """Queue all parked deliveries, of a *kind* or for a *reason*; return how many.

    What is held back stays.
    """
    parked = update(Delivery).where(
        Delivery.state == DeliveryState.PARKED, Delivery.destination != HELD_BACK
    )
    if kind is not None:
        parked = parked.where(Delivery.kind == kind)
    if reason is not None:
        parked = parked.where(Delivery.reason == reason)
    again = session.scalars(parked.values(_afresh()).returning(Delivery.id))
    return len(again.all())


def drop(session: Session, delivery_id: UUID, reason: str) -> bool:
    """Give up a parked or waiting delivery, with a machine code for the *reason*.

    Returns False when it is neither, or is being sent right now.
    """
    states = DeliveryState.PARKED, DeliveryState.QUEUED
    return _change(session, delivery_id, states, {"state": DeliveryState.DROPPED, "reason": reason})


def _afresh() -> dict[str, Any]:
    now = utc_now()
    return {
        "state": DeliveryState.QUEUED,
        "reason": None,
        "tries": 0,
        "due_at": now,
        "expires_at": now + Schedule.lifetime,
    }


def _change(
    session: Session, delivery_id: UUID, states: Collection[DeliveryState], changes: dict[str, Any]
) -> bool:
    key = select(Delivery.key).where(Delivery.id == delivery_id)
    hold_lanes(session.connection(), session.scalars(key))
    changed = session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state.in_(states), is_free(_T, utc_now()))
        .values(changes | {"lease_until": None, "lease_owner": None})
        .returning(Delivery.id)
    )
    return changed.one_or_none() is not None
