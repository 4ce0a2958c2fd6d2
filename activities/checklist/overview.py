"""A checklist for reading: what counts for each criterion, where trainees stand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from activities.checklist.content import Checklist, Criterion
from activities.checklist.grading import counts, results_of
from activities.checklist.models import ChecklistObservation, Judgement, Outcome
from activities.checklist.reading import Observation
from activities.checklist.rule import Required, Result, Seen
from lti_tool.sdk import (
    Attempt,
    Person,
    Record,
    Score,
    Standing,
    TemplateVersion,
    gettext,
    mark_text,
    ngettext,
    pick_text,
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One criterion with what counts for it."""

    text: str
    is_critical: bool
    outcome: Outcome
    seen: Seen | None
    observer: str | None
    comment: str


@dataclass(frozen=True, kw_only=True)
class Section:
    """Some lines under a heading, which may be empty."""

    heading: str
    lines: Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class ResultView:
    """Where one trainee stands, with the mark as an equation of their own numbers."""

    sections: Sequence[Section]
    met: int
    criteria: int
    equation: str | None
    """None while nothing was judged: no mark is not a mark of nought."""
    is_complete: bool
    required: Required
    critical_open: Sequence[str]


def result_view(session: Session, result: Result, maximum: Decimal | None) -> ResultView:
    """Return *result* for a page; *maximum* is the activity's, None where it is not graded."""
    names = _names(session, {seen.observer_id for seen in result.latest.values()})
    return ResultView(
        sections=_sections(result.criteria, lambda criterion: _line(criterion, result, names)),
        met=len(result.met),
        criteria=len(result.criteria),
        equation=_equation(result.score, maximum),
        is_complete=result.is_complete,
        required=result.required,
        critical_open=[pick_text(criterion.text) for criterion in result.critical_open],
    )


def said_sections(checklist: Checklist, said: Observation) -> list[Section]:
    """Return an unsigned observation for checking."""
    return _sections(
        checklist.criteria,
        lambda criterion: _plain_line(
            criterion, said.judged[criterion.id].outcome, said.judged[criterion.id].comment
        ),
    )


def signed_sections(session: Session, record: Record) -> list[Section]:
    """Return what a signed observation says, with the criteria as they were then."""
    content = session.get_one(TemplateVersion, record.template_version_id).content
    rows = session.scalars(select(Judgement).where(Judgement.record_id == record.id))
    judged = {row.criterion_id: row for row in rows}
    return _sections(
        Checklist.parse(content).criteria,
        lambda criterion: _plain_line(
            criterion, judged[criterion.id].outcome, judged[criterion.id].comment
        ),
    )


def standing(session: Session, attempts: Sequence[Attempt]) -> Mapping[UUID, Standing]:
    """Return where each attempt stands, for a row of the tutor's table."""
    ids = [attempt.id for attempt in attempts]
    signed = (
        select(ChecklistObservation.attempt_id)
        .join(Record, Record.id == ChecklistObservation.record_id)
        .where(ChecklistObservation.attempt_id.in_(ids), counts())
    )
    of = list(session.scalars(signed))
    results = results_of(session, attempts)
    return {id: _standing(result, of.count(id)) for id, result in results.items()}


def _standing(result: Result, observations: int) -> Standing:
    if not observations:
        return Standing(text=gettext("No observation yet"), state="none")
    share = gettext("%(met)s of %(all)s points met", met=len(result.met), all=len(result.criteria))
    count = ngettext("one observation", "%(num)s observations", observations)
    not_yet = [c for c in result.critical_open if result.outcome(c) is Outcome.NOT_YET]
    return Standing(
        text=gettext("%(share)s, %(count)s", share=share, count=count),
        state="met" if result.is_complete else "doing",
        needs_attention=bool(not_yet),
    )


def _sections(criteria: Sequence[Criterion], line: Callable[[Criterion], Line]) -> list[Section]:
    return [
        Section(heading=pick_text(heading), lines=[line(criterion) for criterion in found])
        for heading, found in groupby(criteria, key=lambda criterion: criterion.section)
    ]


def _line(criterion: Criterion, result: Result, names: Mapping[UUID, str]) -> Line:
    seen = result.latest.get(criterion.id)
    return Line(
        text=pick_text(criterion.text),
        is_critical=criterion.is_critical,
        outcome=result.outcome(criterion),
        seen=seen,
        observer=names[seen.observer_id] if seen else None,
        comment=seen.comment if seen else "",
    )


def _plain_line(criterion: Criterion, outcome: Outcome, comment: str) -> Line:
    return Line(
        text=pick_text(criterion.text),
        is_critical=criterion.is_critical,
        outcome=outcome,
        seen=None,
        observer=None,
        comment=comment,
    )


def _names(session: Session, ids: set[UUID]) -> dict[UUID, str]:
    people = session.scalars(select(Person).where(Person.id.in_(ids)))
    return {person.id: person.name or person.short_code for person in people}


def _equation(score: Score | None, maximum: Decimal | None) -> str | None:
    """Put the mark as what it is: met ÷ all × maximum = mark."""
    if score is None:
        return None
    top = Decimal(100) if maximum is None else maximum
    result = mark_text(score.out_of(top).given)
    unit = "" if maximum is not None else "\N{NO-BREAK SPACE}%"
    parts = {"met": score.given, "all": score.maximum, "top": mark_text(top), "unit": unit}
    return str(
        gettext(
            "%(met)s met ÷ %(all)s points × %(top)s = %(result)s%(unit)s", result=result, **parts
        )
    )
