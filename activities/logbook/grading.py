"""What counts in a logbook, what mark it suggests, and when it is complete."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activities.logbook.content import KIND
from activities.logbook.models import LogbookEntry
from activities.logbook.settings import LogbookSettings
from lti_tool.sdk import COUNTED, Attempt, Record, RecordState, Score, setup_of

HANDED_IN = (RecordState.SUBMITTED, RecordState.RETURNED, RecordState.COUNTERSIGNED)


@dataclass(frozen=True, kw_only=True)
class Total:
    """How many entries there are, and the time in them."""

    entries: int
    minutes: int


def total_of(session: Session, attempt: Attempt, states: Sequence[RecordState]) -> Total:
    """Return the number and the minutes of the entries in one of *states* that may count."""
    entries, minutes = session.execute(
        select(func.count(), func.coalesce(func.sum(LogbookEntry.duration_minutes), 0))
        .join(Record, Record.id == LogbookEntry.record_id)
        .where(
            Record.attempt_id == attempt.id,
            Record.kind == KIND,
            Record.state.in_(states),
            Record.visibility.in_(COUNTED),
        )
    ).one()
    return Total(entries=entries, minutes=minutes)


def grade_attempt(session: Session, attempt: Attempt) -> Score | None:
    """Return the share of the required entries that count, or None before the first one."""
    settings = settings_of(session, attempt)
    done = total_of(session, attempt, settings.counted_states).entries
    if not done:
        return None
    needed = settings.required_entries
    return Score(given=Decimal(min(done, needed)), maximum=Decimal(needed))


def is_complete(session: Session, attempt: Attempt) -> bool:
    """Say whether as many entries count as the tutor requires."""
    settings = settings_of(session, attempt)
    done = total_of(session, attempt, settings.counted_states).entries
    return done >= settings.required_entries


def settings_of(session: Session, attempt: Attempt) -> LogbookSettings:
    """Return what the tutor decided for the logbook that *attempt* belongs to."""
    return LogbookSettings.read(setup_of(session, attempt).settings)
