"""The furnished course that the sweep spoils, and how it is put back after each try."""

import sqlite3
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

from lti_tool.domain.base import Base
from lti_tool.domain.records import Record

VOLATILE = {"launch_session": {"seen_at"}}
"""Columns that say when somebody was last here, which any request may move."""
DRAFTS = {"record": {c.name for c in Record.__table__.columns if c.name.startswith("draft")}}
"""Where what was typed is kept while it is not handed in: a refused form may write there."""


@dataclass
class Scene:
    """The forms by the endpoint they post to, the pages by address, and all rows as they were."""

    world: object
    forms: dict
    pages: dict
    renew: Callable
    """Makes those messages anew that live for a minute, or a quarter of an hour."""

    def __post_init__(self):
        self.file = sqlite3.connect(self.world.database.engine.url.database)
        self.file.execute("PRAGMA synchronous = OFF")
        self.keep()

    def keep(self):
        """Take the rows as they are now for the ones to come back to."""
        self.rows = sqlite3.connect(":memory:")
        self.file.backup(self.rows)
        self.mark = self._count()

    def close(self):
        """Let go of the database."""
        self.file.close()
        self.rows.close()

    def _count(self):
        """A number that any transaction of somebody else moves if it wrote something."""
        return self.file.execute("PRAGMA data_version").fetchone()[0]

    @contextmanager
    def untouched_afterwards(self, player):
        """Put every row back that the block has changed, and the cookies of *player*."""
        jar = player.client._cookies
        cookies = dict(jar)
        try:
            yield
        finally:
            jar.clear()
            jar.update(cookies)
            self.restore()

    def look(self, player, address, **kwargs):
        """Open a page, leaving no trace of it: that some were read is put on record."""
        with self.untouched_afterwards(player):
            return player.client.get(address, **kwargs)

    def restore(self):
        """Make the database what it was."""
        if self.was_written_to():
            self.rows.backup(self.file)
            self.mark = self._count()

    def was_written_to(self):
        """Say, fast, whether there was any transaction that could have changed something."""
        return self._count() != self.mark

    def changes(self, besides=None):
        """The tables that are not as they were; columns of *besides* do not count."""
        if not self.was_written_to():
            return []
        return [
            table.name
            for table in Base.metadata.sorted_tables
            if self._read(self.rows, table, besides) != self._read(self.file, table, besides)
        ]

    def holds(self, text):
        """Say whether *text* stands anywhere in the database now."""
        return any(text in row for t in Base.metadata.sorted_tables for row in self._read_now(t))

    def _read_now(self, table):
        return self._read(self.file, table, {})

    def _read(self, connection, table, besides):
        ignored = VOLATILE.get(table.name, set()) | (besides or {}).get(table.name, set())
        columns = [f'"{column.name}"' for column in table.columns if column.name not in ignored]
        rows = connection.execute(f'SELECT {", ".join(columns)} FROM "{table.name}"')  # noqa: S608
        return sorted(map(repr, rows))
