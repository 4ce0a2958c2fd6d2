"""An activity that was uninstalled: nothing breaks, nothing is lost, and a page says so."""

import pytest

from lti_tool.app import create_app
from lti_tool.plugins import Registry
from tests.cast import ONE_ENGINE

pytestmark = ONE_ENGINE


@pytest.fixture
def bereft(world, tutor, tomas, link):
    """The same installation, after the logbook was taken out of it."""
    tomas.launch(link)
    kept = [
        plugin for plugin in world.app.extensions["trellis"].registry if plugin.key != "logbook"
    ]
    app = create_app(world.settings, registry=Registry(kept))
    for player in (tutor, tomas):
        cookies = player.client._cookies
        player.client = app.test_client()
        player.client._cookies = cookies
    yield world
    app.extensions["trellis"].database.dispose()


def test_a_launch_says_that_the_activity_is_not_installed(bereft, tutor, tomas, link):
    for player in (tomas, tutor):
        answer = player.launch(link)

        assert answer.status_code == 404
        assert "not installed any more" in answer.text
        assert "Nothing is lost" in answer.text


@pytest.mark.parametrize("page", ["trainees.index", "chooser.settings", "chooser.choose"])
def test_a_tutors_pages_say_so_too(bereft, tutor, page):
    answer = tutor.get(page)

    assert answer.status_code == 404
    assert "not installed any more" in answer.text


def test_the_people_of_the_course_can_still_be_sorted(bereft, tutor):
    assert tutor.get("people.index").status_code == 200


def test_a_trainees_record_is_not_shown_and_not_a_crash(bereft, tutor, tomas):
    page = tutor.url("trainees.show", person_id=tomas.person.id)

    assert tutor.get(page).status_code == 404
    assert tutor.post(f"{page}/grade", {"given": "5"}).status_code == 404
    assert tutor.post(f"{page}/grade/retry").status_code == 404


def test_a_link_that_names_it_is_left_to_the_tutor(bereft, tomas):
    copy = bereft.sandbox.copy_course(bereft.cast.course)
    (link,) = bereft.sandbox.tables.links_in(copy)

    answer = tomas.launch(link)

    assert answer.status_code == 200
    assert "Not ready yet" in answer.text
