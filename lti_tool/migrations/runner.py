"""Bring a database to the newest state: the host first, then each activity on its own.

Every activity has its own version table (``alembic_version_<key>``): with one shared
history an uninstalled activity would break every later upgrade.
"""

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from lti_tool.domain.database import Database
from lti_tool.migrations.histories import History, histories
from lti_tool.plugins import Registry

__all__ = ["History", "State", "UpgradeError", "differences", "histories", "is_current", "upgrade"]

LOCK_SECONDS = 5
"""How long a change waits for people who use the table; all others would wait behind it."""

_ONE_AT_A_TIME = 0x7472656C6C6973
"""Number of PostgreSQL's advisory lock for upgrades; SQLite has one writer anyway."""


class State(enum.Enum):
    """How a database stands to this release."""

    CURRENT = "current"
    OUTDATED = "outdated"
    NEWER = "newer"
    """A later release has changed it; this one must leave it alone."""


class UpgradeError(Exception):
    """The database was not changed; the text says why, for operators."""


def upgrade(database: Database, registry: Registry) -> None:
    """Run every revision that is missing; safe to repeat, one process at a time.

    Each history is one transaction: a revision that fails leaves nothing half made.

    Raises:
        UpgradeError: The database is newer than this release, or too busy now.
    """
    for history in histories(registry):
        run(database, history)


def run(database: Database, history: History) -> None:
    """Run what is missing of one history.

    Raises:
        UpgradeError: The database is newer than this release, or too busy now.
    """
    try:
        with (
            database.engine.connect() as connection,
            _free_to_rebuild(connection),
            connection.begin(),
        ):
            _wait_for_others(connection)
            _refuse_newer(connection, history)
            command.upgrade(history.config(connection), "heads")
            _refuse_broken_references(connection)
    except OperationalError as error:
        if "lock" not in str(error.orig):
            raise
        raise UpgradeError("The database is in use just now. Nothing was changed.") from error


@contextmanager
def _free_to_rebuild(connection: Connection) -> Iterator[None]:
    """Let SQLite replace a table that others refer to; it can switch only between transactions."""
    if connection.dialect.name != "sqlite":
        yield
        return
    door: Any = connection.connection.driver_connection
    door.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        door.execute("PRAGMA foreign_keys=ON")


def _wait_for_others(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")


def _refuse_newer(connection: Connection, history: History) -> None:
    if _state(connection, history) is State.NEWER:
        raise UpgradeError("The database belongs to a newer release of Trellis.")


def _refuse_broken_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        tables = ", ".join(sorted({str(row[0]) for row in broken}))
        raise UpgradeError(f"Rows in {tables} would refer to nothing. Nothing was changed.")


def is_current(database: Database, registry: Registry) -> bool:
    """Say whether the database is at the newest state of every history."""
    return state_of(database, registry) is State.CURRENT


def state_of(database: Database, registry: Registry) -> State:
    """Say how the database stands to the installed histories; the furthest off counts."""
    with database.reading_connection() as connection:
        found = {_state(connection, history) for history in histories(registry)}
    for state in (State.NEWER, State.OUTDATED):
        if state in found:
            return state
    return State.CURRENT


def _state(connection: Connection, history: History) -> State:
    script = ScriptDirectory.from_config(history.config(connection))
    here = set(_context(connection, history).get_current_heads())
    if here == set(script.get_heads()):
        return State.CURRENT
    known = {revision.revision for revision in script.walk_revisions()}
    return State.OUTDATED if here <= known else State.NEWER


def differences(database: Database, registry: Registry) -> dict[str, list[Any]]:
    """Return, by history, where models and migrations disagree; all empty when they agree."""
    with database.reading_connection() as connection:
        return {
            history.name: compare_metadata(_context(connection, history), history.own_metadata())
            for history in histories(registry)
        }


def _context(connection: Connection, history: History) -> MigrationContext:
    options = {
        "version_table": history.version_table,
        "include_name": history.owns,
        "compare_type": True,
    }
    return MigrationContext.configure(connection, opts=options)
