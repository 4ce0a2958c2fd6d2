"""What every test may ask for: a fresh database, on SQLite and on PostgreSQL."""

import importlib
import os
import pkgutil
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, delete, insert

import lti_tool.domain
import lti_tool.outbox
from lti_tool.domain.append_only import Upkeep
from lti_tool.domain.base import Base
from lti_tool.domain.database import Database
from lti_tool.plugins import discover
from tests import postgres
from tests.browser import chromium, chromium_path, playwright_driver  # noqa: F401
from tests.cast import Player, World, build_world

discover()
for package in (lti_tool.domain, lti_tool.outbox):
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A running server; without one the tests are skipped here and fail in CI."""
    try:
        with postgres.server() as url:
            yield url
    except postgres.NoServerError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def prepared_postgres(postgres_server: URL) -> Iterator[URL]:
    """A database with all tables, which the tests use one after the other."""
    with postgres.fresh_database(postgres_server) as url:
        _create_tables(url.render_as_string(hide_password=False))
        yield url


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    _create_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database with all tables; the test runs once on each engine."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copyfile(request.getfixturevalue("prepared_sqlite"), path)
        return f"sqlite:///{path}"
    url: URL = request.getfixturevalue("prepared_postgres")
    address = url.render_as_string(hide_password=False)
    empty_tables(address)
    return address


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """An empty database with all tables; the test runs once on each engine."""
    database = Database(database_url)
    yield database
    database.dispose()


def _create_tables(address: str) -> None:
    engine = create_engine(address)
    Base.metadata.create_all(engine)
    engine.dispose()


def empty_tables(address: str) -> None:
    """Empty every table; a transaction that an earlier test left open fails this one."""
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET lock_timeout = '5s'")
        connection.execute(insert(Upkeep).values(reason="tests"))
        for table in reversed(Base.metadata.sorted_tables):
            if table is not Upkeep.__table__:
                connection.execute(table.delete())
        connection.execute(delete(Upkeep))
    engine.dispose()


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """A sandbox VLE with its cast, and a Trellis registered in it."""
    built = build_world(database_url)
    yield built
    built.server.stop()
    built.database.dispose()


@pytest.fixture
def tomas(world: World) -> Player:
    """The trainee."""
    return world.player(world.cast.tomas)


@pytest.fixture
def meera(world: World) -> Player:
    """The workplace mentor: Moodle sends her as Instructor and lists her as Learner."""
    return world.player(world.cast.meera)


@pytest.fixture
def tilda(world: World) -> Player:
    """The course tutor."""
    return world.player(world.cast.tilda)


@pytest.fixture
def nils(world: World) -> Player:
    """The non-editing teacher, who looks just like Meera to us."""
    return world.player(world.cast.nils)


@pytest.fixture
def otto(world: World) -> Player:
    """A trainee of another course, who must see nothing of this one."""
    return world.player(world.cast.otto)
