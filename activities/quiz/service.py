"""What may happen to a quiz: a try is begun, kept while it is answered, handed in once."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from activities.quiz.answers import Reading, read_answers
from activities.quiz.content import Quiz
from activities.quiz.grading import rules_of, submitted_tries
from activities.quiz.learning_record import tell_of_start, tell_of_try
from activities.quiz.marking import Mark, mark, total
from activities.quiz.models import KIND, QuizResponse, QuizTry
from lti_tool.sdk import (
    Attempt,
    InvalidInput,
    Json,
    Person,
    Record,
    RecordState,
    StaleEdit,
    TemplateVersion,
    WrongState,
    apply_grading_rule,
    content_hash,
    gettext,
    save_draft,
    start_record,
    submit_record,
)


def quiz_of(session: Session, record: Record) -> Quiz:
    """Return the questions as they were when the try was begun."""
    return Quiz.parse(session.get_one(TemplateVersion, record.template_version_id).content)


def open_try(session: Session, attempt: Attempt) -> QuizTry | None:
    """Return the try that is begun and not handed in, or None."""
    mine = select(QuizTry).where(QuizTry.attempt_id == attempt.id, QuizTry.submitted_at.is_(None))
    return session.scalar(mine)


def start_try(
    session: Session, attempt: Attempt, *, id: UUID, author: Person, template: TemplateVersion
) -> QuizTry:
    """Return the try to go on with: the one under way, else a new one called *id*.

    Raises:
        WrongState: No tries are left.
        NotFound: The id belongs to something else.
    """
    _queue_up(session, attempt)
    going_on = open_try(session, attempt) or session.get(QuizTry, id)
    if going_on is not None and going_on.attempt_id == attempt.id:
        return going_on
    done = submitted_tries(session, attempt)
    if not rules_of(session, attempt).allows_another(len(done)):
        raise WrongState(
            gettext("You have used all your tries."),
            next_step=gettext("Look at your results, or ask your tutor."),
        )
    record = start_record(session, attempt, KIND, id=id, author=author, template_version=template)
    begun = QuizTry(record_id=record.id, attempt_id=attempt.id, number=len(done) + 1)
    session.add(begun)
    session.flush()
    tell_of_start(session, attempt, begun, by=author)
    return begun


def keep_answers(session: Session, record: Record, values: Json) -> Reading:
    """Keep what was typed, readable or not, and return what can be read of it.

    Raises:
        WrongState: The try was handed in already.
    """
    save_draft(session, record, values)
    return read_answers(quiz_of(session, record), values)


def submit_try(session: Session, record: Record, *, author: Person, seen: str) -> QuizTry:
    """Hand in the kept answers of a try, mark them and move the grade; once, however often.

    Args:
        session: The transaction of the act.
        record: The try's record; its draft holds the answers.
        author: The trainee.
        seen: `answers_hash` of the answers that were on the screen.

    Raises:
        InvalidInput: An answer cannot be read, such as a number that is none.
        StaleEdit: The answers were changed after they were shown.
    """
    attempt = session.get_one(Attempt, record.attempt_id)
    _queue_up(session, attempt)
    session.refresh(record)
    one = session.get_one(QuizTry, record.id)
    if record.state is not RecordState.DRAFT:
        return one
    quiz = quiz_of(session, record)
    answers = _usable(read_answers(quiz, record.draft), seen)
    marks = {q.id: mark(q, answers[q.id]) for q in quiz.questions}
    content = {"answers": answers, "points": {id: _text(m.points) for id, m in marks.items()}}
    submit_record(session, record, content, author=author, happened_on=None)
    _store(session, one, record, answers, marks)
    tell_of_try(session, attempt, record, one, quiz=quiz, marks=marks, answers=answers)
    apply_grading_rule(session, attempt)
    return one


def answers_hash(reading: Reading) -> str:
    """Return what tells these answers apart from others, to be sent back with them."""
    return content_hash(dict(reading.answers))


def responses_of(session: Session, record_ids: Sequence[UUID]) -> dict[UUID, list[QuizResponse]]:
    """Return the stored answers of submitted tries, by record id."""
    found: dict[UUID, list[QuizResponse]] = {id: [] for id in record_ids}
    rows = session.scalars(select(QuizResponse).where(QuizResponse.record_id.in_(record_ids)))
    for row in rows:
        found[row.record_id].append(row)
    return found


def _usable(reading: Reading, seen: str) -> Mapping[str, Json | None]:
    if reading.problems:
        raise InvalidInput(gettext("Some answers cannot be read."), fields=dict(reading.problems))
    if answers_hash(reading) != seen:
        raise StaleEdit(
            gettext("Your answers were changed after this page was opened."),
            next_step=gettext("Check them again, then submit."),
        )
    return reading.answers


def _store(
    session: Session,
    one: QuizTry,
    record: Record,
    answers: Mapping[str, Json | None],
    marks: Mapping[str, Mark],
) -> None:
    one.submitted_at = record.submitted_at
    sums = total(marks.values())
    one.raw, one.maximum = sums or (None, None)
    session.add_all(
        QuizResponse(record_id=record.id, question_id=id, response=answers[id], points=given.points)
        for id, given in marks.items()
    )
    session.flush()


def _queue_up(session: Session, attempt: Attempt) -> None:
    """Let two tabs act one after the other on PostgreSQL; SQLite has one writer anyway."""
    session.execute(
        select(Attempt.id).where(Attempt.id == attempt.id).with_for_update(key_share=True)
    )


def _text(number: Decimal | None) -> str | None:
    """A number for JSON, digit for digit."""
    return None if number is None else str(number)
