"""Cookies that stay away, tabs, the browser's own buttons, and sessions that end."""

import json
import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from lti_tool.domain.base import utc_now
from lti_tool.domain.records import Record
from lti_tool.domain.sessions import LaunchSession
from tests.browser import ARGUMENTS
from tests.journeys.conftest import listen_for_troubles
from tests.journeys.stage import wait_until
from tests.journeys.visitor import DESK, PHONE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

BLOCKED = 2
"""What chromium's preferences call a blocked cookie."""
UNDER_THE_VLE = {"*,http://localhost": {"setting": BLOCKED}}
IN_FRAMES = {"content_settings": {"exceptions": {"cookies": UNDER_THE_VLE}}}
EVERYWHERE = {"default_content_setting_values": {"cookies": BLOCKED}}


@pytest.fixture
def logbook(stage):
    return stage.place("logbook", title="My meetings")


@pytest.fixture
def visit_blocking(playwright_driver, chromium_path, stage, tmp_path):
    """Call it with a name and preferences: a browser whose owner has blocked cookies."""
    contexts, troubles = [], []

    def sit_down(who, profile):
        home = tmp_path / f"browser-{len(contexts)}"
        (home / "Default").mkdir(parents=True)
        (home / "Default" / "Preferences").write_text(json.dumps({"profile": profile}))
        context = playwright_driver.chromium.launch_persistent_context(
            home, executable_path=chromium_path, args=ARGUMENTS, viewport=PHONE
        )
        context.set_default_timeout(15_000)
        listen_for_troubles(context, troubles)
        contexts.append(context)
        return Visitor(stage, who, context)

    yield sit_down
    for context in contexts:
        context.close()
    assert troubles == []


def continues_in_a_tab(visitor):
    """Press the button of the page in the frame; return the new tab as somebody's own."""
    with visitor.context.expect_page() as opened:
        visitor.presses("Open in a new tab")
    visitor.page, visitor.is_framed = opened.value, False
    return visitor


def test_without_cookies_in_frames_the_work_goes_on_in_a_new_tab(visit_blocking, logbook):
    tomas = visit_blocking("tomas", IN_FRAMES)
    tomas.opens(logbook).sees_heading("Open in a new tab").sees("Tomas Trainee")

    continues_in_a_tab(tomas).sees_heading("Your logbook").presses("Add entry")
    tomas.types("What did you talk about?", "In a tab.").sees("Saved as draft")

    tomas.page.reload()
    expect(tomas.field("What did you talk about?")).to_have_value("In a tab.")


def test_the_button_to_a_new_tab_works_once_and_says_so(visit_blocking, logbook):
    tomas = visit_blocking("tomas", IN_FRAMES)
    course_page = tomas.opens(logbook).page
    continues_in_a_tab(tomas).sees_heading("Your logbook")

    tomas.page, tomas.is_framed = course_page, True
    continues_in_a_tab(tomas).sees("This button has been used already")
    tomas.sees("Go back to your course")


def test_a_gradebook_cell_leads_to_the_trainee_in_a_new_tab_too(
    stage, visit, visit_blocking, logbook
):
    visit("tomas").opens(logbook).sees_heading("Your logbook")
    tilda = visit_blocking("tilda", IN_FRAMES)
    tilda.opens(logbook, about=stage.cast.tomas)

    continues_in_a_tab(tilda).sees_heading("Logbook of Tomas Trainee")


def test_where_cookies_are_blocked_everywhere_the_reader_is_told(visit_blocking, logbook):
    tomas = visit_blocking("tomas", EVERYWHERE)
    tomas.opens(logbook)

    continues_in_a_tab(tomas).sees("cookies")


def test_two_tabs_in_two_courses_do_not_mix(stage, visit, logbook):
    stage.sandbox.enrol(stage.cast.other_course, stage.cast.tomas)
    other = stage.place("logbook", title="Kitchen", course=stage.cast.other_course)
    here = visit("tomas")
    here.opens(logbook).presses("Add entry").types("What did you talk about?", "Bakery.")
    there = Visitor(stage, "tomas", here.context)
    there.opens(other, course=stage.cast.other_course).presses("Add entry")
    there.types("What did you talk about?", "Kitchen.")

    here.page.bring_to_front()
    here.presses("Save and go on later").sees("Draft saved").sees("Bakery.").misses("Kitchen.")
    there.page.bring_to_front()
    there.presses("Save and go on later").sees("Draft saved").sees("Kitchen.").misses("Bakery.")


def test_back_after_a_submit_shows_the_entry_as_it_stands(stage, visit, logbook):
    tomas = visit("tomas")
    tomas.opens(logbook).presses("Add entry")
    writes_an_entry(tomas)
    tomas.presses("Submit").sees("Entry submitted.")

    tomas.page.evaluate("history.back()")

    tomas.sees("Take back and change").misses("Save and go on later")
    tomas.opens(logbook).sees("Submitted entries").misses("For you to do")
    assert len(stage.stored(Record)) == 1


def test_back_to_a_mistake_that_was_mended_shows_the_form(visit, logbook):
    tomas = visit("tomas")
    tomas.opens(logbook).presses("Add entry").presses("Submit").sees("There is a problem")
    tomas.fills("Time spent", "never").presses("Submit").sees("Type the time in minutes")
    writes_an_entry(tomas)
    tomas.presses("Save and go on later").sees("Draft saved")

    tomas.page.evaluate("history.back()")

    tomas.sees_heading("Logbook entry")
    expect(tomas.field("What did you talk about?")).to_have_value("Bakery.")


def test_back_to_a_grade_that_was_refused_shows_the_record(stage, visit, logbook):
    visit("tomas").opens(logbook)
    tilda = visit("tilda", DESK)
    tilda.opens(logbook).follows("Tomas Trainee").fills("Grade", "101")
    tilda.presses("Save and send grade").sees("There is a problem")
    tilda.fills("Grade", "64").presses("Save and send grade").sees("64 of 100")

    tilda.page.evaluate("history.back()")

    tilda.sees_heading("Tomas Trainee").sees("64 of 100").misses("There is a problem")


def test_submitting_by_a_double_click_makes_one_entry(stage, visit, logbook):
    tomas = visit("tomas")
    tomas.opens(logbook).there.get_by_role("button", name="Add entry").dblclick()
    tomas.sees_heading("Logbook entry")
    writes_an_entry(tomas)

    tomas.there.get_by_role("button", name="Submit", exact=True).dblclick()

    tomas.sees("Entry submitted.")
    assert len(stage.stored(Record)) == 1


def test_reloading_right_after_the_launch_keeps_the_reader_in(visit, logbook):
    tomas = visit("tomas")
    tomas.opens_alone(logbook).sees_heading("Your logbook")

    tomas.page.reload()

    tomas.sees_heading("Your logbook").sees("Tomas Trainee")


def test_what_was_typed_into_a_session_that_ended_is_saved_and_shown(stage, visit, logbook):
    tomas = visit("tomas")
    tomas.opens(logbook).presses("Add entry").sees_heading("Logbook entry")
    end_all_sessions(stage)

    tomas.types("What did you talk about?", "Typed much too late to be lost.")
    tomas.sees("Saved. Open the activity from your course to go on.")
    tomas.fills("Time spent", "45").presses("Submit")

    tomas.sees("This page has been closed").sees("What you typed is saved.")
    tomas.sees("What you had typed").sees("Typed much too late to be lost.")
    tomas.opens(logbook).follows(re.compile("Typed much|No date yet"))
    expect(tomas.field("What did you talk about?")).to_have_value("Typed much too late to be lost.")
    expect(tomas.field("Time spent")).to_have_value("45")


def test_two_tabs_on_one_draft_ask_which_text_to_keep_and_lose_neither(stage, visit, logbook):
    one = visit("tomas")
    one.opens(logbook).presses("Add entry").sees_heading("Logbook entry")
    two = Visitor(stage, "tomas", one.context)
    two.opens(logbook).follows(re.compile("No date yet"))
    one.types("What did you talk about?", "The first text of the two.").sees("Saved as draft")

    two.page.bring_to_front()
    two.types("What did you talk about?", "The second text of the two.")
    two.sees("Both texts are kept.").presses("Keep this text").sees("Saved as draft")

    one.page.bring_to_front()
    one.types("What did you talk about?", " And more.").sees("Both texts are kept.")
    one.presses("Show the other text").sees("What you wrote on another page")
    expect(one.field("What did you talk about?")).to_have_value("The second text of the two.")
    one.sees("The first text of the two. And more.")


def test_a_tab_that_is_closed_at_once_still_keeps_the_last_words(stage, visit, logbook):
    tomas = visit("tomas")
    tomas.opens(logbook).presses("Add entry").types("What did you talk about?", "Last words.")

    tomas.page.close(run_before_unload=True)

    wait_until(lambda: "Last words." in str([record.draft for record in stage.stored(Record)]))


def test_a_connection_that_comes_back_saves_what_was_typed_meanwhile(stage, visit, logbook):
    tomas = visit("tomas")
    tomas.opens(logbook).presses("Add entry").sees_heading("Logbook entry")
    tomas.context.set_offline(True)
    tomas.types("What did you talk about?", "In the lift.").sees("No connection.")

    tomas.context.set_offline(False)

    tomas.sees("Saved as draft")
    assert "In the lift." in str(stage.stored(Record)[0].draft)


def test_what_was_typed_before_the_script_came_is_saved_too(stage, visit, logbook):
    tomas = visit("tomas")
    held = []
    tomas.opens(logbook)
    tomas.page.route("**/autosave*.js*", lambda route: held.append(route))
    tomas.presses("Add entry").sees_heading("Logbook entry")
    tomas.types("What did you talk about?", "In the lift.")

    held[0].continue_()

    tomas.sees("Saved as draft")
    assert "In the lift." in str(stage.stored(Record)[0].draft)


def writes_an_entry(tomas):
    tomas.fills("What did you talk about?", "Bakery.")
    tomas.fills("Date", "2026-01-20").fills("Time spent", "45")


def end_all_sessions(stage):
    with stage.database.transaction() as session:
        ended = update(LaunchSession).values(expires_at=utc_now() - timedelta(minutes=1))
        session.execute(ended)
