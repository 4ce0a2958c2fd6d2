"""The whole main job where scripts are off: blocked by the workplace, or not loaded in time."""

import re

import pytest

from lti_tool.domain.roles import Role
from tests.journeys.stage import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def visit_plain(visit):
    """Call it with a name: they sit down at a browser without JavaScript."""
    return lambda who: visit(who, java_script_enabled=False)


def test_the_main_job_works_without_scripts(stage, visit_plain):
    tilda = visit_plain("tilda")
    logbook = adds_a_logbook(tilda)
    tomas = visit_plain("tomas")
    writes_later_and_submits(tomas, logbook)
    meera = becomes_the_mentor(stage, visit_plain, logbook)

    meera.opens(logbook).follows(re.compile("Tomas Trainee, 20 January 2026"))
    meera.sees("In the bakery.").ticks("I saw it").presses("Confirm").sees("Entry confirmed.")
    tilda.opens(logbook, about=stage.cast.tomas).sees("Confirmed by Meera Mentor")
    tilda.fills("Grade", "70").presses("Save and send grade").sees("70 of 100")

    wait_until(lambda: stage.cell(logbook, stage.cast.tomas).score == 70)
    tomas.opens(logbook).sees("70 of 100").sees("Confirmed by Meera Mentor")


def adds_a_logbook(tilda):
    tilda.goes_to("/add").page.get_by_role("link", name="Select content").click()
    tilda.arrives().chooses("Kind of activity", "logbook:work-meetings").presses("Continue")
    tilda.fills("Name of the activity", "My meetings").presses("Add to the course")
    tilda.presses("Go back to the course").presses("Save and return to course")
    tilda.page.get_by_role("heading", name="My meetings").wait_for()
    return tilda.stage.link_named("My meetings")


def writes_later_and_submits(tomas, logbook):
    tomas.opens(logbook).presses("Add entry").sees_heading("Logbook entry")
    tomas.fills("What did you talk about?", "In the bakery.").presses("Save and go on later")
    tomas.sees("Draft saved. Only you can see it.").follows("No date yet").presses("Submit")
    tomas.sees("There is a problem").sees("Choose the day this happened.")
    tomas.fills("Date", "2026-01-20").fills("Time spent", "1:30").presses("Submit")
    tomas.sees("Entry submitted.").sees("1 h 30 min")


def becomes_the_mentor(stage, visit_plain, logbook):
    meera = visit_plain("meera").opens(logbook).sees_heading("Nearly there")
    mentor, trainee = stage.player(stage.cast.meera), stage.player(stage.cast.tomas)
    stage.make(mentor, Role.MENTOR)
    stage.mentors(mentor, trainee)
    return meera


def test_a_quiz_works_without_scripts(stage, visit_plain):
    quiz = stage.place("quiz", title="Basics", template="mentoring-basics")
    tomas = visit_plain("tomas").opens(quiz).presses("Start the quiz")

    tomas.ticks("What would you try next?").presses("Check your answers")
    tomas.sees("You have not answered 5 questions.").presses("Hand in your answers")

    tomas.sees_heading("Result of try 1").sees("1 of 8")


def test_what_is_private_asks_for_nothing_but_scripts(stage, visit_plain):
    """A question before an act is a dialog of scripts; without them the act just happens."""
    logbook = stage.place("logbook", title="My meetings")
    tomas = visit_plain("tomas").opens(logbook).presses("Add entry")

    tomas.presses("Delete this draft").sees("Draft deleted.")
