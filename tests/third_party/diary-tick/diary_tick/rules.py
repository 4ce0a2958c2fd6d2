"""What ticks are worth: the act of ticking, the mark, completion, the tutor's table."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms import IntegerField
from wtforms.validators import NumberRange

from diary_tick.models import DiaryTick
from lti_tool.sdk import (
    Attempt,
    Score,
    Standing,
    TrellisForm,
    apply_grading_rule,
    ngettext,
    person_of,
    record_event,
    setup_of,
)


class DiarySettingsForm(TrellisForm):
    """What the tutor decides."""

    days = IntegerField("Days needed", default=5, validators=[NumberRange(min=1, max=365)])


def tick(session: Session, attempt: Attempt, day: date) -> None:
    """Tick *day*; a second tick on the same day changes nothing."""
    if session.get(DiaryTick, (attempt.id, day)) is not None:
        return
    session.add(DiaryTick(attempt_id=attempt.id, written_on=day))
    session.flush()
    person = person_of(session, attempt)
    record_event(session, attempt, "ticked", by=person, sequence=day.isoformat())
    apply_grading_rule(session, attempt)


def ticks(session: Session, attempts: Sequence[Attempt]) -> dict[UUID, int]:
    """Return the number of ticks of each attempt that has any."""
    ids = [attempt.id for attempt in attempts]
    counted = select(DiaryTick.attempt_id, func.count().label("number"))
    found = session.execute(
        counted.where(DiaryTick.attempt_id.in_(ids)).group_by(DiaryTick.attempt_id)
    )
    return {row.attempt_id: row.number for row in found}


def grade(session: Session, attempt: Attempt) -> Score | None:
    """Return the share of the days needed, or None before the first tick."""
    done = ticks(session, [attempt]).get(attempt.id)
    needed = setup_of(session, attempt).settings.get("days", 5)
    return Score(given=Decimal(min(done, needed)), maximum=Decimal(needed)) if done else None


def is_complete(session: Session, attempt: Attempt) -> bool:
    """Say whether there are as many ticks as the tutor asked for."""
    score = grade(session, attempt)
    return score is not None and score.given == score.maximum


def standing(session: Session, attempts: Sequence[Attempt]) -> Mapping[UUID, Standing]:
    """Return how many days each trainee has ticked."""
    done = ticks(session, attempts)
    return {
        attempt.id: Standing(text=days_text(done.get(attempt.id, 0)), state="doing")
        for attempt in attempts
    }


def days_text(number: int) -> str:
    """Return *number* days in words for the reader."""
    return str(ngettext("%(num)s day ticked", "%(num)s days ticked", number))
