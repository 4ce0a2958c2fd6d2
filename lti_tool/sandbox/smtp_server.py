"""A real SMTP server on this machine, in a thread of this process. Needs aiosmtpd."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import Any

from aiosmtpd.smtp import SMTP


class SmtpServer:
    """Serves *handler*, an aiosmtpd one; use it in a ``with`` statement, or start and stop it."""

    def __init__(self, handler: Any, host: str = "127.0.0.1", **options: Any) -> None:
        """Prepare; *options* go to `aiosmtpd.smtp.SMTP`."""
        self._handler, self._options = handler, {"hostname": "localhost", **options}
        self.host, self.port = host, 0
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="smtp", daemon=True)

    def start(self) -> SmtpServer:
        """Listen on a free port, which is `port` from now on."""
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(self._protocol, self.host, 0)

    def _protocol(self) -> asyncio.Protocol:
        protocol: asyncio.Protocol = SMTP(self._handler, loop=self._loop, **self._options)
        return protocol

    def stop(self) -> None:
        """Stop listening, drop whoever is connected, and give the port back."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        others = asyncio.all_tasks(self._loop) - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def __enter__(self) -> SmtpServer:
        """Start it."""
        return self.start()

    def __exit__(self, *_error: object) -> None:
        """Stop it."""
        self.stop()
