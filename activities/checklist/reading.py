"""From what was typed to an observation: raw form values in, judgements and problems out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from activities.checklist.content import Checklist
from activities.checklist.models import Outcome
from lti_tool.sdk import Json, gettext

COMMENT_LIMIT = 2_000
OVERALL_LIMIT = 10_000
"""Most characters of a comment on one criterion and on all of it."""

EARLIEST = date(2000, 1, 1)

DAY, OVERALL = "observed_on", "comment"
"""Names of the form fields that belong to no criterion."""


def outcome_field(criterion_id: str) -> str:
    """Return the name of a criterion's radio buttons."""
    return f"o-{criterion_id}"


def comment_field(criterion_id: str) -> str:
    """Return the name of a criterion's comment."""
    return f"c-{criterion_id}"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What was said of one criterion."""

    outcome: Outcome
    comment: str


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What could be read of a draft, and what could not."""

    observed_on: date | None
    judged: Mapping[str, Judged]
    comment: str
    problems: Mapping[str, str] = field(default_factory=dict)
    """Message to the reader by field name."""

    def ids(self, outcome: Outcome) -> list[str]:
        """Return the criteria of this outcome."""
        return [id for id, said in self.judged.items() if said.outcome is outcome]

    @property
    def content(self) -> Json:
        """What is signed: stable ids, never positions."""
        return {
            "observed_on": self.observed_on.isoformat() if self.observed_on else None,
            "judgements": {
                id: {"outcome": said.outcome.value, "comment": said.comment}
                for id, said in self.judged.items()
            },
            "comment": self.comment,
        }


def read_observation(
    checklist: Checklist, draft: Mapping[str, Any] | None, *, today: date
) -> Observation:
    """Return the observation in *draft*, which maps field names to lists of raw values.

    A criterion without an answer was not seen. Unknown fields are left alone: a draft is
    whatever a browser sent.
    """
    values = {name: _first(given) for name, given in (draft or {}).items()}
    problems: dict[str, str] = {}
    observation = Observation(
        observed_on=_day(values.get(DAY, ""), today, problems),
        judged={c.id: _judged(c.id, values, problems) for c in checklist.criteria},
        comment=_text(OVERALL, values, OVERALL_LIMIT, problems),
        problems=problems,
    )
    _require_a_judgement(observation, checklist, problems)
    return observation


def _require_a_judgement(
    observation: Observation, checklist: Checklist, problems: dict[str, str]
) -> None:
    if len(observation.ids(Outcome.NOT_SEEN)) == len(checklist.criteria):
        first = outcome_field(checklist.criteria[0].id)
        problems.setdefault(first, gettext("Say of at least one point whether it was met."))


def _first(given: object) -> str:
    return given[0].strip() if isinstance(given, list) and _is_text(given[:1]) else ""


def _is_text(values: list[object]) -> bool:
    return bool(values) and all(isinstance(value, str) for value in values)


def _day(typed: str, today: date, problems: dict[str, str]) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        problems[DAY] = gettext("Give the day on which you saw it.")
        return None
    if not EARLIEST <= day <= today:
        problems[DAY] = gettext("The day cannot lie in the future, nor before 2000.")
    return day


def _judged(id: str, values: Mapping[str, str], problems: dict[str, str]) -> Judged:
    outcome = Outcome.NOT_SEEN
    try:
        outcome = Outcome(values.get(outcome_field(id)) or Outcome.NOT_SEEN)
    except ValueError:
        problems[outcome_field(id)] = gettext("Choose one of the three.")
    return Judged(
        outcome=outcome, comment=_text(comment_field(id), values, COMMENT_LIMIT, problems)
    )


def _text(name: str, values: Mapping[str, str], limit: int, problems: dict[str, str]) -> str:
    text = values.get(name, "").replace("\r\n", "\n")
    if len(text) > limit:
        problems[name] = gettext("Write at most %(number)s characters.", number=limit)
    return text
