"""Marking: pure functions from a question and an answer to points. Decimals throughout."""

import enum
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from activities.quiz.content import Kind, Question, Text
from lti_tool.sdk import Json

STEP = Decimal("0.00001")
"""Smallest part of a point that is kept; the gradebook keeps as many digits."""

NOTHING, ALL = Decimal(0), Decimal(1)


class Verdict(enum.StrEnum):
    """How an answer was marked."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    UNANSWERED = "unanswered"
    UNMARKED = "unmarked"
    """Nothing is right or wrong about it, such as a rating."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Points for one answer; None where there is nothing to mark, which is not 0."""

    points: Decimal | None
    maximum: Decimal | None
    verdict: Verdict


def mark(question: Question, answer: Json | None) -> Mark:
    """Return the points for *answer*; a question left out of a submitted try earns 0."""
    if question.maximum is None:
        return Mark(points=None, maximum=None, verdict=Verdict.UNMARKED)
    if answer is None:
        return Mark(points=NOTHING, maximum=question.maximum, verdict=Verdict.UNANSWERED)
    points = (question.maximum * _share(question, answer)).quantize(STEP, ROUND_HALF_UP)
    verdict = Verdict.PARTLY if points else Verdict.WRONG
    if points == question.maximum:
        verdict = Verdict.RIGHT
    return Mark(points=points, maximum=question.maximum, verdict=verdict)


def total(marks: Iterable[Mark]) -> tuple[Decimal, Decimal] | None:
    """Return points earned and points possible, or None if nothing was there to mark."""
    marked = [(m.points, m.maximum) for m in marks if m.points is not None and m.maximum]
    if not marked:
        return None
    return sum((points for points, _ in marked), NOTHING), sum((m for _, m in marked), NOTHING)


def feedback_for(question: Question, answer: Json | None) -> list[Text]:
    """Return what to tell about *answer*: on each chosen option, then on the question."""
    chosen = (question.option(id) for id in (answer or {}).get("options", ()))
    texts = [option.feedback for option in chosen if option is not None]
    return [text for text in (*texts, question.feedback) if text]


def _share(question: Question, answer: Json) -> Decimal:
    """Return the part of the points that *answer* earns, from 0 to 1."""
    if question.kind is Kind.NUMERIC:
        return _all_if(_is_near(question, Decimal(answer["number"])))
    if question.kind is Kind.SHORT:
        return _all_if(any(matches(pattern, answer["text"]) for pattern in question.accepted))
    return _weighed(question, answer["options"])


def _all_if(is_right: bool) -> Decimal:
    return ALL if is_right else NOTHING


def _is_near(question: Question, number: Decimal) -> bool:
    return question.answer is not None and abs(number - question.answer) <= question.tolerance


def _weighed(question: Question, chosen: list[str]) -> Decimal:
    """Sum the weights, never below nothing, as a share of the best that can be chosen."""
    good = [option.weight for option in question.options if option.weight > 0]
    best = max(good) if question.kind is Kind.SINGLE else sum(good, NOTHING)
    earned = sum((o.weight for o in question.options if o.id in chosen), NOTHING)
    return min(ALL, max(NOTHING, earned) / best)


def matches(pattern: str, text: str) -> bool:
    """Say whether *text* fits *pattern*, in which ``*`` stands for any run of characters.

    Case, space around and runs of space inside do not count. Takes time in proportion to
    the text, however many stars there are.
    """
    first, *others = (_plain(piece) for piece in _even(pattern).split("*"))
    said = _plain(_even(text).strip())
    if not others:
        return said == first.strip()
    *middle, last = others
    first, last = first.lstrip(), last.rstrip()
    if len(said) < len(first) + len(last) or not said.startswith(first):
        return False
    return said.endswith(last) and _in_order(middle, said[len(first) : len(said) - len(last)])


def _in_order(pieces: Iterable[str], text: str) -> bool:
    at = 0
    for piece in pieces:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _even(text: str) -> str:
    """Make every run of white space one space, keeping one at either end."""
    words = " ".join(text.split())
    return f"{' ' * text[:1].isspace()}{words}{' ' * text[-1:].isspace()}"
