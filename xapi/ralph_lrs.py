"""Ralph as a real LRS on this machine, for ``make demo`` and tests only; never in production.

Needs ``pip install trellis-wbl[demo]``. Ralph 5.1.0 with files as its store takes one write
and then answers 500 for ever, and finds nothing by verb or activity; `app` cures both.
"""

import importlib
import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

import requests

START_SECONDS = 30.0
STORE = "fs_lrs.jsonl"


@dataclass(frozen=True)
class RalphLrs:
    """A running Ralph; stop it, or use it in a ``with`` block."""

    endpoint: str
    """What an `LrsClient` takes, such as ``http://127.0.0.1:8100/xAPI``."""
    key: str
    secret: str
    directory: Path
    process: subprocess.Popen[bytes]

    def stored(self) -> list[dict[str, Any]]:
        """Return all statements it has written to its file, in the order it took them."""
        file = self.directory / "data" / STORE
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        return [json.loads(line) for line in lines]

    def stop(self) -> None:
        """End the process and wait until it is gone."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        """Return itself, already running."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()


def start(directory: Path, port: int, key: str, secret: str) -> RalphLrs:
    """Start Ralph on loopback *port* and return it once it answers.

    Args:
        directory: Where it keeps statements, its key file and its log; made if needed, and
            kept afterwards, so that a later start finds the statements again.
        port: A free port.
        key: User name that may read and write.
        secret: Its password.

    Raises:
        RuntimeError: The port is taken, or Ralph did not answer within half a minute.
    """
    _require_free(port)
    (directory / "data").mkdir(parents=True, exist_ok=True)
    (directory / "auth.json").write_text(json.dumps([_user(key, secret)]), "utf-8")
    command = [sys.executable, "-m", "uvicorn", "--factory", "xapi.ralph_lrs:app"]
    command += ["--app-dir", str(Path(__file__).parent.parent)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    with (directory / "ralph.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            command, env=_environment(directory), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    running = RalphLrs(f"http://127.0.0.1:{port}/xAPI", key, secret, directory, process)
    _wait(running, f"http://127.0.0.1:{port}/__lbheartbeat__")
    return running


def app() -> Any:
    """Return Ralph's own application with its file store cured; uvicorn calls this."""
    base: Any = importlib.import_module("ralph.backends.data.base")
    files: Any = importlib.import_module("ralph.backends.data.fs")
    files.FSDataBackend.default_operation_type = base.BaseOperationType.APPEND
    statements: Any = importlib.import_module("ralph.api.routers.statements")
    statements.IRI = str
    return importlib.import_module("ralph.api").app


def _user(key: str, secret: str) -> dict[str, Any]:
    bcrypt: Any = importlib.import_module("bcrypt")
    return {
        "username": key,
        "hash": bcrypt.hashpw(secret.encode(), bcrypt.gensalt(4)).decode(),
        "scopes": ["statements/write", "statements/read"],
        "agent": {"account": {"homePage": "https://example.org/lrs", "name": key}},
    }


def _environment(directory: Path) -> dict[str, str]:
    return os.environ | {
        "RALPH_APP_DIR": str(directory),
        "RALPH_AUTH_FILE": str(directory / "auth.json"),
        "RALPH_HISTORY_FILE": str(directory / "history.json"),
        "RALPH_RUNSERVER_BACKEND": "fs",
        "RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH": str(directory / "data"),
        "RALPH_BACKENDS__LRS__FS__DEFAULT_LRS_FILE": STORE,
    }


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise RuntimeError(f"port {port} is taken by another program")


def _wait(running: RalphLrs, heartbeat: str) -> None:
    deadline = monotonic() + START_SECONDS
    while running.process.poll() is None and monotonic() < deadline:
        try:
            if requests.get(heartbeat, timeout=1).ok:
                return
        except requests.RequestException:
            sleep(0.05)
    running.stop()
    raise RuntimeError(f"Ralph did not start; see {running.directory / 'ralph.log'}")
