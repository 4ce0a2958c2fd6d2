"""What the LRS hears of an observation. Ids only: comments never leave."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from activities.checklist.content import Checklist
from activities.checklist.models import Outcome
from activities.checklist.reading import Judged, Observation
from activities.checklist.rule import required_criteria, required_of
from lti_tool.sdk import (
    Attempt,
    Person,
    Record,
    Signature,
    person_of,
    record_event,
    setup_of,
)

LINES = {Outcome.MET: "item_passed", Outcome.NOT_YET: "item_failed"}
"""Event by outcome. Of what was not seen there is nothing to tell."""


def tell_of_observation(
    session: Session,
    attempt: Attempt,
    record: Record,
    said: Observation,
    *,
    signature: Signature,
    checklist: Checklist,
) -> None:
    """Record each judged line, then the outcome of the whole if there is one.

    The learner is the actor, since it is the learner's result; the observer is the
    instructor. An observation that leaves something required open has neither passed nor
    failed, and no other published verb says so much as its lines already do: it gets no
    statement of its own. No score either: the mark comes from all observations together.
    """
    learner = person_of(session, attempt)
    observer = session.get_one(Person, signature.signer_id)
    for id, judged in said.judged.items():
        if judged.outcome in LINES:
            event = LINES[judged.outcome]
            record_event(
                session,
                attempt,
                event,
                by=learner,
                about=record,
                part=id,
                instructor=observer,
                because_of=signature,
            )
    event_of_all = _outcome(said.judged, _required(session, attempt, checklist))
    if event_of_all is not None:
        record_event(
            session,
            attempt,
            event_of_all,
            by=learner,
            instructor=observer,
            extensions={"items-not-observed": len(said.ids(Outcome.NOT_SEEN))},
            sequence=str(record.id),
            because_of=signature,
        )


def _required(session: Session, attempt: Attempt, checklist: Checklist) -> list[str]:
    rule = required_of(setup_of(session, attempt).settings)
    return [criterion.id for criterion in required_criteria(checklist.criteria, rule)]


def _outcome(judged: Mapping[str, Judged], required: list[str]) -> str | None:
    found = {judged[id].outcome for id in required}
    if Outcome.NOT_SEEN in found:
        return None
    return "observed_failed" if Outcome.NOT_YET in found else "observed_passed"
