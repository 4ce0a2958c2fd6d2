"""An administrator pastes one link, and the course site and Trellis know each other."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from lti_tool.services.registrations import invite
from tests.journeys.visitor import DESK

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def link(stage):
    """The link that the operator of Trellis sends."""
    with stage.database.transaction() as session:
        token = invite(session, lifetime=timedelta(hours=1), allows_private_network=True)
    return f"{stage.tool_url}/lti/register/{token}"


def test_a_site_is_registered_by_one_link_and_can_add_activities(stage, visit, link):
    ada = visit("ada", DESK)
    pastes(ada, link)
    ada.sees("asks to be registered").presses("Register this site").sees("Two steps are left")
    ada.presses("Close this window")
    ada.page.wait_for_url("**/site/tools")
    activates_the_newest_tool(ada)

    tilda = visit("tilda", DESK).goes_to("/add")
    tilda.page.get_by_role("link", name="Select content").last.click()
    tilda.arrives().sees_heading("Choose what to add to your course")


def test_the_link_works_once(visit, link):
    ada = visit("ada", DESK)
    pastes(ada, link)
    ada.presses("Register this site").sees("Two steps are left")

    pastes(ada, link)

    ada.sees("This registration link has been used, or is too old.")


def pastes(ada, link):
    ada.page.goto(f"{ada.stage.vle_url}/site/register")
    ada.page.get_by_label("Registration address").fill(link)
    ada.page.get_by_role("button", name="Begin").click()
    again = ada.page.get_by_role("link", name="Register it as a new tool")
    expect(ada.page.locator("iframe").or_(again)).to_be_visible()
    if again.count():
        again.click()
    ada.arrives()


def activates_the_newest_tool(ada):
    for name in ("Active", "Show in activity chooser"):
        ada.page.get_by_label(name).last.check()
    ada.page.get_by_role("button", name="Save").last.click()
