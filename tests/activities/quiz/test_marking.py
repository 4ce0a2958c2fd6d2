"""Marking: what each kind of answer earns, whatever the weights are."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.quiz.marking import STEP, Mark, Verdict, feedback_for, mark, matches, total
from tests.activities.quiz.questions import (
    multiple,
    numeric,
    option,
    question,
    rating,
    short,
    single,
)

points = st.decimals("0.01", 100, places=2).map(str)
weights = st.lists(st.decimals(-2, 2, places=3), min_size=1, max_size=8).filter(
    lambda found: any(weight > 0 for weight in found)
)


def test_the_right_choice_earns_all_points_and_another_none():
    asked = question(single(points="2.5"))

    assert mark(asked, {"options": ["b"]}) == Mark(
        points=Decimal("2.5"), maximum=Decimal("2.5"), verdict=Verdict.RIGHT
    )
    assert mark(asked, {"options": ["a"]}).points == 0
    assert mark(asked, {"options": ["a"]}).verdict is Verdict.WRONG


def test_a_choice_with_half_the_weight_earns_half_the_points():
    asked = question(
        single(points="3", options=[option("a", weight="1"), option("b", weight="0.5")])
    )

    assert mark(asked, {"options": ["b"]}).points == Decimal("1.5")
    assert mark(asked, {"options": ["b"]}).verdict is Verdict.PARTLY


def test_three_thirds_are_a_whole():
    asked = question(multiple(points="1"))

    assert mark(asked, {"options": ["a", "b", "c"]}).points == 1
    assert mark(asked, {"options": ["a"]}).points == Decimal("0.33333")
    assert mark(asked, {"options": ["a", "b"]}).points == Decimal("0.66667")


def test_ticking_everything_earns_less_than_ticking_what_is_right():
    asked = question(multiple(points="3"))

    assert mark(asked, {"options": ["a", "b", "c", "d", "e"]}).points == 1
    assert mark(asked, {"options": ["a", "d"]}).points == 0


def test_wrong_ticks_never_earn_less_than_nothing():
    asked = question(multiple(points="3"))

    assert mark(asked, {"options": ["d", "e"]}).points == 0
    assert mark(asked, {"options": ["d", "e"]}).verdict is Verdict.WRONG


@given(found=weights, worth=points, data=st.data())
def test_points_for_ticks_are_the_weighed_share_within_nothing_and_all(found, worth, data):
    options = [option(f"o{n}", weight=str(weight)) for n, weight in enumerate(found)]
    ticked = data.draw(st.lists(st.sampled_from([o["id"] for o in options]), unique=True))
    asked = question(multiple(points=worth, options=options))

    earned = mark(asked, {"options": ticked}).points

    best = sum(Fraction(weight) for weight in found if weight > 0)
    got = sum(Fraction(w) for o, w in zip(options, found, strict=True) if o["id"] in ticked)
    exact = Fraction(worth) * min(1, max(0, got / best))
    assert earned is not None
    assert 0 <= earned <= Decimal(worth)
    assert abs(Fraction(earned) - exact) <= Fraction(STEP) / 2


@given(found=weights, worth=points)
def test_all_that_is_right_and_nothing_else_earns_all_points(found, worth):
    options = [option(f"o{n}", weight=str(weight)) for n, weight in enumerate(found)]
    good = [o["id"] for o, weight in zip(options, found, strict=True) if weight > 0]

    given_mark = mark(question(multiple(points=worth, options=options)), {"options": good})

    assert given_mark.points == Decimal(worth)
    assert given_mark.verdict is Verdict.RIGHT


@given(
    answer=st.decimals(-1000, 1000, places=3),
    tolerance=st.decimals(0, 10, places=3),
    said=st.decimals(-1000, 1000, places=3),
)
def test_a_number_is_right_within_the_tolerance_and_nowhere_else(answer, tolerance, said):
    asked = question(numeric(answer=str(answer), tolerance=str(tolerance)))

    is_right = mark(asked, {"number": str(said)}).verdict is Verdict.RIGHT

    assert is_right == (abs(Fraction(said) - Fraction(answer)) <= Fraction(tolerance))


def test_a_tenth_three_times_is_three_tenths():
    asked = question(numeric(answer="0.3", tolerance="0"))

    assert mark(asked, {"number": str(Decimal("0.1") * 3)}).verdict is Verdict.RIGHT


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("summarise", "Summarise"),
        ("summar*", "summarising"),
        ("summar*", "  SUMMARY "),
        ("*mentor*", "a good mentor listens"),
        ("open  question", "open question"),
        ("ask * question", "ask an open question"),
        ("étape", "e\u0301tape"),
        ("STRASSE", "straße"),
        ("*", "anything"),
        ("a*a", "aa"),
        ("[a-z]+", "[a-z]+"),
    ],
)
def test_a_short_answer_fits_its_pattern(pattern, text):
    assert matches(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("summarise", "summarised"),
        ("summar*", "in sum"),
        ("a*a", "a"),
        ("ask * question", "ask question"),
        ("[a-z]+", "abc"),
        (".*", "abc"),
        ("ab*bc", "abc"),
    ],
)
def test_another_short_answer_does_not_fit(pattern, text):
    assert not matches(pattern, text)


@given(pieces=st.lists(st.text("ab", max_size=4), min_size=1, max_size=5), filler=st.text("abc"))
def test_stars_stand_for_any_text(pieces, filler):
    assert matches("*".join(pieces), filler.join(pieces))


@given(text=st.text(max_size=60))
def test_every_text_is_its_own_pattern(text):
    assert matches(text.replace("*", ""), text.replace("*", ""))


def test_many_stars_take_no_time():
    assert not matches("*a" * 40 + "b", "a" * 5_000)


def test_a_short_answer_earns_all_or_nothing():
    asked = question(short(points="2"))

    assert mark(asked, {"text": "Summarising"}).points == 2
    assert mark(asked, {"text": "listening"}).points == 0


def test_accepted_words_may_be_listed_by_language_and_all_count():
    asked = question(short(accepted={"en": ["summary"], "fi": ["tiivistelmä"]}))

    assert mark(asked, {"text": "Tiivistelmä"}).verdict is Verdict.RIGHT


def test_a_question_left_out_earns_nothing_and_is_not_called_wrong():
    left_out = mark(question(single(points="2")), None)

    assert left_out == Mark(points=Decimal(0), maximum=Decimal(2), verdict=Verdict.UNANSWERED)


@pytest.mark.parametrize("answer", [None, {"rating": 1}, {"rating": 5}])
def test_a_rating_is_never_marked(answer):
    unmarked = mark(question(rating(points="5")), answer)

    assert unmarked == Mark(points=None, maximum=None, verdict=Verdict.UNMARKED)


def test_ratings_do_not_count_in_the_total():
    marks = [mark(question(single()), {"options": ["b"]}), mark(question(rating()), {"rating": 1})]

    assert total(marks) == (1, 1)


def test_a_quiz_of_ratings_alone_has_no_total():
    assert total([mark(question(rating()), {"rating": 5})]) is None


def test_all_wrong_is_a_total_of_nothing_and_not_no_total():
    assert total([mark(question(single()), {"options": ["a"]})]) == (0, 1)


def test_feedback_comes_on_what_was_chosen_and_then_on_the_question():
    asked = question(
        single(
            options=[option("a", feedback={"en": "No"}), option("b", is_correct=True)],
            feedback={"en": "Think"},
        )
    )

    assert feedback_for(asked, {"options": ["a"]}) == [{"en": "No"}, {"en": "Think"}]
    assert feedback_for(asked, {"options": ["b"]}) == [{"en": "Think"}]
    assert feedback_for(asked, None) == [{"en": "Think"}]
