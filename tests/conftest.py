"""What every test may ask for: a fresh database, on SQLite and on PostgreSQL."""

import importlib
import os
import pkgutil
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine

import lti_tool.domain
import lti_tool.outbox
from lti_tool.domain.base import Base
from lti_tool.domain.database import Database
from tests import postgres

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
    _delete_all_rows(address)
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


def _delete_all_rows(address: str) -> None:
    """Empty every table; a transaction that an earlier test left open fails this one."""
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET lock_timeout = '5s'")
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    engine.dispose()
