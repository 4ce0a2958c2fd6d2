"""The ready-made quizzes: complete in every language, and answerable."""

from collections.abc import Iterator
from typing import Any

import pytest

from activities.quiz.content import Kind, Quiz
from activities.quiz.gallery import gallery
from activities.quiz.marking import Verdict, mark
from config.settings import LANGUAGES

KEYS = [template.key for template in gallery()]


def parsed(key: str) -> Quiz:
    return Quiz.parse(next(t.content for t in gallery() if t.key == key))


def texts(part: Any) -> Iterator[dict[str, str]]:
    """Yield every table of languages in a template."""
    if isinstance(part, dict) and "en" in part:
        yield part
    elif isinstance(part, dict):
        for inner in part.values():
            yield from texts(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from texts(inner)


@pytest.mark.parametrize("template", gallery(), ids=KEYS)
def test_every_text_exists_in_all_languages(template):
    found = list(texts(template.content))

    assert len(found) > 10
    for text in found:
        assert list(text) == list(LANGUAGES)
        assert all(words.strip() == words and words for words in text.values())


@pytest.mark.parametrize("key", KEYS)
def test_every_question_can_be_answered_rightly(key):
    for question in parsed(key).questions:
        right = [option.id for option in question.options if option.weight > 0]
        answers = {
            Kind.SINGLE: {"options": right},
            Kind.MULTIPLE: {"options": right},
            Kind.NUMERIC: {"number": str(question.answer)},
            Kind.SHORT: {
                "text": question.accepted[0].replace("*", "") if question.accepted else ""
            },
            Kind.RATING: {"rating": 1},
        }
        expected = Verdict.UNMARKED if question.kind is Kind.RATING else Verdict.RIGHT
        assert mark(question, answers[question.kind]).verdict is expected, question.id


@pytest.mark.parametrize(
    "word",
    [
        "Summarising",
        "paraphrasing",
        "crynhoi",
        "reformulation",
        "Résumer",
        "att sammanfatta",
        "oppsummering",
        "samantekt",
        "að draga saman",
        "tiivistäminen",
        "yhteenveto",
    ],
)
def test_the_word_for_summarising_counts_in_every_language(word):
    question = parsed("mentoring-basics").question("summarise")

    assert mark(question, {"text": word}).verdict is Verdict.RIGHT


def test_the_self_rating_earns_no_points():
    assert all(question.maximum is None for question in parsed("mentor-skills").questions)


def test_the_right_choice_does_not_always_stand_first():
    firsts = [
        question.options[0].weight > 0
        for key in KEYS
        for question in parsed(key).questions
        if question.kind is Kind.SINGLE
    ]

    assert not any(firsts[:2]) or not all(firsts)
