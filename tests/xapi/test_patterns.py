"""Patterns, held against the algorithm of the xAPI Profiles specification (2.2)."""

import pytest

from xapi.patterns import Series

PATTERNS = {
    "entry": {"sequence": ["S", "rework", "approval"]},
    "rework": {"zeroOrMore": "return"},
    "return": {"sequence": ["R", "S"]},
    "approval": {"optional": "A"},
    "some": {"oneOrMore": "either"},
    "either": {"alternates": ["A", "pair"]},
    "pair": {"sequence": ["A", "B"]},
    "greedy": {"sequence": ["many", "A"]},
    "many": {"zeroOrMore": "A"},
    "begun": {"sequence": ["S", "some"]},
    "idle": {"oneOrMore": "approval"},
    "pairs": {"oneOrMore": "pair"},
    "any pairs": {"zeroOrMore": "pairs"},
}


def follows(pattern, letters):
    return Series([{letter} for letter in letters], PATTERNS).follows(pattern)


@pytest.mark.parametrize(
    ("pattern", "letters", "expected"),
    [
        ("entry", "S", True),
        ("entry", "SA", True),
        ("entry", "SRSRSA", True),
        ("entry", "SRA", False),
        ("entry", "SAA", False),
        ("entry", "A", False),
        ("entry", "", False),
        ("some", "A", True),
        ("some", "ABAAB", True),
        ("some", "B", False),
        ("some", "AS", False),
        ("some", "", False),
        ("begun", "S", False),
        ("begun", "SAB", True),
        ("begun", "SABS", False),
        ("pairs", "ABAB", True),
        ("pairs", "ABA", False),
        ("pairs", "A", False),
        ("any pairs", "", True),
        ("any pairs", "ABA", False),
        ("idle", "A", True),
        ("idle", "", True),
        ("idle", "B", False),
    ],
)
def test_a_series_follows_the_pattern_it_should(pattern, letters, expected):
    assert follows(pattern, letters) is expected


def test_alternatives_take_the_longest():
    assert follows("some", "AB")


def test_a_pattern_does_not_give_back_what_it_took():
    assert not follows("greedy", "AAA")


def test_a_statement_may_match_several_templates():
    assert Series([{"A", "S"}, {"A", "R"}], PATTERNS).follows("entry")


def test_a_return_without_a_new_submission_is_the_middle_of_the_pattern():
    # The specification's zeroOrMore takes a repetition that is cut off by the end as done.
    assert follows("entry", "SR")
