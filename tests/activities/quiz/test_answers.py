"""Reading what a browser sent: any garbage gives answers or messages, never a crash."""

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st

from activities.quiz.answers import read_answers
from activities.quiz.content import Quiz
from activities.quiz.marking import mark
from tests.activities.quiz.questions import multiple, numeric, quiz, rating, short, single

EVERYTHING = quiz(single(), multiple(), numeric(), short(), rating())
FIELDS = [f"q-{question.id}" for question in EVERYTHING.questions]


@pytest.fixture(autouse=True, scope="module")
def english():
    app = Flask(__name__)
    Babel(app)
    with app.app_context():
        yield


def test_answers_are_kept_by_stable_ids():
    draft = {
        "q-one": ["b"],
        "q-many": ["c", "a"],
        "q-number": ["12,5"],
        "q-word": [" summary "],
        "q-rate": ["4"],
    }

    found = read_answers(EVERYTHING, draft)

    assert found.answers == {
        "one": {"options": ["b"]},
        "many": {"options": ["a", "c"]},
        "number": {"number": "12.5"},
        "word": {"text": "summary"},
        "rate": {"rating": 4},
    }
    assert not found.problems
    assert not found.unanswered


@pytest.mark.parametrize("draft", [None, {}, {"q-one": [""], "q-word": ["   "], "q-many": []}])
def test_what_is_left_empty_is_unanswered_and_no_problem(draft):
    found = read_answers(EVERYTHING, draft)

    assert found.unanswered == ["one", "many", "number", "word", "rate"]
    assert not found.problems


@pytest.mark.parametrize("typed", ["12.5", "12,5", " 12.5 ", "+12.5", "1 2.5"])
def test_a_number_may_be_typed_in_several_ways(typed):
    found = read_answers(EVERYTHING, {"q-number": [typed]})

    assert found.answers["number"] == {"number": "12.5"}


@pytest.mark.parametrize("typed", ["−3", "-3"])
def test_a_number_below_nothing_may_have_either_minus(typed):
    assert read_answers(EVERYTHING, {"q-number": [typed]}).answers["number"] == {"number": "-3"}


@pytest.mark.parametrize("typed", ["twelve", "1.2.3", "1e9", "NaN", "inf", "9" * 13, "1,000,000"])
def test_what_is_no_number_is_a_problem_and_no_answer(typed):
    found = read_answers(EVERYTHING, {"q-number": [typed]})

    assert found.answers["number"] is None
    assert set(found.problems) == {"number"}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("q-one", ["z"]),
        ("q-one", ["a", "b"]),
        ("q-many", ["a", "z"]),
        ("q-rate", ["6"]),
        ("q-rate", ["3.0"]),
        ("q-word", ["x" * 501]),
    ],
)
def test_what_was_not_offered_is_a_problem(field, values):
    found = read_answers(EVERYTHING, {field: values})

    assert set(found.problems) == {field.removeprefix("q-")}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(draft=st.dictionaries(st.sampled_from([*FIELDS, "csrf_token", "q-"]), anything))
def test_any_draft_can_be_read_and_what_was_read_can_be_marked(draft):
    found = read_answers(EVERYTHING, draft)

    assert set(found.answers) == {question.id for question in EVERYTHING.questions}
    for question in EVERYTHING.questions:
        mark(question, found.answers[question.id])


@pytest.mark.parametrize(
    "broken",
    [
        single(options=[{"id": "a", "text": {}}]),
        single(id="has space"),
        multiple(options=[]),
        short(accepted=[]),
        rating(scale=[]),
        {"id": "x", "kind": "numeric", "text": {}},
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(broken):
    with pytest.raises(ValueError):
        quiz(broken)


def test_two_questions_of_the_same_id_are_refused():
    with pytest.raises(ValueError):
        Quiz.parse({"questions": [single(), single()]})
