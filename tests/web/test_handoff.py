"""A browser that sends no cookie back goes on in a tab of its own: once, within a minute."""

import re
from datetime import timedelta

import pytest
import time_machine

from lti_tool.domain.base import utc_now
from lti_tool.domain.sessions import Handoff, LaunchSession
from lti_tool.sandbox import send_login
from tests.cast import ONE_ENGINE, Player

pytestmark = ONE_ENGINE


class Blocked:
    """A browser whose cookies do not reach the tool inside the platform's iframe."""

    def __init__(self, player):
        self.player, self.world = player, player.world
        self.frame = self.world.app.test_client(use_cookies=False)

    def launch(self, link, about=None):
        """Open the activity in the frame; return the page with the button."""
        person = self.world.sandbox.tables.people[int(self.player.sub)]
        form = self.world.sandbox.launch_form(person, link, about=about)
        query, _ = send_login(self.frame, self.world.sandbox, form)
        _, fields = self.world.sandbox.authorize(query)
        self.page = self.frame.post("/lti/launch", data=fields)
        return self.page

    def fields(self):
        """What the button sends."""
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', self.page.text))

    def press(self, **headers):
        """Press the button: a new tab, in which cookies work."""
        self.tab = Player(self.world, self.player.sub, self.world.app.test_client())
        answer = self.tab.client.post("/lti/continue", data=self.fields(), headers=headers)
        self.tab._notice(answer)
        return answer


@pytest.fixture
def blocked(tomas):
    return Blocked(tomas)


def test_the_page_says_who_is_signed_in_where(world, blocked, link):
    page = blocked.launch(link)

    assert page.status_code == 200
    assert "Tomas Trainee" in page.text
    assert world.cast.course.title in page.text
    assert 'target="_blank"' in page.text


def test_the_button_opens_the_activity_in_a_new_tab(blocked, link):
    blocked.launch(link)
    blocked.press()

    page = blocked.tab.get("logbook.home")

    assert page.status_code == 200
    assert "Tomas Trainee" in page.text


def test_a_second_press_says_that_it_was_used(blocked, link):
    blocked.launch(link)
    blocked.press()

    again = blocked.press()

    assert again.status_code == 410
    assert "used already" in again.text
    assert "Set-Cookie" not in again.headers


@pytest.mark.parametrize(("seconds", "status"), [(58, 303), (61, 410)])
def test_the_button_works_for_a_minute(blocked, link, seconds, status):
    blocked.launch(link)

    with time_machine.travel(utc_now() + timedelta(seconds=seconds), tick=False):
        assert blocked.press().status_code == status


@pytest.mark.parametrize("code", ["", "made-up", "x" * 10_000, "\u00e9"])
def test_a_code_nobody_gave_is_refused(world, code):
    answer = world.app.test_client().post("/lti/continue", data={"code": code})

    assert answer.status_code == 410


def test_another_site_cannot_continue_a_launch_in_its_visitors_browser(blocked, link):
    blocked.launch(link)

    answer = blocked.press(**{"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


def test_our_own_page_can(blocked, link):
    blocked.launch(link)

    assert blocked.press(**{"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_the_frame_is_closed_once_the_tab_goes_on(world, blocked, link):
    blocked.launch(link)
    blocked.press()

    (launch,) = world.stored(LaunchSession)
    assert launch.is_handed_off
    assert blocked.frame.get(f"/l/{launch.id}/logbook/").status_code == 401


def test_the_code_is_not_stored_in_the_clear(world, blocked, link):
    blocked.launch(link)

    (stored,) = world.stored(Handoff)
    assert blocked.fields()["code"] not in stored.code_hash


def test_no_session_secret_stands_in_the_frame(world, blocked, link):
    page = blocked.launch(link)

    assert "Set-Cookie" not in page.headers
    (stored,) = world.stored(LaunchSession)
    assert stored.secret_hash not in page.text


def test_a_launch_without_a_name_can_go_on_too(world, blocked, link):
    world.tool.send_name = False

    page = blocked.launch(link)

    assert "None" not in page.text
    assert blocked.press().status_code == 303


def test_the_page_speaks_the_language_of_the_course(world, blocked, link):
    world.cast.tomas.locale = "fi"

    assert '<html lang="fi"' in blocked.launch(link).text


def test_a_review_opens_the_trainees_record_in_the_new_tab(world, tutor, tomas, link):
    tomas.launch(link)
    blocked = Blocked(tutor)
    blocked.launch(link, about=world.cast.tomas)

    answer = blocked.press()

    assert answer.location.endswith(f"/trainees/{tomas.person.id}")
    assert "Tomas Trainee" in blocked.tab.get(answer.location).text


@pytest.mark.parametrize("about", ["", "x", "00000000-0000-0000-0000-000000000000", "x" * 10_000])
def test_an_odd_record_to_review_opens_nobody_elses(tutor, link, about):
    blocked = Blocked(tutor)
    blocked.launch(link)
    client = tutor.world.app.test_client()

    fields = blocked.fields() | {"about": about}
    answer = client.post("/lti/continue", data=fields, follow_redirects=True)

    assert answer.status_code in (200, 404)
    assert answer.request.path.endswith("/trainees") or answer.status_code == 404
    assert not re.search(r'href="[^"]*/trainees/', answer.text)  # names of the list, no records


def test_a_trainee_cannot_ask_for_anothers_record(world, blocked, link):
    sigrun = world.player(world.cast.sigrun)
    sigrun.launch(link)
    blocked.launch(link)
    client = world.app.test_client()

    fields = blocked.fields() | {"about": str(sigrun.person.id)}
    answer = client.post("/lti/continue", data=fields, follow_redirects=True)

    assert answer.request.path.endswith("/logbook/")
    assert "Sigrún" not in answer.text
