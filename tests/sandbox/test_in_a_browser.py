"""The demo as a newcomer goes through it, in a real browser and on a small screen."""

from __future__ import annotations

import jwt
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import request

from lti_tool.sandbox import Sandbox, create_sandbox_app, seed, serve
from lti_tool.sandbox.vocabulary import DEEP_LINKING, LTI
from tests.sandbox import stub_tool
from tests.sandbox.stub_tool import StubTool

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
ITEMS = [
    {"type": "ltiResourceLink", "title": "A diary", "lineItem": {"scoreMaximum": 20}},
    {"type": "ltiResourceLink", "title": "A quiz"},
]


def answer_of(stub):
    """Return the stub's page for the launch that it was just sent."""
    claims = jwt.decode(request.form["id_token"], options={"verify_signature": False})
    if claims[LTI + "message_type"] == "LtiDeepLinkingRequest":
        address = claims[DEEP_LINKING + "deep_linking_settings"]["deep_link_return_url"]
        token = stub.content(claims, ITEMS)
        field = f'<input type="hidden" name="JWT" value="{token}">'
        return f'<form method="post" action="{address}">{field}<button>Choose</button></form>'
    back = claims[LTI + "launch_presentation"]["return_url"]
    about = claims.get(LTI + "for_user", {}).get("user_id", "nobody")
    return f'<p>{claims["name"]} about {about}</p><a href="{back}&lti_msg=Saved">Back</a>'


@pytest.fixture
def served(monkeypatch):
    """The sandbox on one site and a stub tool on another, as the browser sees it."""
    stub, sandbox = StubTool(), Sandbox()
    cast = seed(sandbox)
    stub.app.view_functions["launch"] = lambda: answer_of(stub)
    app = create_sandbox_app(sandbox)
    with serve(app) as server, serve(stub.app, "localhost") as tool_server:
        monkeypatch.setattr(stub_tool, "HOST", tool_server.url)
        sandbox.preregister(
            f"{tool_server.url}/login",
            [f"{tool_server.url}/launch"],
            jwks_url=f"{tool_server.url}/jwks",
            client_id=stub.client_id,
        )
        yield sandbox, cast, server.url


@pytest.fixture
def page(chromium):
    with chromium.new_page(viewport={"width": 320, "height": 700}) as page:
        yield page


def assert_usable(page):
    """Assert that nobody is kept out of *page* and that it does not scroll sideways."""
    violations = Axe().run(page, options=RULES).response["violations"]
    assert [(found["id"], found["nodes"][0]["html"]) for found in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_newcomer_adds_activities_sees_a_grade_arrive_and_opens_the_work(page, served):
    sandbox, cast, url = served
    page.goto(f"{url}/as/tilda/course/2")
    page.get_by_role("link", name="Add an activity").click()
    page.get_by_role("link", name="Select content").click()
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Choose").click()
    frame.get_by_text("Maximum grade: 20").wait_for()
    frame.get_by_role("button", name="Save and return to course").click()
    page.get_by_role("heading", name="A quiz").wait_for()

    page.get_by_role("link", name="Gradebook").click()
    page.get_by_label("Keep this page up to date").wait_for()
    sandbox.override_grade(next(iter(sandbox.tables.items.values())), cast.tomas, 17)
    page.get_by_role("link", name="Tomas Trainee, A diary: 17").click()

    frame.get_by_text(f"Tilda Tutor about {cast.tomas.id}").wait_for()
    frame.get_by_role("link", name="Back").click()
    frame.get_by_text("Saved").wait_for()
    frame.get_by_role("link", name="Return to the course").click()
    page.wait_for_url(f"{url}/as/tilda/course/2")


def test_every_page_is_usable_on_a_small_screen(page, served):
    sandbox, cast, url = served
    tool = sandbox.tables.tools[1]
    sandbox.add_link(cast.course, tool, "Logbook", score_maximum=100)
    course = "/as/tilda/course/2"
    paths = ["/", course, f"{course}/activity/1", f"{course}/add", f"{course}/add/1"]
    paths += [f"{course}/gradebook", f"{course}/people", "/as/nobody/course/2"]
    paths += [f"/site/{name}" for name in ("tools", "register", "break", "records")]

    for path in paths:
        page.goto(url + path)
        assert_usable(page)


def test_the_registration_page_leaves_when_the_tool_says_so(page, served):
    url = served[2]
    page.goto(f"{url}/site/register?url=http://localhost:9/register")

    page.evaluate("window.postMessage({subject: 'org.imsglobal.lti.close'}, '*')")

    page.wait_for_url(f"{url}/site/tools")
