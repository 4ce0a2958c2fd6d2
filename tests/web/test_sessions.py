"""One launch, one session: tabs and people do not mix, and what has ended stays ended."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import update

from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import Course
from lti_tool.domain.people import Membership
from lti_tool.domain.records import Attempt
from lti_tool.domain.sessions import LaunchSession
from lti_tool.sandbox import CourseRole
from tests.cast import Player


def second_tab(player):
    """The same browser, in another tab."""
    return Player(player.world, player.sub, player.client)


def later(**units):
    return time_machine.travel(utc_now() + timedelta(**units), tick=False)


def test_two_tabs_on_two_courses_do_not_mix(world, tomas, link, other_link):
    tomas.launch(link)
    there = second_tab(tomas)
    there.launch(other_link)

    first, second = tomas.get("pages.home"), there.get("pages.home")

    assert first.request.path.endswith("/logbook/")
    assert second.request.path.endswith("/quiz/")
    assert world.cast.course.title in first.text
    assert world.cast.course.title not in second.text


def test_two_tabs_on_one_activity_are_two_sessions(tomas, link):
    tomas.launch(link)
    again = second_tab(tomas)
    again.launch(link)

    assert tomas.launch_id != again.launch_id
    assert tomas.get("logbook.home").status_code == 200
    assert again.get("logbook.home").status_code == 200


def test_two_people_in_one_browser_do_not_mix(world, tomas, link):
    sigrun = Player(world, str(world.cast.sigrun.id), tomas.client)
    tomas.launch(link)
    sigrun.launch(link)

    assert "Tomas Trainee" in tomas.get("logbook.home").text
    assert "Sigrún Jónsdóttir" in sigrun.get("logbook.home").text
    assert "Tomas Trainee" not in sigrun.get("logbook.home").text


def test_reload_and_back_show_the_same_page(tomas, link, other_link):
    tomas.launch(link)
    second_tab(tomas).launch(other_link)

    again = [tomas.get("logbook.home") for _ in range(2)]

    assert [page.status_code for page in again] == [200, 200]
    assert again[0].text == again[1].text.replace(new_id(again[1]), new_id(again[0]))


def new_id(page):
    """The id that a page draws for the next entry, new each time."""
    return re.search(r"/entries/([0-9a-f-]{36})/start", page.text).group(1)


@pytest.mark.parametrize(
    "wait", [{"minutes": 61}, {"hours": 12, "seconds": 1}], ids=["idle", "absolute"]
)
def test_an_expired_session_says_what_to_do(tomas, link, wait):
    tomas.launch(link)

    with later(**wait):
        answer = tomas.get("logbook.home")

    assert answer.status_code == 401
    assert "open the activity again" in answer.text


def test_a_session_in_use_outlives_the_idle_hour_but_not_the_day(tomas, link):
    tomas.launch(link)
    begun = utc_now()
    for minutes in range(50, 12 * 60, 50):
        with time_machine.travel(begun + timedelta(minutes=minutes), tick=False):
            assert tomas.get("logbook.home").status_code == 200, minutes

    with time_machine.travel(begun + timedelta(hours=12, minutes=1), tick=False):
        assert tomas.get("logbook.home").status_code == 401


def test_text_typed_into_an_expired_page_is_shown_to_copy(tomas, link):
    tomas.launch(link)
    tomas.get("logbook.home")
    typed = "A long day at the oven, with many loaves."

    with later(hours=2):
        answer = tomas.post("logbook.submit", {"text-topics": typed}, record_id=uuid4())

    assert answer.status_code == 401
    assert typed in answer.text


def test_a_new_launch_works_after_an_expired_one(tomas, link):
    tomas.launch(link)

    with later(hours=13):
        assert tomas.launch(link).status_code == 200


def test_the_launch_of_another_browser_is_closed(world, tomas, meera, link):
    tomas.launch(link)
    meera.launch(link)

    meera.launch_id = tomas.launch_id
    answer = meera.get("logbook.home")

    assert answer.status_code == 401
    assert "Tomas" not in answer.text


def test_a_launch_nobody_made_is_closed(tomas, link):
    tomas.launch(link)
    tomas.launch_id = uuid4()

    assert tomas.get("logbook.home").status_code == 401


def test_the_cookie_of_one_launch_does_not_open_another(world, tomas, link):
    tomas.launch(link)
    own = f"t-{tomas.launch_id.hex[:12]}"
    secret = tomas.client.get_cookie(own).value
    stranger = world.app.test_client()
    foreign = uuid4()
    stranger.set_cookie(f"t-{foreign.hex[:12]}", secret)

    assert stranger.get(f"/l/{foreign}/logbook/").status_code == 401


@pytest.mark.parametrize("value", ["", "x", "x" * 10_000, "\u00e9", "a; b", '"', "%00"])
def test_an_odd_cookie_is_closed(world, tomas, link, value):
    tomas.launch(link)
    stranger = world.app.test_client(use_cookies=False)
    cookie = f"t-{tomas.launch_id.hex[:12]}={value}"

    answer = stranger.get(f"/l/{tomas.launch_id}/logbook/", headers={"Cookie": cookie})

    assert answer.status_code == 401


def test_whoever_left_the_course_is_closed_out(world, tomas, link):
    tomas.launch(link)
    with world.database.transaction() as session:
        session.execute(update(Membership).values(left_at=utc_now()))

    assert tomas.get("logbook.home").status_code == 401


def test_a_launch_brings_back_who_had_left(world, tomas, link):
    tomas.launch(link)
    with world.database.transaction() as session:
        session.execute(update(Membership).values(left_at=utc_now()))

    assert tomas.launch(link).status_code == 200
    assert tomas.get("logbook.home").status_code == 200


def test_a_role_that_changes_counts_at_once(world, tomas, tutor, link):
    tomas.launch(link)
    with world.database.transaction() as session:
        member = update(Membership).where(Membership.person_id == tomas.person.id)
        session.execute(member.values(role="mentor"))

    assert tomas.get("logbook.home").status_code == 403


def test_ids_that_two_platforms_share_do_not_mix(world, tomas, link):
    """Another course of the same id, on the same platform but another deployment, is another."""
    tomas.launch(link)
    with world.database.transaction() as session:
        course = session.get_one(Course, world.stored(Course)[0].id)
        session.add(
            Course(
                platform_id=course.platform_id,
                deployment_id="another",
                context_id=course.context_id,
                title="Somebody else's",
            )
        )

    assert "Somebody else" not in tomas.launch(link).text
    assert len(world.stored(LaunchSession, course_id=course.id)) == 2


def test_only_the_hash_of_a_secret_is_stored(world, tomas, link):
    tomas.launch(link)
    secret = tomas.client.get_cookie(f"t-{tomas.launch_id.hex[:12]}").value

    (stored,) = world.stored(LaunchSession)
    assert secret not in (stored.secret_hash, str(stored.return_url))


def test_a_trainee_who_looks_has_written_nothing(world, tomas, link):
    tomas.launch(link)
    tomas.get("logbook.home")

    assert world.stored(Attempt) == []


def test_a_tutor_elsewhere_is_a_trainee_here(world, link):
    olga = world.player(world.cast.olga)
    world.sandbox.enrol(world.cast.course, world.cast.olga, CourseRole.TRAINEE)
    there = world.place("quiz", course=world.cast.other_course)
    olga.launch(there)
    world.deliver()

    assert olga.launch(link).request.path.endswith("/logbook/")
    assert olga.get("trainees.index").status_code == 403
    assert olga.get("people.index").status_code == 403
