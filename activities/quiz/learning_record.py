"""What the LRS hears of a quiz. Ids and numbers only: no typed text leaves."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from activities.quiz.content import Kind, Question, Quiz
from activities.quiz.grading import rules_of, score_of
from activities.quiz.marking import Mark, Verdict
from activities.quiz.models import QuizTry
from lti_tool.sdk import Attempt, Json, Person, Record, Score, person_of, record_event

INTERACTIONS = {
    Kind.SINGLE: "choice",
    Kind.MULTIPLE: "choice",
    Kind.NUMERIC: "numeric",
    Kind.RATING: "likert",
}
"""Interaction type by kind. A short answer has none that may be told without its text, so
there is no statement about it; its points are in the score of the whole try."""


def tell_of_start(session: Session, attempt: Attempt, begun: QuizTry, *, by: Person) -> None:
    """Record that the trainee began a try."""
    record_event(session, attempt, "attempted", by=by, sequence=begun.number)


def tell_of_try(
    session: Session,
    attempt: Attempt,
    record: Record,
    one: QuizTry,
    *,
    quiz: Quiz,
    marks: Mapping[str, Mark],
    answers: Mapping[str, Json | None],
) -> None:
    """Record each answer, the end of the try and, with a pass mark, its outcome.

    No duration is told: the time between beginning and end may hold a night's sleep.
    """
    by = person_of(session, attempt)
    for question in quiz.questions:
        answer = answers[question.id]
        if answer is not None and question.kind in INTERACTIONS:
            _tell_of_answer(session, attempt, record, question, answer, marks[question.id], by)
    score = score_of(one)
    # One "completed" a try. The host tells of the first completion under the number 1, which
    # is the first try's id too, and the same id is sent once.
    record_event(session, attempt, "completed", by=by, score=score, sequence=one.number)
    _tell_of_outcome(session, attempt, one, score, by)


def _tell_of_answer(
    session: Session,
    attempt: Attempt,
    record: Record,
    question: Question,
    answer: Json,
    given: Mark,
    by: Person,
) -> None:
    record_event(
        session,
        attempt,
        "answered",
        by=by,
        about=record,
        part=question.id,
        interaction=INTERACTIONS[question.kind],
        response=_response(answer),
        **_result(given),
    )
    if question.competency:
        _tell_of_rating(session, attempt, record, question, answer["rating"], by)


def _tell_of_rating(
    session: Session, attempt: Attempt, record: Record, question: Question, value: int, by: Person
) -> None:
    points = [point.value for point in question.scale]
    record_event(
        session,
        attempt,
        "rated",
        by=by,
        about=record,
        part=f"competency-{question.competency}",
        score=Score(given=Decimal(value), maximum=Decimal(max(points))),
        score_minimum=Decimal(min(points)),
    )


def _result(given: Mark) -> dict[str, Any]:
    if given.points is None or given.maximum is None:
        return {}
    score = Score(given=given.points, maximum=given.maximum)
    return {"score": score, "success": given.verdict is Verdict.RIGHT}


def _response(answer: Json) -> tuple[str, ...]:
    (value,) = answer.values()
    return tuple(value) if isinstance(value, list) else (str(value),)


def _tell_of_outcome(
    session: Session, attempt: Attempt, one: QuizTry, score: Score | None, by: Person
) -> None:
    if score is None:
        return
    is_pass = rules_of(session, attempt).is_pass(score.given, score.maximum)
    if is_pass is not None:
        event = "passed" if is_pass else "failed"
        record_event(session, attempt, event, by=by, score=score, sequence=one.number)
