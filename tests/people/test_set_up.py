"""Setting up a link that opens nothing yet, and the settings of an activity in use."""

from decimal import Decimal

import pytest

from lti_tool.domain.courses import ActivitySetup, LineItem, LineItemState, ResourceLink
from lti_tool.domain.records import Attempt
from lti_tool.domain.roles import Role

NEEDED = {"settings-required_entries": "3"}
"""What the logbook's own part of the form brings; its check box is left empty."""


@pytest.fixture
def empty(world):
    """A link that was added without "Select content"."""
    return world.sandbox.add_link(world.cast.course, world.tool, "Still empty")


@pytest.fixture
def logbook(world):
    """The value of the form's choice for the first logbook."""
    plugin = world.app.extensions["trellis"].registry.get("logbook")
    return f"logbook:{plugin.gallery()[0].key}"


def setups(world, link):
    placed = world.stored(ResourceLink, resource_link_id=str(link.id))[0]
    return world.stored(ActivitySetup, id=placed.setup_id)


def test_a_trainee_is_told_who_can_fix_an_empty_link(tutor, tomas, empty):
    page = tomas.launch(empty)

    assert page.status_code == 200
    assert "Not ready yet" in tomas.text
    assert "Tilda Tutor" in tomas.text
    assert tomas.get("chooser.choose").status_code == 403
    assert tomas.post("chooser.create", {"choice": "logbook:x"}).status_code == 403


def test_a_tutor_sets_an_empty_link_up_in_two_steps(world, tutor, tomas, empty, logbook):
    page = tutor.launch(empty)
    assert "Choose an activity" in tutor.text
    assert f"choice={logbook}" in page.text.replace("%3A", ":")

    tutor.get("chooser.choose", choice=logbook)
    assert "Set up the activity" in tutor.text
    answer = tutor.post(
        "chooser.create",
        {"choice": logbook, "title": "  My   log ", "graded": "yes", "maximum": "50"},
    )

    assert answer.status_code == 303
    (setup,) = setups(world, empty)
    assert (setup.kind, setup.title, setup.grade_maximum) == ("logbook", "My log", Decimal(50))
    assert world.line_item_of(empty).maximum == Decimal(50)
    assert tomas.launch(empty).request.path.endswith("/logbook/")


def test_people_can_be_sorted_before_anything_is_set_up(tutor, empty):
    tutor.launch(empty)

    assert tutor.get("people.index").status_code == 200
    assert tutor.get("trainees.index").status_code == 404
    assert tutor.get("chooser.settings").status_code == 404


def test_an_activity_without_a_grade_asks_for_no_column(world, tutor, empty, logbook):
    tutor.launch(empty)

    tutor.post("chooser.create", {"choice": logbook, "graded": "no", "maximum": "rubbish"})

    (setup,) = setups(world, empty)
    assert setup.grade_maximum is None
    placed = world.stored(ResourceLink, resource_link_id=str(empty.id))[0]
    assert world.stored(LineItem, resource_link_id=placed.id) == []


def test_without_a_name_the_activity_is_called_like_its_form(world, tutor, empty, logbook):
    tutor.launch(empty)

    tutor.post("chooser.create", {"choice": logbook, "title": "", "graded": "no"})

    plugin = world.app.extensions["trellis"].registry.get("logbook")
    with world.app.test_request_context():
        usual = str(plugin.gallery()[0].title)
    assert setups(world, empty)[0].title == usual


@pytest.mark.parametrize("maximum", ["0", "101", "-1", "7.5", "many", "9" * 400, "١٠١"])
def test_a_maximum_outside_one_to_hundred_is_asked_for_again(world, tutor, empty, logbook, maximum):
    tutor.launch(empty)

    answer = tutor.post(
        "chooser.create",
        {"choice": logbook, "title": "Kept title", "graded": "yes", "maximum": maximum},
    )

    assert answer.status_code == 422
    assert "whole number from 1 to 100" in tutor.text
    assert "Kept title" in answer.text
    assert setups(world, empty) == []


@pytest.mark.parametrize("choice", ["", "nonsense", "logbook:nothing", "no:thing"])
def test_only_what_is_installed_can_be_chosen(world, tutor, empty, choice):
    tutor.launch(empty)

    page = tutor.post("chooser.create", {"choice": choice, "graded": "no"}, follow=True)

    assert page.status_code == 200
    assert "Choose an activity" in tutor.text
    assert setups(world, empty) == []


def test_a_name_that_is_too_long_is_asked_for_again(world, tutor, empty, logbook):
    tutor.launch(empty)

    answer = tutor.post("chooser.create", {"choice": logbook, "title": "x" * 256})

    assert answer.status_code == 422
    assert setups(world, empty) == []


def test_two_tutors_at_once_make_one_activity(world, tutor, nils, empty, logbook):
    for player in (tutor, nils):
        player.launch(empty)
    world.make(nils, Role.TUTOR)

    tutor.post("chooser.create", {"choice": logbook, "title": "First", "graded": "no"})
    nils.post("chooser.create", {"choice": logbook, "title": "Second", "graded": "no"}, follow=True)

    assert "Somebody else has just set this activity up" in nils.text
    assert [setup.title for setup in setups(world, empty)] == ["First"]
    assert len(world.stored(ActivitySetup, title="Second")) == 0


def test_a_link_in_use_leads_to_its_settings_instead(tutor):
    answer = tutor.get("chooser.choose", follow=False)

    assert answer.status_code == 303
    assert answer.location.endswith("/set-up/settings")


def test_settings_are_changed_and_kept(world, tutor, link):
    tutor.get("chooser.settings")
    answer = tutor.post(
        "chooser.save_settings",
        {"title": "New name", "graded": "yes", "maximum": "20", **NEEDED},
    )

    assert answer.status_code == 303
    setup = world.setup_of(link)
    assert (setup.title, setup.grade_maximum) == ("New name", Decimal(20))
    assert setup.settings == {"required_entries": 3, "mentor_confirms": False}
    tutor.get("chooser.settings")
    assert "New name" in tutor.text


def test_settings_that_make_no_sense_are_asked_for_again(world, tutor, link):
    answer = tutor.post(
        "chooser.save_settings",
        {"title": "New name", "graded": "yes", "settings-required_entries": "none"},
    )

    assert answer.status_code == 422
    assert "There is a problem" in tutor.text
    assert world.setup_of(link).title == "Logbook"


def test_a_grade_can_be_switched_on_later_and_wants_its_column(world, tutor):
    ungraded = world.place("logbook", title="Ungraded", maximum=None)
    tutor.launch(ungraded)

    tutor.post("chooser.save_settings", {"title": "", "graded": "yes", "maximum": "10", **NEEDED})

    item = world.line_item_of(ungraded)
    assert item.maximum == Decimal(10)
    assert item.state is LineItemState.WANTED
    assert world.setup_of(ungraded).title == "Ungraded"


def test_the_grade_is_fixed_once_somebody_has_one(world, tutor, tomas, link):
    tomas.launch(link)
    tomas.get("pages.home")
    tutor.get("trainees.index")
    tutor.post("trainees.grade", {"given": "7", "seen_number": "0"}, person_id=tomas.person.id)
    assert world.stored(Attempt, person_id=tomas.person.id)

    tutor.get("chooser.settings")
    assert "It cannot change any more" in tutor.text
    tutor.post("chooser.save_settings", {"title": "T", "graded": "yes", "maximum": "5", **NEEDED})

    assert world.setup_of(link).grade_maximum == Decimal(100)
    assert world.setup_of(link).title == "T"


def test_only_tutors_open_the_settings(world, tomas, nils, tutor, link):
    tomas.launch(link)
    nils.launch(link)
    world.make(nils, Role.ASSESSOR)

    for player in (tomas, nils):
        assert player.get("chooser.settings").status_code == 403
        assert player.post("chooser.save_settings", {"title": "Mine"}).status_code == 403
    assert world.setup_of(link).title == "Logbook"
