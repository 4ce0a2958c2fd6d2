"""Messages compared with those that a real Moodle sent (facts 4, 5, 7, 8, 10, 12, 19)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jwt
import pytest

from lti_tool.sandbox import CourseRole, Sandbox, launch
from lti_tool.sandbox.vocabulary import LTI

SAMPLES = Path(__file__).parent / "samples"
MOODLE = "http://localhost:8051"
LOCAL = "http://localhost:9900"
DIFFERENT_EACH_TIME = {"nonce", "iat", "exp"}


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))


def settled(claims):
    """Return *claims* as text without what differs from launch to launch or site to site."""
    kept = {name: value for name, value in claims.items() if name not in DIFFERENT_EACH_TIME}
    platform = kept[LTI + "tool_platform"]
    kept[LTI + "tool_platform"] = {**platform, "guid": "", "name": "", "description": ""}
    text = json.dumps(kept, indent=1)
    text = re.sub(r"sesskey=\w+", "sesskey=KEY", text)
    text = re.sub(r'launchid\\":\d+', 'launchid":0', text)
    return re.sub(r'hash\\":\\"\w*', 'hash":"', text)


@pytest.fixture
def measured():
    """The course, people and tool of the measured site."""
    sandbox = Sandbox(MOODLE)
    course = sandbox.add_course("WBL101", "Work-based learning 101")
    roles = [
        ("Tina", "Tutor", "tutor1", CourseRole.TUTOR),
        ("Tomas", "Assessor", "tutor2", CourseRole.ASSISTANT),
        ("Maja", "Mentor", "mentor1", CourseRole.MENTOR),
        ("Trainee1", "Learner", "trainee1", CourseRole.TRAINEE),
    ]
    for given, family, username, role in roles:
        email = f"{username}@example.com"
        person = sandbox.add_person(given, family, username=username, email=email)
        sandbox.enrol(course, person, role)
    named = sandbox.tables.person_named
    sandbox.add_group(course, "Bakery A", named("trainee1"), named("mentor1"))
    answer = sample("register_response")["body"]
    configuration = answer["https://purl.imsglobal.org/spec/lti-tool-configuration"]
    tool = sandbox.preregister(
        f"{LOCAL}/login",
        [f"{LOCAL}/launch"],
        name="Stub tool",
        client_id=answer["client_id"],
        jwks_url=f"{LOCAL}/jwks",
        custom_parameters=configuration["custom_parameters"],
    )
    return Measured(sandbox, course, tool)


class Measured:
    def __init__(self, sandbox, course, tool):
        self.sandbox, self.course, self.tool = sandbox, course, tool

    def person(self, username):
        return self.sandbox.tables.person_named(username)

    def add_logbook(self):
        about = {"description": "A <b>log</b>book", "custom": {"activity_id": "act1"}}
        return self.sandbox.add_link(
            self.course, self.tool, "Logbook 1", score_maximum=100, **about
        )

    def add_second_column(self, link):
        self.sandbox.add_item(self.course, self.tool, "Second", 10, link)

    def claims(self, form):
        query = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "redirect_uri": f"{LOCAL}/launch",
            "client_id": form["client_id"],
            "login_hint": form["login_hint"],
            "lti_message_hint": form["lti_message_hint"],
            "state": "s",
            "nonce": "n",
        }
        token = self.sandbox.authorize(query)[1]["id_token"]
        return jwt.decode(token, options={"verify_signature": False})


def test_a_tutors_launch_equals_moodles_word_for_word(measured):
    link = measured.add_logbook()

    claims = measured.claims(measured.sandbox.launch_form(measured.person("tutor1"), link))

    assert settled(claims) == settled(sample("launch_tutor")["payload"])


def test_a_mentors_launch_equals_moodles_and_says_instructor(measured):
    link = measured.add_logbook()

    claims = measured.claims(measured.sandbox.launch_form(measured.person("mentor1"), link))

    assert settled(claims) == settled(sample("launch_mentor_custom_role")["payload"])


def test_a_deep_linking_request_equals_moodles(measured):
    form = measured.sandbox.deep_linking_form(
        measured.person("tutor1"), measured.course, measured.tool
    )

    expected = sample("launch_deep_linking_tutor")["payload"]

    assert settled(measured.claims(form)) == settled(expected)


def test_a_submission_review_equals_moodles(measured):
    link = measured.add_logbook()
    measured.add_second_column(link)
    about = measured.person("trainee1")

    form = measured.sandbox.launch_form(measured.person("tutor1"), link, about=about)

    expected = sample("launch_submission_review_tutor")["payload"]
    assert settled(measured.claims(form)) == settled(expected)


def test_a_launch_in_a_copied_course_equals_moodles(measured):
    link = measured.add_logbook()
    measured.add_second_column(link)
    measured.sandbox.tables.next_ids["link"] = 4  # the measured copy's link became number 4
    copy = measured.sandbox.copy_course(measured.course)
    copied = measured.sandbox.tables.links_in(copy)[-1]

    claims = measured.claims(measured.sandbox.launch_form(measured.person("trainee1"), copied))

    assert settled(claims) == settled(sample("launch_trainee_in_copied_course")["payload"])


def test_the_login_form_has_moodles_fields_and_hint(measured):
    link = measured.add_logbook()

    form = measured.sandbox.launch_form(measured.person("trainee1"), link)

    expected = sample("login_args")
    assert list(form) == list(expected)
    hint, expected_hint = (json.loads(f.pop("lti_message_hint")) for f in (form, expected))
    assert form == expected
    assert list(hint) == list(expected_hint)
    assert re.fullmatch(r"ltilaunch1_\d+", hint["launchid"])
    assert hint["cmid"] != link.id


def test_the_header_of_a_launch_has_moodles_fields(measured):
    token = measured.sandbox.sign({"iss": MOODLE})

    assert jwt.get_unverified_header(token).keys() == sample("launch_tutor")["header"].keys()
    assert jwt.get_unverified_header(token)["alg"] == "RS256"


def test_the_stub_tool_and_the_hops_work_together(world, logbook):
    form = world.sandbox.launch_form(world.cast.tomas, logbook)

    answer = launch(world.browser, world.sandbox, form)

    assert answer.text == "Launched, 1"
