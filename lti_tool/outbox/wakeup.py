"""Wake a waiting worker as soon as something is queued, where the database can tell."""

import threading
from contextlib import suppress
from typing import Final

import psycopg

from lti_tool.domain.database import Database
from lti_tool.outbox.queue import CHANNEL

_LISTEN_SECONDS: Final = 1.0
_RECONNECT_SECONDS: Final = 5.0


class Listener(threading.Thread):
    """Sets *wake* whenever PostgreSQL notifies; on SQLite it ends at once.

    It is a wake-up only: a lost notification costs the rest of one poll, nothing else.
    """

    def __init__(self, db: Database, wake: threading.Event, stop: threading.Event) -> None:
        """Listen on a connection of its own, outside the pool, until *stop*."""
        super().__init__(name="outbox-listener", daemon=True)
        self._db, self._wake, self._stop_asked = db, wake, stop

    def run(self) -> None:
        """Listen, and connect again when the server went away."""
        while not (self._db.is_sqlite or self._stop_asked.is_set()):
            with suppress(psycopg.Error):
                self._listen()
            self._stop_asked.wait(_RECONNECT_SECONDS)

    def _listen(self) -> None:
        engine = self._db.engine
        arguments, options = engine.dialect.create_connect_args(engine.url)
        with psycopg.connect(*arguments, autocommit=True, **options) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            while not self._stop_asked.is_set():
                for _ in connection.notifies(timeout=_LISTEN_SECONDS, stop_after=1):
                    self._wake.set()
