"""An LRS on loopback that answers as real ones do on bad days.

It stores statements by the book (all of a batch or nothing, 409 for another statement under
a known id) until a test gives it a fault. It is used only for answers that a real LRS cannot
be made to give; everything else is tried on real ones.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

Batch = list[dict[str, Any]]


@dataclass(frozen=True)
class Reply:
    """What is sent back; a `length` longer than the body makes a torn answer, `is_cut` none."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    wait: threading.Event | None = None
    is_cut: bool = False


def in_json(status: int, body: Any) -> Reply:
    """Return an answer in JSON."""
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


Fault = Callable[[Batch], Reply | None]
"""Looks at a posted batch; None lets it through."""


class FaultyLrs:
    """The server; `stored`, `bodies` and `requests` are what it saw."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, Any]] = {}
        self.voided: dict[str, dict[str, Any]] = {}
        self.bodies: list[bytes] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.connections: set[int] = set()
        self.fault: Fault = lambda batch: None
        self.about: Reply = in_json(200, {"version": ["1.0.3"]})
        self.reading: Reply | None = None
        self.hold = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/xAPI"

    @property
    def batches(self) -> list[list[str]]:
        """Ids of each batch that was posted, in order."""
        return [[statement["id"] for statement in json.loads(body)] for body in self.bodies]

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hold.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def post(self, body: bytes) -> Reply:
        self.bodies.append(body)
        batch: Batch = json.loads(body)
        return self.fault(batch) or self.keep(batch)

    def keep(self, batch: Batch) -> Reply:
        """Store by the book."""
        known = self.stored | self.voided
        if any(known.get(one["id"], one) != one for one in batch):
            return in_json(409, {"message": "conflict"})
        self.stored |= {one["id"]: one for one in batch if one["id"] not in self.voided}
        return in_json(200, [one["id"] for one in batch])

    def get(self, path: str, query: dict[str, list[str]]) -> Reply:
        if path.endswith("/about"):
            return self.about
        if self.reading:
            return self.reading
        if "statementId" in query:
            return self._one(self.stored, query["statementId"][0])
        if "voidedStatementId" in query:
            return self._one(self.voided, query["voidedStatementId"][0])
        return in_json(200, {"statements": [], "more": ""})

    def _one(self, among: dict[str, dict[str, Any]], id: str) -> Reply:
        return in_json(200, among[id]) if id in among else in_json(404, {"message": "no such"})

    def _handler(lrs) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(lrs.post(body))

            def do_GET(self) -> None:
                url = urlsplit(self.path)
                self.answer(lrs.get(url.path, parse_qs(url.query)))

            def answer(self, reply: Reply) -> None:
                lrs.requests.append((self.command, self.path, dict(self.headers)))
                lrs.connections.add(self.client_address[1])
                if reply.wait:
                    reply.wait.wait(20)
                if reply.is_cut:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                length = len(reply.body) if reply.length is None else reply.length
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(reply.body)
                self.close_connection = length != len(reply.body)

            def log_message(self, *args: object) -> None:
                pass

        return Handler
