"""Choosing content when an activity of that name exists: Moodle does not say which is meant."""

import pytest

from tests.cast import ONE_ENGINE
from tests.web.found_forms import forms_in

pytestmark = ONE_ENGINE
SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
WARNING = "If you are choosing new content for it, add only one activity here."


@pytest.fixture
def choosing(world, tilda):
    """Open the dialog as Moodle does while *title* stands in the form's name."""

    def choose(title):
        def name_it(claims):
            claims[SETTINGS]["title"] = title

        form = world.sandbox.deep_linking_form(world.cast.tilda, world.cast.course, world.tool)
        (first,) = forms_in(tilda.finish(form, name_it).text)
        # The first step asks for the kind alone; the second one offers more activities.
        return tilda.client.post(first.action, data=dict(first.fields) | {"step": "settings"})

    return choose


def used(world, tilda, title):
    tilda.launch(world.place("logbook", title=title))


def test_a_new_name_brings_no_warning_and_several_may_be_added(world, tilda, choosing):
    used(world, tilda, "Kitchen log")

    page = choosing("Another log").text

    assert WARNING not in page
    assert "Add one more activity" in page


def test_the_name_of_an_activity_brings_a_warning_and_takes_only_one(world, tilda, choosing):
    used(world, tilda, "Kitchen log")

    page = choosing("Kitchen log").text

    assert WARNING in page
    assert "Add one more activity" not in page


def test_an_empty_name_says_nothing_even_where_an_activity_is_called_like_the_tool(
    world, tilda, choosing
):
    used(world, tilda, "Trellis")

    page = choosing("Trellis").text

    assert "Add one more activity" in page
    assert WARNING in page


def test_an_empty_name_is_a_new_activity_where_none_is_called_like_the_tool(choosing):
    page = choosing("Trellis").text

    assert WARNING not in page
    assert "Add one more activity" in page
