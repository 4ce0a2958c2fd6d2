"""What the tests of the host's pages share."""

import pytest


@pytest.fixture
def link(world):
    """A graded logbook in the course."""
    return world.place("logbook")


@pytest.fixture
def other_link(world):
    """A quiz in the other course, which Tomas attends too."""
    world.sandbox.enrol(world.cast.other_course, world.cast.tomas)
    return world.place("quiz", course=world.cast.other_course, title="Kitchen quiz")


@pytest.fixture
def tutor(world, tilda, link):
    """Tilda, after the list has proved that she may edit the course."""
    tilda.launch(link)
    world.deliver()
    tilda.launch(link)
    return tilda
