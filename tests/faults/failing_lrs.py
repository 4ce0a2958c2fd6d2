"""An LRS that loses or refuses one answer in four, and remembers what it stored."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FailingLrs(ThreadingHTTPServer):
    """Keeps the ids of what it stored, in order; loses or refuses every fourth answer."""

    daemon_threads = True

    def __init__(self, rng):
        self.rng, self.arrived, self.lock = rng, [], threading.Lock()
        super().__init__(("127.0.0.1", 0), _Answers)

    def handle_error(self, request, client_address):
        """Say nothing of connections that a killed worker left behind."""


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            fault = self.server.rng.random()
            if fault >= 0.12:
                self.server.arrived += [one["id"] for one in body]
        if fault < 0.12:
            self._say(503, b"{}")
        elif fault < 0.25:
            self.close_connection = True
        else:
            self._say(200, json.dumps([one["id"] for one in body]).encode())

    def do_GET(self):
        self._say(200, b'{"version":["1.0.3"]}')

    def _say(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Experience-API-Version", "1.0.3")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments):
        """Stay quiet."""
