"""A quiz for reading: where trainees stand, and tries with their answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from activities.quiz.answers import Reading, field_name
from activities.quiz.content import Kind, Question, Quiz
from activities.quiz.forms import point_label
from activities.quiz.grading import counted_try, rules_of, score_of
from activities.quiz.marking import Mark, Verdict, feedback_for, mark
from activities.quiz.models import QuizTry
from activities.quiz.rules import Method
from activities.quiz.service import responses_of
from lti_tool.sdk import (
    Attempt,
    Json,
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
class AnswerView:
    """One question with what was answered and, in a result, how it was marked."""

    number: int
    question: str
    said: Sequence[str]
    """The answer in words, one line for each choice; empty when there is none."""
    anchor: str
    """Where the question stands on the page of questions."""
    is_rating: bool
    mark: Mark
    feedback: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class TryView:
    """One submitted try."""

    one: QuizTry
    score: Score | None
    is_counted: bool
    is_pass: bool | None
    answers: Sequence[AnswerView]

    @property
    def ratings(self) -> list[AnswerView]:
        """The points chosen on scales."""
        return [answer for answer in self.answers if answer.is_rating]

    @property
    def questions(self) -> list[AnswerView]:
        """Everything else."""
        return [answer for answer in self.answers if not answer.is_rating]


def read_views(quiz: Quiz, reading: Reading) -> list[AnswerView]:
    """Return answers as they are before they are handed in: nothing is marked yet."""
    nothing = Mark(points=None, maximum=None, verdict=Verdict.UNMARKED)
    return [
        _view(number, question, reading.answers[question.id], nothing)
        for number, question in enumerate(quiz.questions, start=1)
    ]


def try_views(session: Session, attempt: Attempt, tries: Sequence[QuizTry]) -> list[TryView]:
    """Return submitted *tries* of one attempt for a page, with every answer."""
    rules = rules_of(session, attempt)
    counted = counted_try(tries, rules.method)
    answers = {
        id: {row.question_id: row.response for row in rows}
        for id, rows in responses_of(session, [one.record_id for one in tries]).items()
    }
    quizzes = _quizzes(session, tries)
    return [
        TryView(
            one=one,
            score=(score := score_of(one)),
            is_counted=one is counted,
            is_pass=rules.is_pass(score.given, score.maximum) if score else None,
            answers=_marked_views(quizzes[one.record_id], answers[one.record_id]),
        )
        for one in tries
    ]


def standing(session: Session, attempts: Sequence[Attempt]) -> Mapping[UUID, Standing]:
    """Return where each attempt stands, for a row of the tutor's table."""
    ids = [attempt.id for attempt in attempts]
    rows = session.scalars(
        select(QuizTry).where(QuizTry.attempt_id.in_(ids)).order_by(QuizTry.number)
    )
    tries: dict[UUID, list[QuizTry]] = {id: [] for id in ids}
    for row in rows:
        tries[row.attempt_id].append(row)
    # All attempts of a table belong to one link, so to one set of rules.
    rules = rules_of(session, attempts[0]) if attempts else None
    return {id: _standing(mine, rules.method) for id, mine in tries.items() if rules}


def score_words(score: Score) -> str:
    """Return a score for reading: ``7.5 of 10``."""
    given, maximum = mark_text(score.given), mark_text(score.maximum)
    return str(gettext("%(given)s of %(maximum)s", given=given, maximum=maximum))


def _standing(tries: Sequence[QuizTry], method: Method) -> Standing:
    submitted = [one for one in tries if one.submitted_at]
    if not submitted:
        begun = Standing(text=gettext("First try not handed in yet"), state="draft")
        return begun if tries else Standing(text=gettext("Not started"), state="none")
    count = len(submitted)
    text = ngettext("One try", "%(num)s tries", count)
    counted = counted_try(submitted, method)
    if counted is not None and (score := score_of(counted)):
        text = gettext("%(tries)s, %(score)s points", tries=text, score=score_words(score))
    return Standing(text=text, state="submitted")


def _quizzes(session: Session, tries: Sequence[QuizTry]) -> dict[UUID, Quiz]:
    """Return the questions of each try as they were when it was begun, by record id."""
    rows = session.execute(
        select(Record.id, TemplateVersion)
        .join(TemplateVersion, TemplateVersion.id == Record.template_version_id)
        .where(Record.id.in_([one.record_id for one in tries]))
    )
    return {record_id: Quiz.parse(version.content) for record_id, version in rows}


def _marked_views(quiz: Quiz, answers: Mapping[str, Json | None]) -> list[AnswerView]:
    return [
        _view(number, question, answers.get(question.id), mark(question, answers.get(question.id)))
        for number, question in enumerate(quiz.questions, start=1)
    ]


def _view(number: int, question: Question, answer: Json | None, given: Mark) -> AnswerView:
    is_choice = question.kind in (Kind.SINGLE, Kind.MULTIPLE, Kind.RATING)
    return AnswerView(
        number=number,
        question=pick_text(question.text),
        said=said_in_words(question, answer),
        anchor=field_name(question) + ("-0" if is_choice else ""),
        is_rating=question.kind is Kind.RATING,
        mark=given,
        feedback=[pick_text(text) for text in feedback_for(question, answer)],
    )


def said_in_words(question: Question, answer: Json | None) -> list[str]:
    """Put an answer into the reader's words; what was typed stays as it was typed."""
    if answer is None:
        return []
    if "options" in answer:
        chosen = (question.option(id) for id in answer["options"])
        return [pick_text(option.text) for option in chosen if option is not None]
    if "rating" in answer:
        points = [point for point in question.scale if point.value == answer["rating"]]
        return [point_label(point.value, point.text) for point in points]
    unit = f" {pick_text(question.unit)}" if question.unit else ""
    return [f"{answer['number']}{unit}" if "number" in answer else answer["text"]]
