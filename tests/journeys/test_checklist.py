"""A checklist: observed with a thumb, signed, seen by the trainee, graded by its rule."""

import re

import pytest
from playwright.sync_api import expect

from lti_tool.domain.roles import Role
from tests.journeys.stage import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

MET, NOT_YET, NOT_SEEN = "Met", "Not yet", "Not seen"


@pytest.fixture
def checklist(stage):
    return stage.place("checklist", title="Kitchen hygiene", template="kitchen-hygiene")


@pytest.fixture
def meera(stage, visit, checklist):
    """Tomas's mentor, who has come in before."""
    mentor, trainee = stage.player(stage.cast.meera), stage.player(stage.cast.tomas)
    for player in (mentor, trainee):
        player.launch(checklist)
    stage.make(mentor, Role.MENTOR)
    stage.mentors(mentor, trainee)
    return visit("meera")


def judges(meera, number, outcome):
    """Tap on the outcome of a point, counted from 1."""
    point = meera.there.locator("fieldset").nth(number - 1)
    point.get_by_role("radio", name=outcome, exact=True).check()


def test_a_mentor_observes_signs_and_the_trainee_sees_it(stage, visit, checklist, meera):
    tomas = visit("tomas")
    meera.opens(checklist).follows("Tomas Trainee").presses("New observation")
    for number in range(1, 7):
        judges(meera, number, MET)
    judges(meera, 7, NOT_YET)
    comments_on_the_seventh(meera)
    meera.sees("Saved as draft").frame.goto(meera.frame.url)
    judged = meera.there.locator("fieldset").nth(6).get_by_role("radio", name=NOT_YET)
    expect(judged).to_be_checked()

    meera.presses("Check and sign").sees("You sign these words:").sees("Use the red board.")
    assert stage.cell(checklist, stage.cast.tomas).score is None
    meera.ticks("I saw it").presses("Sign the observation")
    meera.sees("Observation signed.").sees("Meera Mentor")

    tomas.opens(checklist).sees("6 of 8").sees("Use the red board.").sees("Not seen")
    tomas.follows(re.compile("20 January 2026")).sees("Signed by").sees("Meera Mentor")
    wait_until(lambda: stage.cell(checklist, stage.cast.tomas).score == 75)


def comments_on_the_seventh(meera):
    meera.fills("When did you see it?", "2026-01-20")
    meera.there.get_by_text("Add a comment").nth(6).click()
    meera.there.get_by_label("Comment on this point").nth(6).fill("Use the red board.")


def test_the_trainee_sees_nothing_before_it_is_signed(visit, checklist, meera):
    meera.opens(checklist).follows("Tomas Trainee").presses("New observation")
    judges(meera, 1, MET)
    meera.sees("Saved as draft")

    tomas = visit("tomas").opens(checklist)

    tomas.sees("0 of 8").sees("Nobody has observed you yet.")


def test_a_later_observation_replaces_what_it_judged(stage, visit, checklist, meera):
    observes(meera, checklist, {1: NOT_YET, 2: MET})
    observes(meera, checklist, {1: MET})

    tomas = visit("tomas").opens(checklist)

    tomas.sees("2 of 8").misses("Not yet")
    wait_until(lambda: stage.cell(checklist, stage.cast.tomas).score == 25)


def observes(meera, checklist, outcomes):
    meera.opens(checklist).follows("Tomas Trainee").presses("New observation")
    for number, outcome in outcomes.items():
        judges(meera, number, outcome)
    meera.presses("Check and sign").ticks("I saw it")
    meera.presses("Sign the observation").sees("Observation signed.")
