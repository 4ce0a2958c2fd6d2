"""What a quiz asks: the JSON of a template version, read into typed questions."""

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

Text = Mapping[str, str]
"""A text by language, such as ``{"en": "What did you do?"}``."""

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Kind(enum.StrEnum):
    """The kinds of question."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    NUMERIC = "numeric"
    SHORT = "short"
    RATING = "rating"


@dataclass(frozen=True, kw_only=True)
class Option:
    """One thing to choose."""

    id: str
    text: Text
    weight: Decimal
    """Its part in the mark, relative to the best that can be chosen; may be below 0."""
    feedback: Text


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of a rating scale and the words that stand at it."""

    value: int
    text: Text


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question; which of the last members are used depends on the kind."""

    id: str
    kind: Kind
    text: Text
    maximum: Decimal | None
    """Most points, or None where nothing is right or wrong: a rating is never marked."""
    feedback: Text
    options: tuple[Option, ...] = ()
    answer: Decimal | None = None
    tolerance: Decimal = Decimal(0)
    unit: Text | None = None
    accepted: tuple[str, ...] = ()
    """Right short answers, ``*`` standing for any run of characters."""
    scale: tuple[Point, ...] = ()
    competency: str | None = None
    """Stable id of the competency that a rating is about."""

    def option(self, id: str) -> Option | None:
        """Return the option of this id, or None."""
        return next((option for option in self.options if option.id == id), None)


@dataclass(frozen=True, kw_only=True)
class Quiz:
    """All questions of one template version, in the order in which they are asked."""

    introduction: Text
    questions: tuple[Question, ...]

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> Self:
        """Return the quiz in *content*.

        Raises:
            ValueError: Something is missing, an id stands twice, or no answer is right.
        """
        questions = tuple(_question(raw) for raw in content["questions"])
        _refuse_repeats("question", [question.id for question in questions])
        return cls(introduction=content.get("introduction", {}), questions=questions)

    def question(self, id: str) -> Question | None:
        """Return the question of this id, or None."""
        return next((question for question in self.questions if question.id == id), None)


def _question(raw: Mapping[str, Any]) -> Question:
    kind = Kind(raw["kind"])
    points = Decimal(raw.get("points", "1"))
    question = Question(
        id=raw["id"],
        kind=kind,
        text=raw["text"],
        maximum=points if kind is not Kind.RATING and points > 0 else None,
        feedback=raw.get("feedback", {}),
        options=tuple(_option(option, kind) for option in raw.get("options", ())),
        answer=Decimal(raw["answer"]) if "answer" in raw else None,
        tolerance=Decimal(raw.get("tolerance", "0")),
        unit=raw.get("unit"),
        accepted=_accepted(raw.get("accepted", ())),
        scale=tuple(Point(value=p["value"], text=p["text"]) for p in raw.get("scale", ())),
        competency=raw.get("competency"),
    )
    _check(question)
    return question


def _option(raw: Mapping[str, Any], kind: Kind) -> Option:
    # Without weights, a wrong tick takes away what a right one gives: ticking all earns nothing.
    wrong = Decimal(-1) if kind is Kind.MULTIPLE else Decimal(0)
    usual = Decimal(1) if raw.get("is_correct") else wrong
    return Option(
        id=raw["id"],
        text=raw["text"],
        weight=Decimal(raw["weight"]) if "weight" in raw else usual,
        feedback=raw.get("feedback", {}),
    )


def _accepted(raw: Sequence[str] | Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Take one list, or a list for each language: whoever answers may use any of them."""
    lists = raw.values() if isinstance(raw, Mapping) else [raw]
    return tuple(pattern for patterns in lists for pattern in patterns)


def _check(question: Question) -> None:
    ids = [option.id for option in question.options]
    _refuse_repeats(f"option of {question.id}", ids)
    if not all(ID.fullmatch(id) for id in (question.id, *ids)):
        raise ValueError(f"an id in question {question.id!r} is not made of letters and digits")
    usable = {
        Kind.SINGLE: any(option.weight > 0 for option in question.options),
        Kind.MULTIPLE: any(option.weight > 0 for option in question.options),
        Kind.NUMERIC: question.answer is not None and question.tolerance >= 0,
        Kind.SHORT: bool(question.accepted),
        Kind.RATING: len({point.value for point in question.scale}) > 1,
    }
    if not usable[question.kind]:
        raise ValueError(f"question {question.id} cannot be answered rightly")


def _refuse_repeats(what: str, ids: Sequence[str]) -> None:
    if len(set(ids)) != len(ids):
        raise ValueError(f"two of the same id: {what}")
