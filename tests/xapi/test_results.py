"""Scores and durations."""

import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi.errors import StatementError
from xapi.results import LARGEST, duration, score

points = st.decimals(min_value=-1000, max_value=1000, places=5)


def test_a_score_is_made_of_json_numbers():
    made = score(Decimal("7.50"), maximum=Decimal(10))

    assert json.dumps(made) == '{"scaled": 0.75, "raw": 7.5, "min": 0, "max": 10}'


def test_a_score_of_zero_is_a_score():
    assert score(Decimal(0), maximum=Decimal(5))["raw"] == 0


def test_a_scale_need_not_begin_at_zero():
    assert score(Decimal(3), minimum=Decimal(1), maximum=Decimal(5))["scaled"] == 0.5


@given(st.lists(points, min_size=3, max_size=3).map(sorted))
def test_every_score_within_its_bounds_keeps_to_what_xapi_demands(values):
    minimum, raw, maximum = values
    if minimum == maximum:
        return

    made = json.loads(json.dumps(score(raw, minimum=minimum, maximum=maximum)))

    assert made["min"] <= made["raw"] <= made["max"]
    assert 0 <= made["scaled"] <= 1
    assert Decimal(str(made["raw"])) == raw


@pytest.mark.parametrize(
    ("raw", "minimum", "maximum"),
    [(11, 0, 10), (-1, 0, 10), (5, 5, 5), (5, 10, 0), ("NaN", 0, 1), (1, 0, "Infinity")],
)
def test_a_score_outside_its_bounds_is_refused(raw, minimum, maximum):
    with pytest.raises(StatementError):
        score(Decimal(raw), minimum=Decimal(minimum), maximum=Decimal(maximum))


def test_bounds_that_json_cannot_tell_apart_are_refused():
    hair = Decimal("1E-30")
    with pytest.raises(StatementError):
        score(Decimal(1), minimum=Decimal(1), maximum=1 + hair)


def test_a_number_that_other_programs_would_lose_is_refused():
    with pytest.raises(StatementError):
        score(Decimal(1), maximum=Decimal(LARGEST) + 1)


@pytest.mark.parametrize(
    ("minutes", "seconds", "text"),
    [
        (90, 0, "PT1H30M"),
        (0, 0, "PT0S"),
        (0, 120, "PT2M"),
        (2400, 0, "PT40H"),
        (1, 61, "PT2M1S"),
        (60, 1, "PT1H1S"),
    ],
)
def test_a_duration_is_hours_minutes_and_seconds(minutes, seconds, text):
    assert duration(minutes=minutes, seconds=seconds) == text


@given(st.integers(0, 10**7))
def test_a_duration_says_exactly_the_seconds_it_was_made_from(seconds):
    hours, minutes, rest = (
        int(found or 0)
        for found in re.fullmatch(
            r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", duration(seconds=seconds)
        ).groups()
    )

    assert hours * 3600 + minutes * 60 + rest == seconds
    assert minutes < 60
    assert rest < 60


def test_a_negative_duration_is_refused():
    with pytest.raises(StatementError):
        duration(minutes=-1)
