"""What happens to a gradebook cell when a score arrives, as Moodle's grade code does it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lti_tool.sandbox.model import Cell, Claims, LineItem, Person

if TYPE_CHECKING:
    from lti_tool.sandbox.platform import Sandbox

_ISO_TIME = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?([zZ]|[+-]\d\d(:?\d\d)?)?)?", re.ASCII
)
_NEEDED = ("userId", "timestamp", "gradingProgress", "activityProgress")


class ScoreRejected(Exception):
    """A score that is not taken; *status* is 400 or 409."""

    def __init__(self, status: int, reason: str) -> None:
        """Keep the status line's two parts."""
        super().__init__(reason)
        self.status, self.reason = status, reason


@dataclass(frozen=True)
class _Score:
    given: float | None
    maximum: float
    comment: str | None
    at: int


def take_score(sandbox: Sandbox, item: LineItem, course_id: int, posted: Any) -> None:
    """Put *posted*, a decoded score body, into the gradebook.

    Anything but ``FullyGraded`` clears the grade, and a score without a comment clears the
    feedback.

    Raises:
        ScoreRejected: 400 for a malformed score or somebody who cannot be graded in the course,
            409 for a timestamp that is not later, in whole seconds, than the stored one.
    """
    score = _read(posted)
    person_id = str(posted["userId"]) if score else ""
    if score is None or not _is_gradable(sandbox, course_id, person_id):
        raise ScoreRejected(400, "Incorrect score received")
    cell = sandbox.tables.cells.setdefault((item.id, int(person_id)), Cell(item.id, int(person_id)))
    if cell.modified_at and cell.modified_at >= score.at:
        reason = f"Refusing score with an earlier timestamp for item {item.id}"
        raise ScoreRejected(409, f"{reason} and user {person_id}")
    given = None if score.given is None else _rescaled(score.given, score.maximum, item)
    change = _update_own_column if item.coupled else _update_separate_column
    change(cell, given, score, int(sandbox.now()))


def override(sandbox: Sandbox, item: LineItem, person: Person, value: float) -> None:
    """Type *value* into the gradebook by hand, now."""
    cell = sandbox.tables.cells.setdefault((item.id, person.id), Cell(item.id, person.id))
    cell.score, cell.overridden = _bounded(value, item), True
    cell.modified_at = int(sandbox.now())


def rescale(sandbox: Sandbox, item: LineItem, maximum: float) -> None:
    """Give *item* a new maximum and keep every grade's share of it."""
    old, item.score_maximum = item.score_maximum, maximum
    for cell in list(sandbox.tables.cells.values()):
        if cell.item_id == item.id and cell.score is not None and old:
            cell.score = round(cell.score * maximum / old, 5)


def number_from(value: object) -> float | None:
    """Return a JSON value as a finite number, text with a number in it too, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _read(posted: Any) -> _Score | None:
    if not isinstance(posted, dict) or any(posted.get(name) is None for name in _NEEDED):
        return None
    at = _seconds(posted["timestamp"])
    try:
        given, maximum = _optional(posted, "scoreGiven"), _optional(posted, "scoreMaximum")
    except ValueError:
        return None
    if at is None or (given is not None and maximum is None):
        return None
    final = posted["gradingProgress"] == "FullyGraded"
    comment = posted.get("comment")
    kept = str(comment) if comment and comment != "0" else None
    return _Score(given if final else None, 1.0 if maximum is None else maximum, kept, at)


def _optional(posted: Claims, name: str) -> float | None:
    if posted.get(name) is None:
        return None
    number = number_from(posted[name])
    if number is None:
        raise ValueError(name)
    return number


def _seconds(timestamp: object) -> int | None:
    if not isinstance(timestamp, str) or not _ISO_TIME.fullmatch(timestamp):
        return None
    try:
        moment = datetime.fromisoformat(timestamp.upper().replace(",", "."))
    except ValueError:
        return None
    return math.floor((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _is_gradable(sandbox: Sandbox, course_id: int, person_id: str) -> bool:
    if not (person_id.isascii() and person_id.isdigit()) or len(person_id) > 18:
        return False
    place = sandbox.tables.enrolments.get((course_id, int(person_id)))
    return place is not None and place.rights.graded


def _rescaled(given: float, maximum: float, item: LineItem) -> float:
    differs = maximum != 0 and abs(maximum - item.score_maximum) > 1e-5
    value = given * item.score_maximum / maximum if differs else given
    return _bounded(value, item)


def _bounded(value: float, item: LineItem) -> float:
    return round(min(max(value, 0.0), item.score_maximum), 5)


def _update_own_column(cell: Cell, given: float | None, score: _Score, now: int) -> None:
    if cell.overridden:
        return
    changed = (given, score.comment) != (cell.score, cell.feedback)
    cell.score, cell.feedback = given, score.comment
    if given is None and score.comment is None:
        cell.modified_at = None
    elif given is not None:
        cell.modified_at = score.at
    elif changed:
        cell.modified_at = now


def _update_separate_column(cell: Cell, given: float | None, score: _Score, now: int) -> None:
    first = cell.modified_at is None
    if not first and (given, score.comment) == (cell.score, cell.feedback):
        return
    cell.score, cell.feedback = given, score.comment
    cell.modified_at = now if given is None else score.at
