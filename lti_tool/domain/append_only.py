"""Tables that are only ever added to, kept so by the database itself.

A trigger refuses to change or delete a row, whoever asks. What the law wants erased is
erased while a row stands in `upkeep`: put there, and taken away again, by the one
transaction that erases, so that no other transaction ever sees the door open.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import DDL, Table, event
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.domain.base import Base, utc_now

FUNCTION: Final = """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM upkeep) THEN RETURN COALESCE(NEW, OLD); END IF;
  RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$"""
_POSTGRESQL: Final = (
    "CREATE TRIGGER {table}_is_final BEFORE {update} OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER {table}_is_whole BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)
_SQLITE: Final = (
    "CREATE TRIGGER {table}_is_final BEFORE {update} ON {table} "
    "WHEN NOT EXISTS (SELECT 1 FROM upkeep) "
    "BEGIN SELECT RAISE(ABORT, '{table} is only ever added to'); END",
    "CREATE TRIGGER {table}_is_whole BEFORE DELETE ON {table} "
    "WHEN NOT EXISTS (SELECT 1 FROM upkeep) "
    "BEGIN SELECT RAISE(ABORT, '{table} is only ever added to'); END",
)


class Upkeep(Base):
    """While a row stands here, the transaction that put it may erase."""

    __tablename__ = "upkeep"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=utc_now)


def triggers(dialect: str, table: str, columns: tuple[str, ...] = ()) -> list[str]:
    """Return the statements that close *table*; of an update only *columns*, if there are any.

    A migration that makes a table anew (SQLite's batch mode) has to run them again.
    """
    update = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
    statements = _SQLITE if dialect == "sqlite" else _POSTGRESQL
    return [one.format(table=table, update=update) for one in statements]


def only_added_to(model: Any, *columns: str) -> None:
    """Close the table of *model* when it is made from the models, as migrations do."""
    table: Table = model.__table__
    for dialect in ("sqlite", "postgresql"):
        for statement in triggers(dialect, table.name, columns):
            ddl = _ddl(statement, dialect)
            event.listen(table, "after_create", ddl)


def _ddl(statement: str, dialect: str) -> Any:
    ddl: Any = DDL
    return ddl(statement.replace("%", "%%")).execute_if(dialect=dialect)


event.listen(
    Base.metadata,
    "before_create",
    _ddl(FUNCTION, "postgresql"),
)
