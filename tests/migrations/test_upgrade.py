"""Migrations make the database that the models describe, on both engines, however often."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import inspect, select, text

from lti_tool.domain.base import Base
from lti_tool.domain.database import Database
from lti_tool.domain.platforms import Platform, ServiceToken
from lti_tool.migrations import runner
from lti_tool.migrations.histories import History, histories
from lti_tool.migrations.runner import State, UpgradeError, differences, state_of, upgrade
from lti_tool.plugins import Registry, discover
from tests.migrations.catalogue import describe

ADDS_A_COLUMN = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "later", "{head}"


def upgrade():
    how = "always" if op.get_bind().dialect.name == "sqlite" else "auto"
    with op.batch_alter_table("platform", recreate=how) as table:
        table.add_column(sa.Column("motto", sa.String()))
"""


@pytest.fixture
def registry() -> Registry:
    """Our own activities, as installed."""
    return discover()


def test_an_empty_database_gets_every_table_and_a_second_run_changes_nothing(empty, registry):
    upgrade(empty, registry)
    with empty.reading_connection() as connection:
        first = describe(connection)

    upgrade(empty, registry)

    with empty.reading_connection() as connection:
        assert describe(connection) == first
    assert state_of(empty, registry) is State.CURRENT


def test_models_match_migrations(empty, registry):
    upgrade(empty, registry)

    found = differences(empty, registry)

    assert set(found) == {"host", "checklist", "logbook", "quiz"}
    assert {name: rows for name, rows in found.items() if rows} == {}


def test_migrations_make_what_the_models_would_make_to_the_letter(empty, registry, postgres_server):
    """Alembic's comparison looks at no check, no partial index and no storage option."""
    owned = [Base.metadata.tables[name] for h in histories(registry) for name in h.tables]
    Base.metadata.create_all(empty.engine, tables=owned)
    with empty.engine.begin() as connection:
        by_models = describe(connection)
        for table in owned:
            connection.execute(text(f'DROP TABLE "{table.name}"' + _cascade(empty)))

    upgrade(empty, registry)

    with empty.reading_connection() as connection:
        by_migrations = describe(connection)
    assert sorted(by_models - by_migrations) == []
    assert sorted(by_migrations - by_models) == []


def _cascade(database: Database) -> str:
    return "" if database.is_sqlite else " CASCADE"


def test_nothing_refers_to_nothing_afterwards(tmp_path, registry):
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    upgrade(database, registry)
    with database.reading_connection() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    database.dispose()


def test_processes_that_upgrade_at_once_do_not_disturb_each_other(empty_url, registry):
    environment = os.environ | {
        "TRELLIS_DATABASE_URL": empty_url,
        "TRELLIS_SECRET_KEY": "a test's secret that is long enough",
    }
    command = [sys.executable, "-c", "from lti_tool.cli import main; main(['db', 'upgrade'])"]
    racers = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]

    said = [racer.communicate(timeout=50)[0].decode() for racer in racers]

    assert [(racer.returncode, text) for racer, text in zip(racers, said, strict=True)] == [
        (0, "The database is up to date.\n")
    ] * 2
    database = Database(empty_url)
    assert state_of(database, registry) is State.CURRENT
    database.dispose()


def test_an_uninstalled_activity_does_not_break_an_upgrade(empty, registry):
    upgrade(empty, registry)
    rest = Registry([plugin for plugin in registry if plugin.key != "quiz"])

    upgrade(empty, rest)

    assert state_of(empty, rest) is State.CURRENT
    assert differences(empty, rest) == {"host": [], "checklist": [], "logbook": []}
    assert "quiz_try" in inspect(empty.engine).get_table_names()
    assert state_of(empty, registry) is State.CURRENT


def test_an_activity_installed_later_makes_the_database_outdated(empty, registry):
    upgrade(empty, Registry([]))
    assert state_of(empty, Registry([])) is State.CURRENT
    assert state_of(empty, registry) is State.OUTDATED


def test_an_empty_database_is_outdated(empty, registry):
    assert state_of(empty, registry) is State.OUTDATED


def test_a_later_revision_keeps_the_rows_and_what_refers_to_them(empty, registry, tmp_path):
    upgrade(empty, registry)
    _add_platform_with_token(empty)

    runner.run(empty, _with_revision(registry, tmp_path))

    with empty.reading() as session:
        assert session.scalar(text("SELECT count(motto IS NULL) FROM platform")) == 1
        assert len(session.scalars(select(ServiceToken)).all()) == 1


def test_an_older_release_leaves_a_newer_database_alone(empty, registry, tmp_path):
    upgrade(empty, registry)
    runner.run(empty, _with_revision(registry, tmp_path))

    assert state_of(empty, registry) is State.NEWER
    with pytest.raises(UpgradeError, match="newer release"):
        upgrade(empty, registry)


def test_an_upgrade_gives_up_rather_than_hold_everybody_up(
    empty, registry, tmp_path, monkeypatch, request
):
    if empty.is_sqlite:
        monkeypatch.setattr("lti_tool.domain.database.BUSY_TIMEOUT_MS", 200)
    monkeypatch.setattr(runner, "LOCK_SECONDS", 0.2)
    upgrade(empty, registry)
    busy = Database(str(empty.engine.url.render_as_string(hide_password=False)))
    later = _with_revision(registry, tmp_path)
    impatient = Database(str(empty.engine.url.render_as_string(hide_password=False)))

    with busy.transaction() as session:
        session.scalars(select(Platform)).all()
        with pytest.raises(UpgradeError, match="in use just now"):
            runner.run(impatient, later)
    runner.run(impatient, later)

    busy.dispose()
    impatient.dispose()


def test_a_revision_that_fails_leaves_nothing_half_made(empty, registry, tmp_path):
    upgrade(empty, registry)
    broken = _with_revision(registry, tmp_path)
    path = broken.folder / "later.py"
    path.write_text(path.read_text() + "    raise RuntimeError('half way')\n")

    with pytest.raises(RuntimeError, match="half way"):
        runner.run(empty, broken)

    columns = {column["name"] for column in inspect(empty.engine).get_columns("platform")}
    assert "motto" not in columns
    assert state_of(empty, registry) is State.CURRENT


def _with_revision(registry: Registry, tmp_path: Path) -> History:
    """Return the host's history as a later release has it: one more column for platforms."""
    host = next(histories(registry))
    folder = tmp_path / "versions"
    folder.mkdir()
    for path in host.folder.glob("*.py"):
        (folder / path.name).write_text(path.read_text("utf-8"), "utf-8")
    head = sorted(path.name for path in host.folder.glob("0*.py"))[-1][:4]
    (folder / "later.py").write_text(ADDS_A_COLUMN.format(head=head))
    return replace(host, folder=folder)


def _add_platform_with_token(database: Database) -> None:
    address = "https://vle.example.org"
    platform = Platform(
        id=uuid4(),
        issuer=address,
        client_id="c",
        auth_login_url=address,
        auth_token_url=address,
        jwks_url=address,
    )
    with database.transaction() as session:
        session.add(platform)
        session.flush()
        moment = platform.created_at
        session.add(ServiceToken(platform_id=platform.id, scopes="s", token="t", expires_at=moment))
