"""The Alembic histories of this installation: the host's, and one for each activity."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic.config import Config
from sqlalchemy import Connection, MetaData

from lti_tool.domain import tables as _tables
from lti_tool.domain.base import Base
from lti_tool.outbox import models as _outbox
from lti_tool.plugins import ActivityPlugin, Registry

_IMPORTED = (_tables, _outbox)
"""The metadata knows a table once its module is imported."""


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

    def own_metadata(self) -> MetaData:
        """Return the models of the history's own tables, for a comparison."""
        own = MetaData(naming_convention=self.metadata.naming_convention)
        for table in self.metadata.sorted_tables:
            table.to_metadata(own)
        for name in set(own.tables) - self.tables:
            own.remove(own.tables[name])
        return own


def histories(registry: Registry) -> Iterator[History]:
    """Yield the host's history, then that of every activity that has tables."""
    yield History(
        name="host",
        folder=Path(str(files("lti_tool"))) / "migrations" / "versions",
        version_table="alembic_version",
        tables=_tables_of("lti_tool"),
        metadata=Base.metadata,
    )
    for plugin in registry:
        if plugin.migrations is not None:
            yield _history_of(plugin)


def _history_of(plugin: ActivityPlugin) -> History:
    return History(
        name=plugin.key,
        folder=Path(str(files(plugin.package))) / str(plugin.migrations) / "versions",
        version_table=f"alembic_version_{plugin.key}",
        tables=_tables_of(plugin.package),
        metadata=Base.metadata,
    )


def _tables_of(package: str) -> frozenset[str]:
    """Names of the tables whose classes live in *package*."""
    return frozenset(
        mapper.local_table.name  # type: ignore[attr-defined]
        for mapper in Base.registry.mappers
        if f"{mapper.class_.__module__}.".startswith(f"{package}.")
    )
