"""The command line on a prepared database, each in turn."""

from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from lti_tool.cli import main
from lti_tool.domain.database import Database
from lti_tool.migrations.runner import upgrade
from lti_tool.plugins import discover
from lti_tool.services.environment import Environment
from tests import postgres
from tests.records.library import Library, library

SECRET = "a test's secret that is long enough"
Trellis = Callable[..., Result]


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    """The least that Trellis needs; nothing of the developer's own environment."""
    import os

    for name in [name for name in os.environ if name.startswith("TRELLIS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TRELLIS_SECRET_KEY", SECRET)
    return monkeypatch


@pytest.fixture
def trellis() -> Trellis:
    """Run a command as an operator would, and return exit code and output."""

    def run(*words: object) -> Result:
        result = CliRunner().invoke(main, [str(word) for word in words])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path, settings):
    """The address of a new database that every command uses, on both engines."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path / 'var' / 'trellis.db'}"
        settings.setenv("TRELLIS_DATABASE_URL", address)
        yield address
        return
    with postgres.fresh_database(request.getfixturevalue("postgres_server")) as fresh:
        address = fresh.render_as_string(hide_password=False)
        settings.setenv("TRELLIS_DATABASE_URL", address)
        settings.setenv("TRELLIS_EVIDENCE_URL", f"file://{tmp_path / 'files'}")
        yield address


@pytest.fixture
def database(url, tmp_path):
    """That database with all tables, for a look behind the commands."""
    (tmp_path / "var").mkdir()
    opened = Database(url)
    upgrade(opened, discover())
    yield opened
    opened.dispose()


@pytest.fixture
def shelves(database) -> Iterator[Library]:
    """A course in that database; commit to let commands see it: ``shelves.session.commit()``."""
    database.info["environment"] = Environment(
        registry=discover(), public_url="https://trellis.example.org", lrs_is_on=False
    )
    with Session(database.engine, expire_on_commit=False, info=database.info) as session:
        yield library(session)
