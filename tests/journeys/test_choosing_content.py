"""The dialog of the course in which a tutor chooses what to add, and links without content."""

import pytest
from playwright.sync_api import expect

from lti_tool.domain.people import Membership
from tests.journeys.stage import wait_until
from tests.journeys.visitor import DESK

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def tilda(visit):
    tilda = visit("tilda", DESK).goes_to("/add")
    tilda.page.get_by_role("link", name="Select content").click()
    return tilda.arrives()


def chooses(tilda, number, kind):
    """Choose the kind of the activity of that number, counted from 1."""
    tilda.there.get_by_label("Kind of activity").nth(number - 1).select_option(kind)
    return tilda


def test_two_activities_are_added_at_once(stage, visit, tilda):
    chooses(tilda, 1, "quiz:mentoring-basics").presses("Continue")
    tilda.presses("Add one more activity")
    chooses(tilda, 2, "checklist:kitchen-hygiene").presses("Continue")
    tilda.there.get_by_label("Name of the activity").nth(1).fill("Hygiene")
    tilda.presses("Add all to the course").sees("Hygiene").presses("Save and return to course")

    expect(tilda.page.get_by_role("heading", name="Hygiene")).to_be_visible()
    titles = [link.title for link in stage.sandbox.tables.links_in(stage.cast.course)]
    assert len(titles) == 2
    tomas = visit("tomas")
    tomas.opens(stage.link_named("Hygiene")).sees("0 of 8")
    tomas.opens(stage.link_named(titles[0])).sees("Start the quiz")


def test_going_on_without_a_choice_says_what_is_missing(tilda):
    tilda.presses("Continue").sees("There is a problem")
    tilda.sees("Choose a kind of activity from the list.")


def test_a_wrong_maximum_is_said_and_the_rest_is_kept(tilda):
    chooses(tilda, 1, "logbook:work-meetings").presses("Continue")
    tilda.fills("Name of the activity", "Mine").fills("Highest grade", "1000")

    tilda.presses("Add to the course").sees("There is a problem")

    expect(tilda.field("Name of the activity")).to_have_value("Mine")
    expect(tilda.field("Highest grade")).to_have_value("1000")


def test_cancel_adds_nothing(stage, tilda):
    tilda.presses("Cancel").sees("Nothing was selected.")
    assert stage.sandbox.tables.links_in(stage.cast.course) == []


def test_a_link_without_content_is_set_up_by_the_tutor_on_the_spot(stage, visit):
    empty = stage.sandbox.add_link(stage.cast.course, stage.tool, "Something")
    tomas, tilda = visit("tomas"), visit("tilda", DESK)
    tomas.opens(empty).sees("Your tutor has not chosen yet what happens here.")

    # A first launch may not say that she may edit; the course's list does, a moment later.
    tilda.opens(empty)
    wait_until(lambda: stage.stored(Membership, may_edit=True))
    tilda.opens(empty).sees_heading("Choose an activity").follows("Work meeting log")
    tilda.presses("Create the activity").sees("The activity is ready.")

    tomas.follows("Look again").sees_heading("Your logbook")
