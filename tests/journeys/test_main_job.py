"""The main job: an entry from the trainee's phone to the mentor, the gradebook and the LRS."""

import re

import pytest
import requests
from playwright.sync_api import expect

from lti_tool.domain.records import Attempt
from tests.journeys.stage import raised_stage, wait_until
from tests.journeys.visitor import DESK

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

WORK = "We planned how I open the bakery on Monday."
MORE = " I learned where the light switch is."
VERBS = ["submitted", "returned", "submitted", "approved", "scored"]


@pytest.mark.lrs
class TestMainJob:
    @pytest.fixture
    def stage(self, database_url, ralph):
        """Both sites, with an LRS; once on each engine."""
        with raised_stage(database_url, lrs=ralph) as raised:
            yield raised

    def test_an_entry_goes_from_the_phone_to_the_gradebook_and_the_lrs(self, stage, visit, ralph):
        tilda, tomas, meera = visit("tilda", DESK), visit("tomas"), visit("meera")

        logbook = tilda_adds_a_logbook(tilda)
        tomas_writes_and_nothing_is_lost(tomas, logbook)
        meera_is_told_to_wait(meera, logbook)
        tilda_says_who_meera_is(tilda, logbook)
        meera_sends_back(meera, logbook)
        tomas_changes_it(tomas, logbook)
        meera_confirms(meera, logbook)
        tilda_grades(tilda, logbook)

        tilda_finds_the_grade_and_the_work_in_the_gradebook(tilda, logbook)
        assert stage.cell(logbook, stage.cast.tomas).feedback == "A good plan."
        wait_until(lambda: verbs_in(ralph, stage) == VERBS)


def tilda_adds_a_logbook(tilda):
    """By the dialog of the course, where Trellis stands in a frame."""
    tilda.goes_to("/add")
    tilda.page.get_by_role("link", name="Select content").click()
    tilda.arrives().sees("You are Tilda Tutor.")
    tilda.chooses("Kind of activity", "logbook:work-meetings").presses("Continue")
    tilda.fills("Name of the activity", "My meetings").presses("Add to the course")
    tilda.sees("Maximum grade: 100").presses("Save and return to course")
    expect(tilda.page.get_by_role("heading", name="My meetings")).to_be_visible()
    return tilda.stage.link_named("My meetings")


def tomas_writes_and_nothing_is_lost(tomas, logbook):
    tomas.opens(logbook).presses("Add entry").sees_heading("Logbook entry")
    tomas.types("What did you talk about?", WORK).sees(re.compile("Saved as draft .*Only you"))
    address = tomas.frame.url
    tomas.frame.goto(address)
    expect(tomas.field("What did you talk about?")).to_have_value(WORK)

    kill_the_page_of(tomas)
    tomas.opens(logbook).sees("For you to do").follows("No date yet")
    expect(tomas.field("What did you talk about?")).to_have_value(WORK)

    tomas.fills("Date", "2026-01-20").presses("45 min")
    expect(tomas.field("Time spent")).to_have_value("45")
    tomas.presses("Submit").sees("Entry submitted.")


def kill_the_page_of(visitor):
    """As when a phone loses its power: nothing more can be sent."""
    visitor.context.set_offline(True)
    visitor.page.close()
    visitor.context.set_offline(False)
    visitor.page = visitor.context.new_page()


def meera_is_told_to_wait(meera, logbook):
    meera.opens(logbook).sees_heading("Nearly there").sees("nothing is wrong")
    meera.misses("Tomas")


def tilda_says_who_meera_is(tilda, logbook):
    tilda.opens(logbook).follows("People").sees("Somebody to decide on")
    tilda.presses("Mentor (Meera Mentor)").sees("Saved. Meera Mentor: mentor.")
    row = tilda.there.get_by_role("row", name="Tomas Trainee")
    row.get_by_text("Add a mentor").click()
    row.get_by_role("combobox").last.select_option(label="Meera Mentor")
    row.get_by_role("button", name="Add", exact=True).click()
    expect(tilda.there.get_by_role("list", name="Mentors of Tomas Trainee")).to_be_visible()


def meera_sends_back(meera, logbook):
    meera.follows("Look again").sees("Waiting for you")
    meera.follows(re.compile("Tomas Trainee, 20 January 2026"))
    meera.sees(WORK).presses("Send back").sees("There is a problem")
    meera.fills("Comment", "What did you learn?").presses("Send back").sees("Entry sent back.")


def tomas_changes_it(tomas, logbook):
    tomas.opens(logbook).sees("What did you learn?").sees(re.compile("Sent back by Meera Mentor"))
    tomas.follows(re.compile("20 January 2026")).sees("What to change")
    tomas.field("What did you talk about?").press("ControlOrMeta+End")
    tomas.types("What did you talk about?", MORE).presses("Submit").sees("Entry submitted.")


def meera_confirms(meera, logbook):
    meera.opens(logbook).follows(re.compile("Tomas Trainee, 20 January 2026"))
    meera.sees(WORK + MORE).ticks("I saw it").presses("Confirm").sees("Entry confirmed.")
    meera.follows(re.compile("rainees")).sees("Nothing waits for you now.")


def tilda_grades(tilda, logbook):
    tilda.opens(logbook).follows("Tomas Trainee").sees("Confirmed by Meera Mentor")
    tilda.fills("Grade", "80").fills("Feedback for the trainee", "A good plan.")
    tilda.presses("Save and send grade").sees("80 of 100")


def tilda_finds_the_grade_and_the_work_in_the_gradebook(tilda, logbook):
    tilda.goes_to("/gradebook")
    cell = tilda.page.get_by_role("link", name="Tomas Trainee, My meetings: 80")
    expect(cell).to_be_visible()
    cell.click()
    tilda.arrives().sees_heading("Logbook of Tomas Trainee").sees(re.compile("^Sent"))


def verbs_in(lrs, stage):
    """What the LRS itself tells about the one attempt there is, oldest first."""
    (attempt,) = stage.stored(Attempt)
    answer = requests.get(
        f"{lrs.endpoint}/statements",
        params={"registration": str(attempt.id), "ascending": "true"},
        headers={"X-Experience-API-Version": "1.0.3"},
        auth=(lrs.key, lrs.secret),
        timeout=10,
    )
    told = sorted(answer.json()["statements"], key=lambda one: one["timestamp"])
    assert WORK not in answer.text
    return [one["verb"]["display"]["en"] for one in told]
