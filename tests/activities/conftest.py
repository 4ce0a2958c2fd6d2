"""A course with an activity of any kind, its trainee and its tutor signed in."""

import pytest

from lti_tool.domain.roles import Role


@pytest.fixture
def place(world, tomas, tilda):
    def placed(kind, **more):
        link = world.place(kind, **more)
        tilda.launch(link)
        world.make(tilda, Role.TUTOR)
        tomas.launch(link)
        return link

    return placed
