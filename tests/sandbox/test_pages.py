"""The pages that a newcomer sees."""

from __future__ import annotations

import re

import pytest

from lti_tool.sandbox import CourseRole
from lti_tool.sandbox.vocabulary import LTI

COURSE = "/as/tilda/course/2"


def page(world, path, status=200):
    answer = world.vle.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def links_of(world):
    return [link.title for link in world.sandbox.tables.links_in(world.cast.course)]


def test_the_front_page_offers_everybody_in_a_window_of_their_own(world, cast):
    shown = page(world, "/")

    for person in world.sandbox.tables.people.values():
        assert f'target="_blank" rel="noopener" href="/as/{person.username}/course/' in shown


def test_every_page_says_that_it_is_a_sandbox(world, logbook):
    paths = ["/", COURSE, f"{COURSE}/gradebook", f"{COURSE}/people", f"{COURSE}/add"]
    paths += ["/site/tools", "/site/register", "/site/break", "/site/records"]

    for path in paths:
        assert "Nothing in it is real" in page(world, path)


def test_no_page_sets_a_cookie(world, logbook):
    for path in ("/", COURSE, f"{COURSE}/activity/1/open"):
        assert "Set-Cookie" not in world.vle.get(path).headers


def test_two_people_in_one_browser_stay_themselves(world, logbook):
    ids = [
        re.search(r'name="login_hint" value="(\d+)"', page(world, path)).group(1)
        for path in ("/as/tilda/course/2/activity/1/open", "/as/tomas/course/2/activity/1/open")
    ]

    assert ids == [str(world.cast.tilda.id), str(world.cast.tomas.id)]


def test_an_activity_opens_in_a_frame_by_a_form_to_the_tool(world, logbook):
    shown = page(world, f"{COURSE}/activity/1")

    source = re.search(r'<iframe[^>]* src="([^"]+)"', shown).group(1)
    assert 'action="http://tool.test/login"' in page(world, source)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/as/nobody/course/2", 404),
        ("/as/tilda/course/77", 404),
        ("/as/otto/course/2", 403),
        ("/as/tilda/course/2/activity/9", 404),
        ("/as/olga/course/3/activity/1", 403),
        ("/as/tomas/course/2/add", 403),
        ("/as/meera/course/2/add", 403),
        ("/as/tilda/course/2/activity/1?about=99", 404),
        ("/mod/lti/return.php?course=2", 404),
        ("/site/register?url=javascript:alert(1)", 400),
    ],
)
def test_a_wrong_address_gets_a_readable_page(world, logbook, path, status):
    assert "This did not work" in page(world, path, status)


def test_the_gradebook_shows_grades_and_leads_to_the_work(world, cast, logbook, column):
    world.score(column, cast.tomas, 80, comment="Well done")

    shown = page(world, f"{COURSE}/gradebook")

    address = f"/as/tilda/course/2/activity/{logbook.id}?about={cast.tomas.id}"
    assert f'<a href="{address}" aria-label="Tomas Trainee, Logbook 1: 80">80</a>' in shown
    assert "Well done" in shown
    frame = page(world, address)
    assert f"open?about={cast.tomas.id}" in frame


def test_a_cell_begins_a_submission_review(world, cast, logbook):
    opened = page(world, f"{COURSE}/activity/1/open?about={cast.tomas.id}")
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', opened))
    form["lti_message_hint"] = form["lti_message_hint"].replace("&#34;", '"')

    claims = world.finish(form)

    assert claims[LTI + "message_type"] == "LtiSubmissionReviewRequest"
    assert claims[LTI + "for_user"] == {"user_id": str(cast.tomas.id)}


def test_a_trainee_sees_only_their_own_grade(world, cast, column):
    for person, points in ((cast.tomas, 80), (cast.omar, 70)):
        world.score(column, person, points)

    shown = page(world, "/as/tomas/course/2/gradebook")

    assert "80" in shown
    assert "Omar" not in shown
    assert "Delete this column" not in shown


def test_a_grade_can_be_typed_by_hand(world, cast, column):
    form = {"person": str(cast.tomas.id), "grade": "55"}

    world.vle.post(f"{COURSE}/gradebook/columns/{column.id}/override", data=form)

    assert world.grade(column, cast.tomas) == (55, None)
    assert "typed by hand" in page(world, f"{COURSE}/gradebook")


def test_a_grade_typed_by_hand_is_capped_too(world, cast, column):
    world.sandbox.override_grade(column, cast.tomas, 500)

    assert world.grade(column, cast.tomas) == (100, None)


@pytest.mark.parametrize("grade", ["", "many", "nan"])
def test_a_grade_that_is_no_number_is_refused(world, cast, column, grade):
    form = {"person": str(cast.tomas.id), "grade": grade}

    path = f"{COURSE}/gradebook/columns/{column.id}/override"

    assert world.vle.post(path, data=form).status_code == 400
    assert world.grade(column, cast.tomas) == (None, None)


def test_an_activity_can_be_added_without_choosing_content(world):
    world.vle.post(f"{COURSE}/add/{world.tool.id}", data={"title": "Plain"})

    link = world.sandbox.tables.links_in(world.cast.course)[0]
    assert (link.title, link.custom) == ("Plain", "")
    assert world.sandbox.tables.items_of(link) == []


def test_a_course_is_copied_by_a_button(world, logbook):
    answer = world.vle.post(f"{COURSE}/copy")

    assert "Work-based learning 101 copy 1" in page(world, answer.headers["Location"])


def test_an_activity_is_duplicated_by_a_button(world, logbook):
    world.vle.post(f"{COURSE}/activity/1/duplicate")

    assert links_of(world) == ["Logbook 1", "Logbook 1 (copy)"]


def test_people_can_be_enrolled_changed_and_taken_out(world, cast):
    def change(role):
        form = {"person": str(cast.otto.id), "role": role}
        world.vle.post(f"{COURSE}/people", data=form)
        place = world.sandbox.tables.enrolment(cast.course, cast.otto)
        return place.role if place else None

    assert change("student") is CourseRole.TRAINEE
    assert change("workmentor") is CourseRole.MENTOR
    assert change("") is None


@pytest.mark.parametrize("path", ["people", "copy", "add/1", "activity/1/duplicate"])
def test_a_trainee_cannot_change_the_course(world, logbook, path):
    answer = world.vle.post(f"/as/tomas/course/2/{path}", data={"person": "3", "role": ""})

    assert answer.status_code == 403
    assert links_of(world) == ["Logbook 1"]


def test_another_site_cannot_press_the_buttons(world, logbook):
    headers = {"Origin": "http://evil.test"}

    answer = world.vle.post(f"{COURSE}/copy", headers=headers)

    assert answer.status_code == 403
    assert len(world.sandbox.tables.courses) == 2


def test_the_sandbox_itself_may_press_them(world, logbook):
    answer = world.vle.post(f"{COURSE}/copy", headers={"Origin": "http://localhost"})

    assert answer.status_code == 303


def test_the_tools_message_is_shown_on_the_way_back(world, logbook):
    presentation = world.launch(world.cast.tomas, logbook)[LTI + "launch_presentation"]
    path = presentation["return_url"].removeprefix("http://vle.test")

    shown = page(world, f"{path}&lti_msg=All+saved&lti_errormsg=Not+%3Cb%3Eall")

    assert "All saved" in shown
    assert "Not &lt;b&gt;all" in shown
    assert 'target="_top" href="/as/tomas/course/2"' in shown


def test_from_a_window_the_way_back_is_straight(world, logbook):
    claims = world.launch(world.cast.tomas, logbook, container="window")
    path = claims[LTI + "launch_presentation"]["return_url"].removeprefix("http://vle.test")

    assert world.vle.get(path).headers["Location"] == "/as/tomas/course/2"


def test_privacy_is_switched_on_the_tools_page(world, logbook):
    form = {"active": "on", "in_chooser": "on", "send_email": "on"}

    world.vle.post(f"/site/tools/{world.tool.id}", data=form)

    claims = world.launch(world.cast.tomas, logbook)
    assert "name" not in claims
    assert claims["email"] == "tomas@example.org"


def test_registration_runs_in_a_frame(world):
    shown = page(world, "/site/register?url=http://other.test/register")

    assert 'src="http://other.test/register?openid_configuration=' in shown


def test_a_known_address_asks_whether_to_update(world):
    asked = page(world, "/site/register?url=http://tool.test/register")
    update = page(world, "/site/register?url=http://tool.test/register&update=1")

    assert "Update Stub tool" in asked
    assert "<iframe" not in asked
    assert "registration_token=" in update


def test_faults_are_switched_on_a_page(world, logbook):
    headers = world.bearer()

    world.vle.post("/site/break", data={"down": "on", "slow_seconds": "0.5", "roster_page": "x"})

    assert world.sandbox.faults.active() == ["down", "slow_seconds"]
    world.vle.post("/site/break", data={})
    assert world.roster(headers=headers).status_code == 200


def test_the_fault_page_lists_what_tools_asked(world, cast, column):
    world.score(column, cast.tomas, 80)

    shown = page(world, "/site/break")

    assert f"/lineitems/{column.id}/lineitem/scores" in shown
    assert "&#34;scoreGiven&#34;: 80" in shown or '"scoreGiven": 80' in shown


def test_the_signing_key_is_changed_by_a_button(world):
    before = world.vle.get("/mod/lti/certs.php").json

    world.vle.post("/site/rotate-key")

    assert world.vle.get("/mod/lti/certs.php").json != before


def test_pages_run_no_script_but_their_own(world, logbook):
    for path in ("/", COURSE, f"{COURSE}/gradebook", f"{COURSE}/activity/1/open"):
        answer = world.vle.get(path)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert re.findall(r"<script(?![^>]*src=)", answer.text) == []
