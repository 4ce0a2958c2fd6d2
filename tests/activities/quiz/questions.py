"""Questions to ask in tests, as a template holds them."""

from typing import Any

from activities.quiz.content import Question, Quiz

Raw = dict[str, Any]


def option(id: str, **more: Any) -> Raw:
    return {"id": id, "text": {"en": f"Option {id}"}, **more}


def single(id: str = "one", **more: Any) -> Raw:
    options = [option("a"), option("b", is_correct=True), option("c")]
    return {"id": id, "kind": "single", "text": {"en": "One?"}, "options": options, **more}


def multiple(id: str = "many", **more: Any) -> Raw:
    options = [
        option("a", is_correct=True),
        option("b", is_correct=True),
        option("c", is_correct=True),
        option("d"),
        option("e"),
    ]
    return {"id": id, "kind": "multiple", "text": {"en": "Many?"}, "options": options, **more}


def numeric(id: str = "number", **more: Any) -> Raw:
    found = {"answer": "12.5", "tolerance": "0.1", **more}
    return {"id": id, "kind": "numeric", "text": {"en": "How many?"}, **found}


def short(id: str = "word", **more: Any) -> Raw:
    found = {"accepted": ["summar*"], **more}
    return {"id": id, "kind": "short", "text": {"en": "Which word?"}, **found}


def rating(id: str = "rate", **more: Any) -> Raw:
    scale = [{"value": n, "text": {"en": f"point {n}"}} for n in range(1, 6)]
    return {"id": id, "kind": "rating", "text": {"en": "I listen"}, "scale": scale, **more}


def quiz(*questions: Raw) -> Quiz:
    return Quiz.parse({"questions": list(questions)})


def question(raw: Raw) -> Question:
    return quiz(raw).questions[0]
