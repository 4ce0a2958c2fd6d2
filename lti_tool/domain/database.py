"""One door to the database, the same for web, worker and command line."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Self, TypeVar

import psycopg
from psycopg import Column
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import Session

BUSY_TIMEOUT_MS = 10_000
"""How long a SQLite writer waits for another before the request fails, in milliseconds."""


RUNS = 3
_WORTH_ANOTHER_RUN = ("40P01", "40001")
"""PostgreSQL's codes for a deadlock and for a serialisation failure."""

T = TypeVar("T")


class Database:
    """An engine and the two ways to use it: `transaction` to write, `reading` to look.

    SQLite runs in WAL mode with full synchronisation, and writers take the lock at
    once: with the defaults 636 of 800 concurrent updates were lost when measured.
    """

    def __init__(self, url: str, *, pool_size: int = 5, info: dict[str, Any] | None = None) -> None:
        """Open *url*, an SQLAlchemy URL of SQLite or PostgreSQL (psycopg).

        *info* is handed to every session as ``session.info``.
        """
        self.info = info or {}
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        options: dict[str, Any] = {"hide_parameters": True}
        if self.is_sqlite:
            self.engine: Engine = create_engine(url, **options)
            _prepare_sqlite(self.engine)
            self._readers: Engine = self.engine.execution_options(reads_only=True)
            self._snapshots: Engine = self._readers
            return
        connect = {"cursor_factory": QuickCursor}
        options |= {"pool_size": pool_size, "max_overflow": 10, "connect_args": connect}
        self.engine = create_engine(url, **options)
        looking = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
        self._readers = create_engine(url, **options, **looking)
        self._snapshots = self.engine.execution_options(isolation_level="REPEATABLE READ")
        for engine in (self.engine, self._readers):
            _ask_idle_connections(engine)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session whose work commits as a whole, or not at all on an exception."""
        with (
            Session(self.engine, expire_on_commit=False, info=self.info) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session for looking only; it takes no write lock and commits nothing."""
        with Session(
            self._readers, expire_on_commit=False, autoflush=False, info=self.info
        ) as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Yield a session for looking only, for which nothing changes however long it looks.

        `reading` sees, on PostgreSQL, at every query what was committed until then.
        """
        with Session(
            self._snapshots, expire_on_commit=False, autoflush=False, info=self.info
        ) as session:
            yield session

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Yield a Core connection in one write transaction: the launch path uses it."""
        with self.engine.begin() as connection:
            yield connection

    def run(self, work: Callable[[Connection], T]) -> T:
        """Return what *work* returns from one write transaction by Core.

        When the database broke a deadlock, or could not order two transactions, the whole of
        it is done again, up to three times: *work* must have no other effects.
        """
        for _ in range(RUNS - 1):
            try:
                with self.connection() as connection:
                    return work(connection)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _WORTH_ANOTHER_RUN:
                    raise
        with self.connection() as connection:
            return work(connection)

    @contextmanager
    def reading_connection(self) -> Iterator[Connection]:
        """Yield a Core connection for looking only."""
        with self._readers.connect() as connection:
            yield connection

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
        self._readers.dispose()


MOST_DESCRIBED = 500
"""Statements whose columns are remembered; lists make ever new ones."""

IDLE_SECONDS = 2.0
"""A pooled connection idle for longer is asked whether it still lives, before it is used."""


def _ask_idle_connections(engine: Engine) -> None:
    """Find connections that a database restart broke, without a question at every use."""

    @event.listens_for(engine, "checkin")
    def on_checkin(_connection: Any, record: Any) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
        used_at = record.info.get("used_at")
        if used_at is None or time.monotonic() - used_at < IDLE_SECONDS:
            return
        try:
            alive = engine.dialect.do_ping(connection)
        except engine.dialect.dbapi.Error:  # type: ignore[union-attr]
            alive = False
        if not alive:
            raise DisconnectionError


class QuickCursor(psycopg.Cursor[Any]):
    """Describes the columns of a statement it has described before without asking again.

    SQLAlchemy wants the description at each execution, though it keeps what it makes of it:
    psycopg's sixty objects were 4 % of a launch, and work for the garbage collector.
    """

    _described: ClassVar[dict[str, list[Column]]] = {}
    _statement = ""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Execute *query*."""
        self._statement = query if isinstance(query, str) else ""
        return super().execute(query, params, **options)

    @property
    def description(self) -> list[Column] | None:
        """The columns of the result; None if there is none."""
        known = self._described.get(self._statement)
        if known is None or self.pgresult is None:
            known = super().description
            if known and self._statement and len(self._described) < MOST_DESCRIBED:
                self._described[self._statement] = known
        return known


def upsert_of(bind: Session | Connection, table: Any) -> Any:
    """Return the dialect's INSERT for *table*, which knows ON CONFLICT and RETURNING."""
    dialect = bind.get_bind().dialect if isinstance(bind, Session) else bind.dialect
    return insert_of(dialect.name, table)


def insert_of(dialect: str, table: Any) -> Any:
    """Return the INSERT of a dialect by name, for statements that are built once."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def insert_if_new(bind: Session | Connection, table: Any) -> Any:
    """Return an INSERT that leaves an existing row alone.

    Ask with RETURNING whether a row was made: psycopg's `rowcount` is -1, and true.
    """
    return upsert_of(bind, table).on_conflict_do_nothing()


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        looking = connection.get_execution_options().get("reads_only")
        connection.exec_driver_sql("BEGIN" if looking else "BEGIN IMMEDIATE")
