"""A real socket for the sandbox, in a thread of this process."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Thread
from types import TracebackType

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from lti_tool.sandbox.platform import Sandbox


class _QuietHandler(WSGIRequestHandler):
    """Logs no requests, because their addresses carry session keys and hints."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Date answers by the platform's own clock, which may be wrong on purpose."""
        sandbox = self.server.app.extensions.get("sandbox")  # type: ignore[attr-defined]
        now = sandbox.now() if isinstance(sandbox, Sandbox) else None
        return super().date_time_string(timestamp or now)


@dataclass
class Server:
    """A running server; use it in a ``with`` statement, or call `stop`."""

    server: BaseWSGIServer
    thread: Thread
    url: str

    def stop(self) -> None:
        """Stop serving and give the port back."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def __enter__(self) -> Server:
        """Return the server."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving."""
        self.stop()


def serve(app: Flask, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Serve *app* in a thread, on a free port when *port* is 0.

    A sandbox without a base URL gets the address of the server as its own.
    """
    server = make_server(host, port, app, threaded=True, request_handler=_QuietHandler)
    url = f"http://{host}:{server.server_port}"
    sandbox = app.extensions.get("sandbox")
    if isinstance(sandbox, Sandbox) and not sandbox.base_url:
        sandbox.base_url = url
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    return Server(server, thread, url)
