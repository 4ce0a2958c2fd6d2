"""A kitchen checklist and the people around it."""

import pytest

from lti_tool.domain.roles import Role


@pytest.fixture
def link(world, tomas, meera, tilda):
    """A kitchen checklist: Tomas opened it, Meera is his mentor, Tilda the tutor."""
    placed = world.place("checklist", template="kitchen-hygiene", title="Kitchen")
    for player in (tomas, meera, tilda):
        player.launch(placed)
    world.make(meera, Role.MENTOR)
    world.make(tilda, Role.TUTOR)
    world.mentors(meera, tomas)
    return placed
