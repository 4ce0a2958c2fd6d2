"""Statements for the LRS: built and frozen in the transaction of the act they tell of."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import ActivitySetup, Course, ResourceLink
from lti_tool.domain.grading import Score
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Record
from lti_tool.domain.signing import Signature, Told
from lti_tool.outbox.models import HELD_BACK, Delivery, DeliveryState
from lti_tool.outbox.queue import enqueue
from lti_tool.outbox.redaction import redact
from lti_tool.services.environment import Environment, environment
from lti_tool.services.visibility import may_leave
from xapi.actors import Agent, account_actor
from xapi.errors import StatementError, VocabularyError
from xapi.profile import violations
from xapi.results import Result, duration
from xapi.results import Score as ScoreNumbers
from xapi.results import score as score_numbers
from xapi.statements import Setting, Statement, canonical, statement, statement_id
from xapi.vocabulary import Event, StatementObject, Vocabulary

log = structlog.get_logger()


def record_event(
    session: Session,
    attempt: Attempt,
    event: str,
    *,
    by: Person,
    about: Record | None = None,
    part: str | None = None,
    instructor: Person | None = None,
    learner: Person | None = None,
    score: Score | None = None,
    score_minimum: Decimal = Decimal(0),
    success: bool | None = None,
    duration_minutes: int | None = None,
    response: tuple[str, ...] = (),
    interaction: str | None = None,
    answers: UUID | None = None,
    extensions: dict[str, int] | None = None,
    sequence: int | str = 1,
    because_of: Signature | None = None,
) -> UUID | None:
    """Queue the statement of *event*, with id, time and every byte fixed now.

    Args:
        session: The transaction of the act; the statement leaves only if it commits.
        attempt: Whose work; its id becomes the registration.
        event: A name in the activity's vocabulary, or one of the host's own.
        by: Who acted (the learner for results, the mentor for a mentor's own decisions).
        about: The record it is about; None for the activity as a whole.
        part: Stable id of the part of a template it is about, such as a question's.
        instructor: Who judged or was asked, when the learner is the actor.
        learner: Whose record it is, when somebody else is the actor.
        score: The mark, if there is one; no mark is None, not 0.
        score_minimum: Lowest value of the score's scale, such as 1 for a rating from 1 to 5.
        success: Only where the event itself does not say.
        duration_minutes: How long the practice took.
        response: Option ids or one number; never text.
        interaction: The question's interaction type, for events about a question.
        answers: Id of the statement that sent in what this one decides on.
        extensions: Numbers by the vocabulary's extension key.
        sequence: Tells repeats of the same event on the same thing apart.
        because_of: The signature it tells of: when that is taken back, so is the statement.

    Returns:
        The statement's id, or None when no LRS is configured or the record is private.
    """
    world = environment(session)
    if not world.lrs_is_on or (about is not None and not may_leave(about)):
        return None
    frame = _Frame(session, attempt, world)
    setting: Setting = {
        "grouping": [frame.course],
        "instructor": frame.agent(instructor) if instructor else None,
        "team": [frame.agent(learner)] if learner else None,
        "revision_ref": answers,
        "interaction": interaction,
        "extensions": extensions or {},
    }
    try:
        result = Result(
            score=_numbers(score, score_minimum) if score else None,
            success=success,
            duration=duration(minutes=duration_minutes) if duration_minutes is not None else None,
            response=response,
        )
        made = frame.build(event, by, about, part, str(sequence), result, setting)
        found = violations(made, vocabularies=[frame.vocabulary])
        if found and world.is_strict:
            raise StatementError("; ".join(found))
    except (StatementError, VocabularyError) as error:
        # A statement that cannot be made must not undo somebody's work.
        log.error("statement_not_made", activity_event=event, cause=type(error).__name__)
        if world.is_strict:
            raise
        return None
    id = frame.hold_back(made, found) if found else frame.send(made)
    if because_of is not None:
        session.merge(Told(statement_id=id, signature_id=because_of.id))
        session.flush()
    return id


def _numbers(score: Score, minimum: Decimal) -> ScoreNumbers:
    return score_numbers(score.given, maximum=score.maximum, minimum=minimum)


class _Frame:
    """What every statement about one attempt shares."""

    def __init__(self, session: Session, attempt: Attempt, world: Environment) -> None:
        self.session, self.attempt, self.world = session, attempt, world
        self.link = session.get_one(ResourceLink, attempt.resource_link_id)
        setup = session.get_one(ActivitySetup, self.link.setup_id)
        self.vocabulary: Vocabulary = world.registry.get(setup.kind).vocabulary
        course = session.get_one(Course, self.link.course_id)
        self.course = self.vocabulary.object("course", self.iri("course", course.id))

    def iri(self, kind: str, *ids: object) -> str:
        """An IRI of ours: ids only, so that it can never hold typed text."""
        tail = "/".join(str(id) for id in ids)
        return f"{self.world.public_url}/xapi/activities/{kind}/{tail}"

    def agent(self, person: Person) -> Agent:
        """The person's pseudonym."""
        return account_actor(f"{self.world.public_url}/xapi/actors", str(person.pseudonym))

    def build(
        self,
        event: str,
        by: Person,
        about: Record | None,
        part: str | None,
        sequence: str,
        result: Result,
        setting: Setting,
    ) -> Statement:
        meant = self.vocabulary.event(event)
        setting["parent"] = self._parent(meant)
        thing = str(about.id) if about else "whole"
        names = ("event", str(self.attempt.id), thing, part or "whole", event, sequence)
        return statement(
            id=statement_id(self.world.namespace, *names),
            event=event,
            vocabulary=self.vocabulary,
            actor=self.agent(by),
            object_id=self._object_id(about, part),
            registration=self.attempt.id,
            timestamp=_moment(self.session),
            result=result,
            **setting,
        )

    def _parent(self, meant: Event) -> StatementObject | None:
        if meant.parent is None:
            return None
        return StatementObject(meant.parent, self.iri("activity", self.link.id))

    def _object_id(self, about: Record | None, part: str | None) -> str:
        if about is not None and part is not None:
            return self.iri("part", about.template_version_id, part)
        if about is not None:
            return self.iri("record", about.id)
        return self.iri("activity", self.link.id)

    def send(self, made: Statement) -> UUID:
        """Queue a statement for the LRS; return its id."""
        return self._enqueue(made, "lrs").id

    def hold_back(self, made: Statement, found: list[str]) -> UUID:
        """Park a statement that says more than it may; *found* names places, never values.

        Its destination is none that anything is sent to, and `retry` refuses it.
        """
        log.error("statement_held_back", statement=made["id"], places=found[:10])
        kept = self._enqueue(made, HELD_BACK)
        kept.state, kept.reason = DeliveryState.PARKED, "rejected"
        kept.last_error = redact("; ".join(found))
        self.session.flush()
        return kept.id

    def _enqueue(self, made: Statement, destination: str) -> Delivery:
        person = self.session.get_one(Person, self.attempt.person_id)
        return enqueue(
            self.session,
            "statement",
            id=UUID(made["id"]),
            destination=destination,
            key=f"statement:{person.pseudonym}",
            subject=str(self.attempt.id),
            body=canonical(made),
        )


def _moment(session: Session) -> datetime:
    """Now, but at least a millisecond after this transaction's last statement.

    A registration's statements must have ascending times (xAPI profiles, section 9).
    """
    now = utc_now()
    last: datetime | None = session.info.get("last_statement_at")
    if last is not None:
        now = max(now, last + timedelta(milliseconds=1))
    session.info["last_statement_at"] = now
    return now
