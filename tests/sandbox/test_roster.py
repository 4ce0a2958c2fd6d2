"""The roster (facts 7 and 21)."""

from __future__ import annotations

import re

import pytest

from lti_tool.sandbox import CourseRole
from lti_tool.sandbox.vocabulary import LTI, NRPS_SERVICE, ROSTER_ADMINISTRATOR, ROSTER_TYPE

NEXT = re.compile(r'<([^>]+)>; rel="next"')


@pytest.fixture(autouse=True)
def _used(logbook):
    """A roster is there only for a course that uses the tool."""


def roles(answer):
    return {member["given_name"]: member["roles"] for member in answer.json["members"]}


def all_pages(world, query):
    """Follow the links and return the ids on every page."""
    url = world.sandbox.roster_url(world.cast.course, world.tool) + query
    pages = []
    while url:
        answer = world.call("GET", url, ROSTER_TYPE)
        assert answer.status_code == 200, answer.text
        pages.append([member["user_id"] for member in answer.json["members"]])
        found = NEXT.match(answer.headers.get("Link", ""))
        url = found.group(1) if found else None
    return pages


def test_the_whole_course_comes_at_once(world, cast):
    answer = world.roster()

    assert answer.mimetype == ROSTER_TYPE
    assert len(answer.json["members"]) == 8
    assert "Link" not in answer.headers
    assert answer.json["context"] == {
        "id": str(cast.course.id),
        "label": cast.course.label,
        "title": cast.course.title,
    }
    assert answer.json["id"] == world.sandbox.roster_url(cast.course, world.tool)


def test_the_launch_tells_where_the_roster_is(world, logbook, cast):
    service = world.launch(cast.tilda, logbook)[NRPS_SERVICE]

    assert service["service_versions"] == ["1.0", "2.0"]
    assert world.call("GET", service["context_memberships_url"], ROSTER_TYPE).status_code == 200


def test_a_member_is_described_as_moodle_does(world, cast):
    member = next(m for m in world.roster().json["members"] if m["given_name"] == "Tomas")

    assert member == {
        "status": "Active",
        "roles": ["Learner"],
        "user_id": str(cast.tomas.id),
        "lis_person_sourcedid": "",
        "name": "Tomas Trainee",
        "given_name": "Tomas",
        "family_name": "Trainee",
        "email": "tomas@example.org",
        "ext_user_username": "tomas",
    }


def test_only_who_may_edit_is_instructor_in_the_roster(world):
    found = roles(world.roster())

    assert found["Tilda"] == ["Instructor"]
    assert found["Nils"] == found["Meera"] == found["Tomas"] == ["Learner"]


def test_an_enrolled_administrator_has_an_odd_second_role(world, cast):
    world.sandbox.enrol(cast.course, cast.ada, CourseRole.TUTOR)

    assert roles(world.roster())["Ada"] == ["Instructor", ROSTER_ADMINISTRATOR]


@pytest.mark.parametrize(
    "role", ["Instructor", "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"]
)
def test_the_roster_can_be_asked_for_one_role(world, role):
    answer = world.roster(query="?role=" + role.replace("#", "%23"))

    assert roles(answer).keys() == {"Tilda"}


def test_an_unknown_role_filters_nothing(world):
    assert len(world.roster(query="?role=Mentor").json["members"]) == 8


def test_who_left_or_is_suspended_is_not_listed(world, cast):
    world.sandbox.unenrol(cast.course, cast.omar)
    world.sandbox.tables.enrolment(cast.course, cast.sigrun).active = False

    found = roles(world.roster())

    assert not {"Omar", "Sigrún"} & found.keys()
    assert len(found) == 6


def test_names_and_mail_can_be_withheld(world, cast):
    world.tool.send_name = world.tool.send_email = False

    member = world.roster().json["members"][0]

    assert member.keys() == {"status", "roles", "user_id", "lis_person_sourcedid"}


def test_pages_follow_each_other_by_a_link(world):
    pages = all_pages(world, "?limit=3")

    assert [len(page) for page in pages] == [3, 3, 2]
    assert len({user_id for page in pages for user_id in page}) == 8


def test_the_next_page_forgets_the_role(world):
    answer = world.roster(query="?role=Learner&limit=2")

    assert "role=" not in NEXT.match(answer.headers["Link"]).group(1)


def test_pages_can_be_forced_and_named_by_tokens_that_mind_capitals(world):
    world.sandbox.forced_page_size, world.sandbox.opaque_pages = 3, True

    first = world.roster()

    link = NEXT.match(first.headers["Link"]).group(1)
    token = link.partition("page=")[2]
    assert [len(page) for page in all_pages(world, "")] == [3, 3, 2]
    assert token != token.lower()
    assert world.call("GET", link.replace(token, token.lower()), ROSTER_TYPE).status_code == 400


def test_a_page_can_fail_in_the_middle(world):
    world.sandbox.faults.roster_page = 2

    assert world.roster(query="?limit=3").status_code == 200
    assert world.roster(query="?limit=3&from=3").status_code == 500
    assert world.roster(query="?limit=3&from=6").status_code == 200


def test_a_link_adds_a_message_to_every_member(world, logbook):
    answer = world.roster(query=f"?rlid={logbook.id}")

    messages = [member["message"][0] for member in answer.json["members"]]
    assert {message[LTI + "message_type"] for message in messages} == {"LtiResourceLinkRequest"}
    assert world.roster(query="?rlid=77").status_code == 404


def test_another_media_type_is_refused(world, cast):
    url = world.sandbox.roster_url(cast.course, world.tool)

    assert world.call("GET", url, "application/json").status_code == 400
    assert world.call("GET", url, "*/*").status_code == 200


def test_a_token_of_another_tool_does_not_open_the_roster(world, cast):
    url = f"/mod/lti/services.php/CourseSection/{cast.course.id}/bindings/9/memberships"

    assert world.call("GET", url, ROSTER_TYPE).status_code == 401


def test_a_site_wide_tool_can_read_any_course(world, cast):
    assert roles(world.roster(cast.other_course)).keys() == {"Olga", "Otto"}


def test_groups_are_not_in_the_roster(world):
    assert "group" not in world.roster().text
