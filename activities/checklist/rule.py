"""The rule of a checklist: pure functions from judgements to outcomes, mark and completion."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from activities.checklist.content import Criterion
from activities.checklist.models import Outcome
from lti_tool.sdk import Json, Score


class Required(enum.StrEnum):
    """Which criteria have to be met."""

    ALL = "all"
    CRITICAL = "critical"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One judgement with when and by whom."""

    criterion_id: str
    outcome: Outcome
    comment: str
    observed_on: date
    signed_at: datetime
    observer_id: UUID
    record_id: UUID


@dataclass(frozen=True, kw_only=True)
class Result:
    """Where somebody stands against all criteria."""

    criteria: tuple[Criterion, ...]
    required: Required
    latest: Mapping[str, Seen]
    """The judgement that counts, by criterion id; none for what nobody has seen."""

    @classmethod
    def of(cls, criteria: Sequence[Criterion], seen: Iterable[Seen], required: Required) -> Self:
        """Return the result of all *seen*, in any order."""
        return cls(criteria=tuple(criteria), required=required, latest=latest(criteria, seen))

    @property
    def met(self) -> list[Criterion]:
        """The criteria whose judgement that counts is met."""
        return [c for c in self.criteria if self.outcome(c) is Outcome.MET]

    @property
    def critical_open(self) -> list[Criterion]:
        """The critical criteria that are not met."""
        return [c for c in self.criteria if c.is_critical and self.outcome(c) is not Outcome.MET]

    def outcome(self, criterion: Criterion) -> Outcome:
        """Return what counts for *criterion*."""
        found = self.latest.get(criterion.id)
        return found.outcome if found else Outcome.NOT_SEEN

    @property
    def score(self) -> Score | None:
        """The met share of all criteria, or None while nothing was judged at all."""
        if not self.latest:
            return None
        return Score(given=Decimal(len(self.met)), maximum=Decimal(len(self.criteria)))

    @property
    def is_complete(self) -> bool:
        """Whether every required criterion is met, and with it every critical one."""
        wanted = required_criteria(self.criteria, self.required)
        return all(self.outcome(c) is Outcome.MET for c in wanted)


def latest(criteria: Sequence[Criterion], seen: Iterable[Seen]) -> dict[str, Seen]:
    """Return, by criterion, the judgement of the latest day; on one day the last signed.

    Not seen judges nothing, so it never takes the place of a judgement.
    """
    known = {criterion.id for criterion in criteria}
    judged = [s for s in seen if s.outcome is not Outcome.NOT_SEEN and s.criterion_id in known]
    judged.sort(key=lambda s: (s.observed_on, s.signed_at, s.record_id))
    return {s.criterion_id: s for s in judged}


def required_criteria(criteria: Sequence[Criterion], required: Required) -> list[Criterion]:
    """Return the criteria that have to be met; never none of them.

    A checklist without a critical criterion would otherwise be complete from the start.
    """
    critical = [criterion for criterion in criteria if criterion.is_critical]
    return critical if required is Required.CRITICAL and critical else list(criteria)


def required_of(settings: Json) -> Required:
    """Return which criteria the stored *settings* require; all, if they do not say."""
    return Required(settings.get("required") or Required.ALL)
