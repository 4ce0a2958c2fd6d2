"""A site on loopback that answers what a test puts into it, and remembers who asked."""

import json
import socket
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask, Response, request

from lti_tool.sandbox import serve


@dataclass
class Site:
    """Path -> answer: a dict (sent as JSON), a Response, or a function that returns one."""

    answers: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    url: str = ""

    def app(self):
        app = Flask("site")

        @app.route("/<path:path>", methods=["GET", "POST", "PUT", "DELETE"])
        def answer(path):
            self.asked.append((request.method, f"/{path}", dict(request.headers)))
            found = self.answers[f"/{path}"]
            found = found() if callable(found) and not isinstance(found, Response) else found
            if isinstance(found, Response):
                return found
            return Response(json.dumps(found), mimetype="application/json")

        return app

    @property
    def paths(self):
        return [path for _method, path, _headers in self.asked]


@contextmanager
def site(**answers):
    made = Site(answers)
    with serve(made.app()) as server:
        made.url = server.url
        yield made


@contextmanager
def silent_port():
    """Yield a port of loopback, and a function that says whether anybody knocked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)

        def was_called():
            try:
                listener.accept()[0].close()
            except BlockingIOError:
                return False
            return True

        yield listener.getsockname()[1], was_called
