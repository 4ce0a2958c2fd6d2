"""A quiz: kept while it is answered, checked, handed in once, graded by its rule."""

import pytest
from playwright.sync_api import expect

from lti_tool.domain.records import Revision
from tests.journeys.stage import wait_until
from tests.journeys.visitor import DESK

IN_MOODLE_ON_A_LAPTOP = {"width": 885, "height": 700}
"""What Moodle's frame leaves of 1280 pixels beside the course index."""

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def quiz(stage):
    return stage.place("quiz", title="Basics", template="mentoring-basics")


def test_a_quiz_is_kept_checked_handed_in_once_and_graded(stage, visit, quiz):
    tomas, tilda = visit("tomas"), visit("tilda", DESK)
    tomas.opens(quiz).presses("Start the quiz")
    answers_all_but_one(tomas)
    nothing_is_lost_on_reload(tomas)
    checks_and_answers_the_last(tomas)

    tomas.there.get_by_role("button", name="Hand in your answers").dblclick()

    tomas.sees_heading("Result of try 1").sees("7 of 8")
    assert len(stage.stored(Revision)) == 1
    wait_until(lambda: stage.cell(quiz, stage.cast.tomas).score == 87.5)
    tilda.goes_to("/gradebook").page.get_by_role("link", name="Tomas Trainee, Basics: 87.5").click()
    tilda.arrives().sees_heading("Tomas Trainee").sees("Worked out by Trellis").sees("87.5 of 100")


def answers_all_but_one(tomas):
    tomas.ticks("What would you try next?")
    for right in ("It says exactly what you saw", "It comes soon", "It says what to try next"):
        tomas.ticks(right)
    tomas.ticks("I keep it to myself")
    tomas.types("4. You plan four meetings", "180").types("5. A mentor says back", "Summarising")
    tomas.sees("Saved as draft")


def nothing_is_lost_on_reload(tomas):
    tomas.frame.goto(tomas.frame.url)
    expect(tomas.field("What would you try next?")).to_be_checked()
    expect(tomas.field("It comes soon")).to_be_checked()
    expect(tomas.field("4. You plan four meetings")).to_have_value("180")


def checks_and_answers_the_last(tomas):
    tomas.presses("Check your answers").sees("You have not answered one question.")
    tomas.there.get_by_role("link", name="Answer (6. A trainee is not well").click()
    tomas.ticks("I wait and see if it gets better").presses("Check your answers")
    tomas.sees("After you hand it in").misses("You have not answered")


def test_a_second_try_counts_only_if_it_is_better(stage, visit, quiz):
    tomas = visit("tomas")
    tomas.opens(quiz).presses("Start the quiz")
    answers_all_but_one(tomas)
    hands_in(tomas)
    wait_until(lambda: stage.cell(quiz, stage.cast.tomas).score == 87.5)

    tomas.opens(quiz).sees("87.5 of 100").presses("Try again").ticks("What would you try next?")
    hands_in(tomas)

    tomas.sees("No, your best try counts.")
    tomas.opens(quiz).sees("87.5 of 100")
    assert stage.cell(quiz, stage.cast.tomas).score == 87.5


def test_what_cannot_be_read_is_said_at_the_answer_and_kept(visit, quiz):
    tomas = visit("tomas")
    tomas.opens(quiz).presses("Start the quiz").types("4. You plan four meetings", "three hours")

    tomas.presses("Check your answers").sees("There is a problem")

    expect(tomas.field("4. You plan four meetings")).to_have_value("three hours")
    expect(tomas.field("4. You plan four meetings")).to_have_attribute("aria-invalid", "true")


def test_on_a_laptop_the_grade_stands_beside_the_answers(visit, quiz):
    tomas, tilda = visit("tomas"), visit("tilda", IN_MOODLE_ON_A_LAPTOP)
    tomas.opens(quiz).presses("Start the quiz")
    hands_in(tomas)

    tilda.opens_alone(quiz).follows("Tomas Trainee").sees_heading("Tomas Trainee")

    answers = tilda.there.get_by_role("table").bounding_box()
    grade = tilda.there.get_by_role("region", name="Grade").bounding_box()
    assert grade["x"] > answers["x"] + answers["width"]
    assert abs(grade["y"] - answers["y"]) < 100


def hands_in(tomas):
    tomas.presses("Check your answers").presses("Hand in your answers").sees_heading("Result of")
