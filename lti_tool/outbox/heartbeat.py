"""Signs of life, so that a readiness check can tell that no worker runs."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.outbox.models import WorkerBeat

ALIVE_WITHIN: Final = timedelta(seconds=60)
"""A worker that said nothing for longer counts as gone."""

_FORGOTTEN_AFTER: Final = timedelta(days=1)


def beat(connection: Connection, name: str, *, started_at: datetime, now: datetime) -> None:
    """Note that the worker *name* lives; forget those that have been silent for a day."""
    dialect = {"postgresql": postgresql, "sqlite": sqlite}[connection.dialect.name]
    new = dialect.insert(WorkerBeat).values(name=name, started_at=started_at, beat_at=now)
    connection.execute(new.on_conflict_do_update(index_elements=["name"], set_={"beat_at": now}))
    connection.execute(delete(WorkerBeat).where(WorkerBeat.beat_at < now - _FORGOTTEN_AFTER))


def say_goodbye(connection: Connection, name: str) -> None:
    """Note that the worker *name* ended on purpose."""
    connection.execute(delete(WorkerBeat).where(WorkerBeat.name == name))


def last_beat(session: Session) -> datetime | None:
    """Return when any worker last gave a sign of life."""
    return session.scalar(select(WorkerBeat.beat_at).order_by(WorkerBeat.beat_at.desc()).limit(1))


def is_worker_alive(session: Session, *, within: timedelta = ALIVE_WITHIN) -> bool:
    """Return whether some worker gave a sign of life *within* that time."""
    beat_at = last_beat(session)
    return beat_at is not None and beat_at > utc_now() - within
