"""The checklist's mark and completion, read from the signed observations."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from activities.checklist.content import Checklist
from activities.checklist.models import ChecklistObservation, Judgement
from activities.checklist.rule import Result, Seen, required_of
from lti_tool.sdk import (
    COUNTED,
    Attempt,
    Record,
    RecordState,
    Score,
    TemplateVersion,
    setup_of,
)


def grade_attempt(session: Session, attempt: Attempt) -> Score | None:
    """Return the met share of the criteria, or None before anything was judged."""
    return result_of(session, attempt).score


def is_complete(session: Session, attempt: Attempt) -> bool:
    """Say whether all that is required is met."""
    return result_of(session, attempt).is_complete


def result_of(session: Session, attempt: Attempt) -> Result:
    """Return where one trainee stands."""
    return results_of(session, [attempt])[attempt.id]


def results_of(session: Session, attempts: Sequence[Attempt]) -> dict[UUID, Result]:
    """Return where trainees stand, by attempt id; all attempts belong to one link."""
    if not attempts:
        return {}
    setup = setup_of(session, attempts[0])
    template = session.get_one(TemplateVersion, setup.template_version_id)
    criteria = Checklist.parse(template.content).criteria
    seen = _seen(session, [attempt.id for attempt in attempts])
    return {id: Result.of(criteria, mine, required_of(setup.settings)) for id, mine in seen.items()}


def _seen(session: Session, attempt_ids: Sequence[UUID]) -> dict[UUID, list[Seen]]:
    rows = session.execute(
        select(ChecklistObservation, Judgement)
        .join(Judgement, Judgement.record_id == ChecklistObservation.record_id)
        .join(Record, Record.id == ChecklistObservation.record_id)
        .where(ChecklistObservation.attempt_id.in_(attempt_ids), counts())
    )
    found: dict[UUID, list[Seen]] = {id: [] for id in attempt_ids}
    for observation, judgement in rows:
        found[observation.attempt_id].append(_as_seen(observation, judgement))
    return found


def counts() -> ColumnElement[bool]:
    """Return the condition on Record for observations that count: not taken back, not private."""
    return and_(Record.state != RecordState.WITHDRAWN, Record.visibility.in_(COUNTED))


def _as_seen(observation: ChecklistObservation, judgement: Judgement) -> Seen:
    return Seen(
        criterion_id=judgement.criterion_id,
        outcome=judgement.outcome,
        comment=judgement.comment,
        observed_on=observation.observed_on,
        signed_at=observation.signed_at,
        observer_id=observation.observer_id,
        record_id=observation.record_id,
    )
