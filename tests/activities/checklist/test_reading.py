"""Reading what a browser sent: any garbage gives an observation or messages, never a crash."""

from datetime import date

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st

from activities.checklist.content import Checklist
from activities.checklist.models import Outcome
from activities.checklist.reading import read_observation

TODAY = date(2026, 11, 22)
LIST = Checklist.parse({"criteria": [{"id": id, "text": {"en": id}} for id in ("a", "b")]})
GOOD = {"observed_on": ["2026-11-20"], "o-a": ["met"], "o-b": ["not_seen"]}


@pytest.fixture(autouse=True, scope="module")
def english():
    app = Flask(__name__)
    Babel(app)
    with app.app_context():
        yield


def read(**changes):
    return read_observation(LIST, GOOD | changes, today=TODAY)


def test_a_filled_in_form_is_read():
    said = read(**{"c-a": [" well\r\ndone "], "comment": ["Go on"]})

    assert not said.problems
    assert said.content == {
        "observed_on": "2026-11-20",
        "judgements": {
            "a": {"outcome": "met", "comment": "well\ndone"},
            "b": {"outcome": "not_seen", "comment": ""},
        },
        "comment": "Go on",
    }


def test_a_criterion_without_an_answer_was_not_seen():
    said = read_observation(LIST, {"observed_on": ["2026-11-20"], "o-a": ["not_yet"]}, today=TODAY)

    assert said.judged["b"].outcome is Outcome.NOT_SEEN
    assert not said.problems


@pytest.mark.parametrize("day", ["", "yesterday", "2026-11-23", "1999-12-31", "2026-02-30"])
def test_a_day_that_cannot_be_is_a_problem(day):
    assert set(read(observed_on=[day]).problems) == {"observed_on"}


def test_today_is_not_the_future():
    assert not read(observed_on=["2026-11-22"]).problems


def test_an_observation_that_judges_nothing_is_a_problem():
    assert set(read(**{"o-a": ["not_seen"]}).problems) == {"o-a"}


@pytest.mark.parametrize(
    ("name", "value"), [("o-a", "perfect"), ("c-b", "x" * 2_001), ("comment", "x" * 10_001)]
)
def test_what_cannot_be_used_is_said_at_its_field(name, value):
    assert name in read(**{name: [value]}).problems


anything = st.none() | st.integers() | st.text(max_size=12) | st.lists(st.text(max_size=12))


@given(
    draft=st.none()
    | st.dictionaries(
        st.sampled_from(["observed_on", "comment", "o-a", "c-a", "o-z", "csrf_token"]), anything
    )
)
def test_any_draft_can_be_read(draft):
    said = read_observation(LIST, draft, today=TODAY)

    assert set(said.judged) == {"a", "b"}
    assert said.problems or said.observed_on
