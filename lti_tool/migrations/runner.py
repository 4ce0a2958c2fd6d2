"""Bring a database to the newest state: the host first, then each activity on its own.

Every activity has its own version table (``alembic_version_<key>``): with one shared
history an uninstalled activity would break every later upgrade.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from lti_tool.domain import tables as _tables
from lti_tool.domain.base import Base
from lti_tool.domain.database import Database
from lti_tool.outbox import models as _outbox
from lti_tool.plugins import ActivityPlugin, Registry

__all__ = ["History", "differences", "histories", "is_current", "upgrade"]
_KNOWN = (_tables, _outbox)


@dataclass(frozen=True, kw_only=True)
class History:
    """One Alembic history: whose tables, which revisions, which version table."""

    name: str
    folder: Path
    version_table: str
    tables: frozenset[str]
    metadata: MetaData

    def owns(self, name: str | None, kind: str, parents: Any) -> bool:
        """Tell Alembic which objects of the database belong to this history."""
        table = name if kind == "table" else parents.get("table_name")
        return kind == "schema" or table in self.tables

    def config(self, connection: Connection) -> Config:
        """Return Alembic's configuration for running this history on *connection*."""
        config = Config()
        config.set_main_option("script_location", str(files("lti_tool") / "migrations"))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", str(self.folder).replace("%", "%%"))
        config.attributes.update(connection=connection, history=self)
        return config


def histories(registry: Registry) -> Iterator[History]:
    """Yield the host's history, then that of every activity that has tables."""
    owned = {plugin.key: _tables_of(plugin.package) for plugin in registry}
    activities = frozenset().union(*owned.values()) if owned else frozenset()
    yield History(
        name="host",
        folder=Path(str(files("lti_tool") / "migrations" / "versions")),
        version_table="alembic_version",
        tables=frozenset(Base.metadata.tables) - activities,
        metadata=Base.metadata,
    )
    for plugin in registry:
        if plugin.migrations is not None:
            yield _history_of(plugin, owned[plugin.key])


def _history_of(plugin: ActivityPlugin, tables: frozenset[str]) -> History:
    return History(
        name=plugin.key,
        folder=Path(str(files(plugin.package))) / str(plugin.migrations) / "versions",
        version_table=f"alembic_version_{plugin.key}",
        tables=tables,
        metadata=Base.metadata,
    )


def _tables_of(package: str) -> frozenset[str]:
    """Names of the tables whose classes live in *package*."""
    return frozenset(
        mapper.local_table.name  # type: ignore[attr-defined]
        for mapper in Base.registry.mappers
        if f"{mapper.class_.__module__}.".startswith(f"{package}.")
    )


def upgrade(database: Database, registry: Registry) -> None:
    """Run every revision that is missing; safe to repeat, one process at a time.

    On SQLite foreign keys are checked again afterwards, because tables are rebuilt there.
    """
    for history in histories(registry):
        with database.engine.begin() as connection:
            command.upgrade(history.config(connection), "heads")


def is_current(database: Database, registry: Registry) -> bool:
    """Say whether the database is at the newest state of every history."""
    with database.engine.connect() as connection:
        for history in histories(registry):
            heads = set(ScriptDirectory.from_config(history.config(connection)).get_heads())
            if set(_context(connection, history).get_current_heads()) != heads:
                return False
    return True


def differences(database: Database, registry: Registry) -> dict[str, list[Any]]:
    """Return, by history, where models and migrations disagree; all empty when they agree."""
    with database.engine.connect() as connection:
        return {
            history.name: compare_metadata(_context(connection, history), _own(history))
            for history in histories(registry)
        }


def _context(connection: Connection, history: History) -> MigrationContext:
    options = {
        "version_table": history.version_table,
        "include_name": history.owns,
        "compare_type": True,
    }
    return MigrationContext.configure(connection, opts=options)


def _own(history: History) -> MetaData:
    """Return the metadata of the history's own tables, for a comparison."""
    own = MetaData(naming_convention=history.metadata.naming_convention)
    for table in history.metadata.sorted_tables:
        if table.name in history.tables or history.name != "host":
            table.to_metadata(own)
    if history.name != "host":
        for name in set(own.tables) - history.tables:
            own.remove(own.tables[name])
    return own
