"""What the tests of the platform-facing edge share."""

import pytest

from tests.cast import add_site, build_world
from tests.lti.sites import site


@pytest.fixture
def link(world):
    """A graded logbook in the course."""
    return world.place("logbook")


@pytest.fixture
def strict_world(prepared_sqlite, tmp_path):
    """A Trellis that may not call private addresses, unless a registration says so."""
    path = tmp_path / "strict.db"
    path.write_bytes(prepared_sqlite.read_bytes())
    built = build_world(f"sqlite:///{path}", allow_private_network=False)
    yield built
    built.server.stop()
    built.database.dispose()


@pytest.fixture
def neighbour(world):
    """A second site with the same ids and names, on the same Trellis."""
    built = add_site(world)
    yield built
    built.server.stop()


@pytest.fixture
def foreign():
    """A site that is not the platform."""
    with site() as made:
        yield made


@pytest.fixture
def tutor(world, tilda, link):
    """Tilda, after the list has proved that she may edit the course."""
    tilda.launch(link)
    world.deliver()
    tilda.launch(link)
    return tilda


@pytest.fixture
def trainee(tutor, tomas, link):
    """Tomas, who has opened the logbook once."""
    tomas.launch(link)
    return tomas
