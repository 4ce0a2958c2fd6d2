"""From what was typed to answers: raw form values in, answers and problems out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from activities.quiz.content import Kind, Question, Quiz
from lti_tool.sdk import Json, gettext

SHORT_LIMIT = 500
"""Most characters of a short answer."""

NUMBER = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,9})?")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What could be read of a draft: an answer or None per question, and what could not."""

    answers: Mapping[str, Json | None]
    problems: Mapping[str, str] = field(default_factory=dict)
    """Message to the reader by question id."""

    @property
    def unanswered(self) -> list[str]:
        """Ids of the questions without an answer, in order."""
        return [id for id, answer in self.answers.items() if answer is None]


def field_name(question: Question) -> str:
    """Return the name of the question's form field."""
    return f"q-{question.id}"


def read_answers(quiz: Quiz, draft: Mapping[str, Any] | None) -> Reading:
    """Return the answers in *draft*, which maps field names to lists of raw values.

    Fields that the quiz does not know are left alone: a draft is whatever a browser sent.
    """
    answers: dict[str, Json | None] = {}
    problems: dict[str, str] = {}
    for question in quiz.questions:
        values = _filled((draft or {}).get(field_name(question)))
        try:
            answers[question.id] = _READERS[question.kind](question, values) if values else None
        except ValueError as error:
            answers[question.id] = None
            problems[question.id] = str(error)
    return Reading(answers=answers, problems=problems)


def _filled(values: object) -> list[str]:
    found = values if isinstance(values, list) else []
    return [value.strip() for value in found if isinstance(value, str) and value.strip()]


def _read_single(question: Question, values: Sequence[str]) -> Json:
    if len(values) != 1 or question.option(values[0]) is None:
        raise ValueError(gettext("Choose one of the answers."))
    return {"options": [values[0]]}


def _read_multiple(question: Question, values: Sequence[str]) -> Json:
    if any(question.option(value) is None for value in values):
        raise ValueError(gettext("Choose from the answers in the list."))
    return {"options": [option.id for option in question.options if option.id in values]}


def _read_number(_question: Question, values: Sequence[str]) -> Json:
    text = re.sub(r"\s", "", values[0]).replace(",", ".").replace("\N{MINUS SIGN}", "-")
    if not NUMBER.fullmatch(text):
        raise ValueError(gettext("Type one number, such as 12 or 3.5."))
    return {"number": text.removeprefix("+")}


def _read_text(_question: Question, values: Sequence[str]) -> Json:
    if len(values[0]) > SHORT_LIMIT:
        raise ValueError(gettext("Write at most %(number)s characters.", number=SHORT_LIMIT))
    return {"text": values[0]}


def _read_rating(question: Question, values: Sequence[str]) -> Json:
    points = {str(point.value): point.value for point in question.scale}
    if len(values) != 1 or values[0] not in points:
        raise ValueError(gettext("Choose one point of the scale."))
    return {"rating": points[values[0]]}


_READERS = {
    Kind.SINGLE: _read_single,
    Kind.MULTIPLE: _read_multiple,
    Kind.NUMERIC: _read_number,
    Kind.SHORT: _read_text,
    Kind.RATING: _read_rating,
}
