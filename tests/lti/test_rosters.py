"""The list of a course, read from a real service page by page, and what bad pages do."""

import json

import pytest
from flask import Response
from sqlalchemy import update

from lti_tool.domain.courses import Course
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.roles import Hint, Role
from lti_tool.lti import roster as reading
from lti_tool.lti.connector import next_page
from lti_tool.lti.roster import read_member
from lti_tool.outbox.models import DeliveryState


@pytest.fixture
def opened(world, tomas, link):
    """Tomas has been here, so the list is asked for; nothing is read yet."""
    tomas.launch(link)
    return tomas


def subs(world):
    ids = {m.person_id for m in world.stored(Membership) if m.in_roster}
    return {p.sub for p in world.stored(Person) if p.id in ids}


def enrolled(world):
    rows = world.sandbox.tables.enrolled_in(world.cast.course)
    return {str(person.id) for person, _ in rows}


def course(world):
    return world.stored(Course, context_id=str(world.cast.course.id))[0]


def ask_again(world, tutor):
    """Have the list read anew, as after an hour."""
    with world.database.transaction() as session:
        session.execute(update(Course).values(roster_queued_at=None))
    tutor.post("people.update_list")


def pages(world):
    return [c for c in world.sandbox.calls if "/memberships" in c.path]


def test_the_whole_list_is_read_after_the_first_launch(world, opened):
    world.deliver()

    assert subs(world) == enrolled(world)
    assert course(world).roster_synced_at is not None


@pytest.mark.parametrize("opaque", [False, True], ids=["numbered", "opaque"])
def test_every_page_is_followed_as_its_address_is_spelt(world, opened, opaque):
    world.sandbox.forced_page_size, world.sandbox.opaque_pages = 3, opaque
    for n in range(250):
        person = world.sandbox.add_person(f"Trainee{n}")
        world.sandbox.enrol(world.cast.course, person)
    world.deliver()

    assert subs(world) == enrolled(world)
    assert len(pages(world)) == 3  # asked for a hundred at a time


@pytest.mark.timeout(120)
def test_five_thousand_people_are_read(world, opened):
    for n in range(5_000):
        world.sandbox.enrol(world.cast.course, world.sandbox.add_person(f"T{n}"))
    while world.deliver(seconds=2).claimed:
        pass

    assert subs(world) == enrolled(world)
    assert len(subs(world)) > 5_000


def test_a_long_list_is_read_in_several_turns(world, opened, monkeypatch):
    monkeypatch.setattr(reading, "TURN_SECONDS", 0.0)
    for n in range(350):
        world.sandbox.enrol(world.cast.course, world.sandbox.add_person(f"T{n}"))
    turns = 0
    while world.deliver(seconds=2 * turns + 2).claimed:
        turns += 1

    assert turns >= 2
    assert subs(world) == enrolled(world)


def test_a_failed_page_removes_nobody_and_is_tried_again(world, tutor, opened):
    world.sandbox.forced_page_size = 3
    world.sandbox.unenrol(world.cast.course, world.cast.omar)
    world.sandbox.faults.roster_page = 1
    ask_again(world, tutor)
    world.deliver()

    assert str(world.cast.omar.id) in subs(world)
    assert "Something went wrong while we read the list" in tutor.get("people.index").text

    world.sandbox.faults.clear()
    world.deliver(seconds=60)
    assert subs(world) == enrolled(world)
    assert "Something went wrong" not in tutor.get("people.index").text


def test_a_whole_list_marks_who_left_and_a_launch_brings_them_back(world, tutor, opened, link):
    with world.database.transaction() as session:
        session.execute(update(Membership).values(last_launch_at=None))
    world.sandbox.unenrol(world.cast.course, world.cast.tomas)
    ask_again(world, tutor)
    world.deliver()
    assert opened.get("logbook.home").status_code == 401

    world.sandbox.enrol(world.cast.course, world.cast.tomas)
    assert opened.launch(link).status_code == 200


def test_roles_that_lie_make_nobody_more_than_they_are(world, tutor, opened, meera, nils, link):
    for player in (meera, nils):
        player.launch(link)
    ask_again(world, tutor)
    world.deliver()

    members = {m.person_id: m for m in world.stored(Membership)}
    for player in (meera, nils):
        member = members[player.person.id]
        assert (member.launch_hint, member.roster_hint) == (Hint.INSTRUCTOR, Hint.LEARNER)
        assert player.get("pages.home").request.path.endswith("/undecided")
        assert player.get("trainees.index").status_code == 403
        assert player.get("trainees.show", person_id=opened.person.id).status_code == 403


def test_who_is_only_on_the_list_is_no_trainee_yet(world, tutor, opened):
    sigrun = world.stored(Person, sub=str(world.cast.sigrun.id))[0]

    assert tutor.get("trainees.show", person_id=sigrun.id).status_code == 404
    tutor.get("trainees.index")
    assert "Sigrún Jónsdóttir On the course list, not here yet" in tutor.text
    assert str(sigrun.id) not in tutor.page.text.replace(f'id="p-{sigrun.id}"', "")
    assert tutor.post("trainees.grade", {"given": "5"}, person_id=sigrun.id).status_code == 404


def test_the_first_launch_of_somebody_on_the_list_is_remembered(world, tutor, opened, link):
    sigrun = world.player(world.cast.sigrun)
    before = world.stored(Membership, person_id=sigrun.person.id)[0].first_launch_at

    sigrun.launch(link)

    member = world.stored(Membership, person_id=sigrun.person.id)[0]
    assert before is None
    assert member.first_launch_at == member.last_launch_at is not None


def test_the_right_to_edit_comes_from_the_list(world, tilda, link):
    assert tilda.launch(link).request.path.endswith("/undecided")
    world.deliver()

    assert tilda.launch(link).request.path.endswith("/trainees")


# Pages that cannot be used ------------------------------------------------------------------------


@pytest.fixture
def answer_with(world, monkeypatch):
    """Let the platform's list be something else; a function gets the number of the call."""

    def change(make):
        asked = []
        app = world.server.server.app

        def odd():
            asked.append(1)
            return make(len(asked))

        views = [name for name in app.view_functions if name.endswith("show_roster")]
        for name in views:
            monkeypatch.setitem(app.view_functions, name, lambda **_: odd())
        assert views
        return asked

    return change


def page(members, link=None, **more):
    answer = Response(json.dumps({"members": members, **more}), mimetype="application/json")
    if link:
        answer.headers["Link"] = f'<{link}>; rel="next"'
    return answer


ODD_PAGES = {
    "no members": lambda _n: Response("{}", mimetype="application/json"),
    "members that are no list": lambda _n: page({"1": {}}),
    "a list": lambda _n: Response("[]", mimetype="application/json"),
    "HTML": lambda _n: Response("<h1>Log in</h1>"),
    "nothing": lambda _n: Response(""),
    "nested": lambda _n: Response("[" * 100_000),
    "an empty list": lambda _n: page([]),
    "no people": lambda _n: page([None, 7, "x", [], {}, {"user_id": None}, {"user_id": {}}]),
    "server error": lambda _n: Response("", 500),
    "forbidden": lambda _n: Response("", 403),
    "too large": lambda _n: Response(b" " * 6_000_000),
}


@pytest.mark.parametrize("odd", ODD_PAGES.values(), ids=ODD_PAGES.keys())
def test_an_odd_page_removes_nobody_and_is_told_to_the_tutor(
    world, tutor, opened, answer_with, odd
):
    before = subs(world)
    answer_with(odd)
    ask_again(world, tutor)
    world.deliver()

    assert subs(world) == before
    assert course(world).roster_error
    assert "list" in tutor.get("people.index").text


def test_a_second_page_that_cannot_be_read_removes_nobody(world, tutor, opened, answer_with):
    before = subs(world)
    url = f"{world.sandbox.roster_url(world.cast.course, world.tool)}?page=2"
    first = [{"user_id": str(world.cast.tomas.id), "roles": ["Learner"], "status": "Active"}]
    answer_with(lambda n: page(first, url) if n == 1 else Response("{}"))
    ask_again(world, tutor)
    world.deliver()

    assert subs(world) == before


def test_odd_members_beside_good_ones_do_no_harm(world, tutor, opened, answer_with):
    odd = [
        {"user_id": "nul\0", "name": "x"},
        {"user_id": "x" * 300},
        {"user_id": True},
        {"user_id": "71", "name": "nul\0 Ann", "email": "a\0@example.org", "roles": "Learner"},
        {"user_id": 72, "name": None, "email": 5, "roles": [None, {}, "Instructor"], "status": 3},
        {"user_id": "73", "name": "\ud800", "roles": []},
        {"user_id": "74", "name": "N" * 5000, "email": "e" * 5000, "roles": ["Learner"]},
        {"user_id": "75", "name": "Gone", "roles": ["Learner"], "status": "Deleted"},
        {"user_id": tutor.sub, "roles": ["Instructor"]},
    ]
    answer_with(lambda _n: page(odd))
    ask_again(world, tutor)
    world.deliver()

    assert {"71", "73", "74"} <= subs(world)
    assert not {"75", "True", "nul\0", "nul"} & subs(world)
    names = {p.sub: p.name for p in world.stored(Person)}
    assert names["71"] == "nul  Ann"
    assert tutor.get("people.index").status_code == 200


def test_a_next_page_on_another_site_is_never_asked_for(world, tutor, opened, answer_with, foreign):
    before = subs(world)
    member = [{"user_id": str(world.cast.tomas.id), "roles": ["Learner"]}]
    answer_with(lambda _n: page(member, f"{foreign.url}/memberships?page=2"))
    ask_again(world, tutor)
    world.deliver()

    assert foreign.asked == []
    assert subs(world) == before
    assert world.deliveries("roster")[-1].state is DeliveryState.PARKED


def test_a_list_that_goes_in_circles_ends(world, tutor, opened, answer_with, monkeypatch):
    monkeypatch.setattr(reading, "MOST_PAGES", 5)
    before = subs(world)
    url = world.sandbox.roster_url(world.cast.course, world.tool)
    asked = answer_with(lambda _n: page([{"user_id": "6"}], url))
    ask_again(world, tutor)
    world.deliver()

    assert len(asked) <= 6
    assert subs(world) == before


def test_a_launch_cannot_name_a_list_on_another_site(world, tomas, link, foreign):
    def bend(claims):
        nrps = claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"]
        nrps["context_memberships_url"] = f"{foreign.url}/memberships"

    tomas.launch(link, edit=bend)
    world.deliver()

    assert foreign.asked == []
    assert course(world).memberships_url is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('<https://a/b?page=AbC==>; rel="next"', "https://a/b?page=AbC=="),
        (
            "<https://a/1>; rel=“first”, <https://a/2?x=1&amp;y=2>; rel=“next”",
            "https://a/2?x=1&y=2",
        ),
        ("<https://a/2>; REL=next", "https://a/2"),
        ('<https://a/2>; title="x"; rel="next"', "https://a/2"),
        ('<https://a/2>; rel="prev"', None),
        ("", None),
        ("nonsense", None),
        ("<https://a/2>", None),
    ],
)
def test_the_next_page_is_found_however_it_is_written(header, expected):
    assert next_page(header) == expected


def test_a_mentor_on_the_list_stays_undecided_until_a_tutor_says(world, tutor, meera, link):
    meera.launch(link)
    ask_again(world, tutor)
    world.deliver()
    assert meera.role is None

    tutor.post("people.set_role", {"role": "mentor"}, person_id=meera.person.id)

    assert meera.get("pages.home").request.path.endswith("/trainees")
    assert meera.role is Role.MENTOR


def test_a_member_without_an_id_is_nobody():
    assert read_member({"name": "x"}) is None
    assert read_member("x") is None
