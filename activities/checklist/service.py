"""What may happen to an observation: begun, kept while it is written, signed once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from activities.checklist.content import Checklist
from activities.checklist.learning_record import tell_of_observation
from activities.checklist.models import KIND, ChecklistObservation, Judgement
from activities.checklist.reading import Observation, read_observation
from lti_tool.sdk import (
    Attempt,
    Decision,
    InvalidInput,
    Json,
    NotAllowed,
    Person,
    Record,
    RecordState,
    Role,
    Signature,
    Signing,
    StaleEdit,
    TemplateVersion,
    apply_grading_rule,
    content_hash,
    gettext,
    save_draft,
    sign_record,
    start_record,
    submit_record,
    visible_here,
)

OBSERVERS = (Role.MENTOR, Role.TUTOR, Role.ASSESSOR)
"""Who may observe; a mentor only own mentees, which the look-up of the trainee decides."""


def checklist_of(session: Session, record: Record) -> Checklist:
    """Return the criteria as they were when the observation was begun."""
    return Checklist.parse(session.get_one(TemplateVersion, record.template_version_id).content)


def start_observation(
    session: Session, attempt: Attempt, *, id: UUID, observer: Person, template: TemplateVersion
) -> Record:
    """Return the draft of an observation; the same *id* twice makes one.

    Raises:
        NotAllowed: It would be of oneself.
        NotFound: The id belongs to something else.
    """
    refuse_oneself(attempt, observer)
    return start_record(session, attempt, KIND, id=id, author=observer, template_version=template)


def refuse_oneself(attempt: Attempt, observer: Person) -> None:
    """Check that nobody judges their own practice.

    Raises:
        NotAllowed: Trainee and observer are the same person.
    """
    if attempt.person_id == observer.id:
        raise NotAllowed(
            gettext("Nobody can observe themselves."),
            next_step=gettext("Ask your mentor or tutor to observe you."),
        )


def keep_observation(session: Session, record: Record, values: Json, *, today: date) -> Observation:
    """Keep what was typed, readable or not, and return what can be read of it.

    Raises:
        WrongState: It was signed already.
    """
    save_draft(session, record, values)
    return read_observation(checklist_of(session, record), values, today=today)


def sign_observation(
    session: Session,
    record: Record,
    signing: Signing,
    *,
    today: date,
) -> None:
    """Sign the kept draft of an observation and move the grade; once, however often.

    *today* is the day in the installation's time zone; ``signing.seen_sha256`` is the
    `observation_hash` of what was on the screen.

    Raises:
        NotAllowed: It is of oneself.
        InvalidInput: Something cannot be used, such as a day in the future.
        StaleEdit: It was changed after it was shown.
    """
    attempt = session.get_one(Attempt, record.attempt_id)
    observer = signing.signer
    refuse_oneself(attempt, observer)
    # Two observers sign one after the other, or neither's mark would know of both.
    session.execute(
        select(Attempt.id).where(Attempt.id == attempt.id).with_for_update(key_share=True)
    )
    session.refresh(record)
    if record.state is not RecordState.DRAFT:
        return
    checklist = checklist_of(session, record)
    said = _usable(read_observation(checklist, record.draft, today=today), signing.seen_sha256)
    signature = _put_signature(session, record, said, signing)
    _store(session, record, said, observer)
    tell_of_observation(session, attempt, record, said, signature=signature, checklist=checklist)
    apply_grading_rule(session, attempt)


def observation_hash(said: Observation) -> str:
    """Return what tells this observation apart from another wording of it."""
    return content_hash(said.content)


def signed_observations(
    session: Session, attempt: Attempt
) -> Sequence[tuple[ChecklistObservation, Person, bool]]:
    """Return the signed observations that the session's reader may see, newest first.

    With each comes its observer, and whether it was taken back.
    """
    rows = session.execute(
        select(ChecklistObservation, Person, Record.state)
        .join(Person, Person.id == ChecklistObservation.observer_id)
        .join(Record, Record.id == ChecklistObservation.record_id)
        .join(Attempt, Attempt.id == Record.attempt_id)
        .where(ChecklistObservation.attempt_id == attempt.id, visible_here(session))
        .order_by(ChecklistObservation.observed_on.desc(), ChecklistObservation.signed_at.desc())
    )
    return [(signed, observer, state is RecordState.WITHDRAWN) for signed, observer, state in rows]


def own_drafts(session: Session, attempt: Attempt, observer: Person) -> Sequence[Record]:
    """Return the observations of this trainee that *observer* has not signed yet."""
    mine = select(Record).where(
        Record.attempt_id == attempt.id,
        Record.kind == KIND,
        Record.author_id == observer.id,
        Record.state == RecordState.DRAFT,
    )
    return session.scalars(mine.order_by(Record.created_at)).all()


def _usable(said: Observation, seen: str) -> Observation:
    if said.problems:
        raise InvalidInput(
            gettext("The observation is not ready to be signed."), fields=dict(said.problems)
        )
    if observation_hash(said) != seen:
        raise StaleEdit(
            gettext("The observation was changed after this page was opened."),
            next_step=gettext("Check it again, then sign."),
        )
    return said


def _put_signature(
    session: Session,
    record: Record,
    said: Observation,
    signing: Signing,
) -> Signature:
    revision = submit_record(
        session, record, said.content, author=signing.signer, happened_on=said.observed_on
    )
    seen = replace(signing, seen_sha256=revision.sha256, comment=said.comment)
    return sign_record(session, record, seen, Decision.OBSERVED)


def _store(session: Session, record: Record, said: Observation, observer: Person) -> None:
    signed = ChecklistObservation(
        record_id=record.id,
        attempt_id=record.attempt_id,
        observer_id=observer.id,
        observed_on=said.observed_on,
        signed_at=record.decided_at,
        comment=said.comment,
    )
    session.add(signed)
    session.flush()
    session.add_all(
        Judgement(record_id=record.id, criterion_id=id, outcome=j.outcome, comment=j.comment)
        for id, j in said.judged.items()
    )
    session.flush()
