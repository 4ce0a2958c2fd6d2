"""Real LRSs on loopback, as fixtures: ``ralph`` and ``learning_locker``.

Other test folders import the fixtures they want into their conftest::

    from tests.xapi.lrs_servers import learning_locker, ralph  # noqa: F401

Learning Locker's statement service (GPL-3.0, run as a process, never shipped) is installed
once into ``.cache/learninglocker``, or the folder in TRELLIS_LEARNING_LOCKER; do that ahead
of the tests with ``python -m tests.xapi.lrs_servers``. Without npm its tests are skipped,
but they fail where the environment variable CI is set.
"""

import fcntl
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import pytest
import requests

from xapi import ralph_lrs
from xapi.lrs import LrsClient

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache" / "learninglocker"
PACKAGE, VERSION = "@learninglocker/xapi-statements", "7.8.0"
START_SECONDS = 30.0


@dataclass(frozen=True)
class RealLrs:
    """A running LRS of another author."""

    name: str
    endpoint: str
    key: str
    secret: str

    def client(self, **options: str) -> LrsClient:
        """Return a client for it."""
        return LrsClient(self.endpoint, self.key, self.secret, **options)


@pytest.fixture(scope="session")
def ralph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealLrs]:
    """Ralph with a file store; forgives much, and stands for LRSs that do."""
    directory = tmp_path_factory.mktemp("ralph")
    with ralph_lrs.start(directory, free_port(), "trellis", "s3cret") as lrs:
        yield RealLrs("ralph", lrs.endpoint, lrs.key, lrs.secret)


@pytest.fixture(scope="session")
def learning_locker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealLrs]:
    """Learning Locker's statement service in memory; checks statements strictly."""
    if shutil.which("npm") is None:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("npm is not installed, so Learning Locker cannot be tried")
    home = installed_learning_locker()
    with running_learning_locker(home, tmp_path_factory.mktemp("learninglocker")) as endpoint:
        yield RealLrs("learning_locker", endpoint, "trellis", "s3cret")


@pytest.fixture(params=["ralph", "learning_locker"])
def real_lrs(request: pytest.FixtureRequest) -> RealLrs:
    """Each of the real LRSs in turn."""
    lrs: RealLrs = request.getfixturevalue(request.param)
    return lrs


def free_port() -> int:
    """Return a port on loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def installed_learning_locker() -> Path:
    """Install the service unless that was done before; return its folder."""
    home = Path(os.environ.get("TRELLIS_LEARNING_LOCKER", CACHE)).resolve()
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_installed(home):
            _install(home)
    return home


def _is_installed(home: Path) -> bool:
    done = home / "node_modules" / PACKAGE / "package.json"
    return done.exists() and json.loads(done.read_text("utf-8"))["version"] == VERSION


def _install(home: Path) -> None:
    (home / ".gitignore").write_text("*\n", "utf-8")
    (home / "package.json").write_text('{"private": true}\n', "utf-8")
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"]
    subprocess.run([*command, f"{PACKAGE}@{VERSION}"], cwd=home, check=True, timeout=600)


@contextmanager
def running_learning_locker(home: Path, directory: Path) -> Iterator[str]:
    """Run the service installed in *home* with *directory* for its log; yield its endpoint."""
    port = free_port()
    command = ["node", "-r", str(HERE / "bind_loopback.js")]
    command += [str(home / "node_modules" / PACKAGE / "dist" / "server.js")]
    settings = {
        "MODELS_REPO": "memory",
        "STORAGE_REPO": "local",
        "AUTH_REPO": "test",
        "EVENTS_REPO": "test",
        "SERVICE_AWAIT_UPDATES": "true",
        "EXPRESS_PORT": str(port),
    }
    with (directory / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=directory, env=os.environ | settings, stdout=log, stderr=log
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}/xAPI/about")
        yield f"http://127.0.0.1:{port}/xAPI"
    finally:
        process.kill()
        process.wait()


def _wait(process: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = monotonic() + START_SECONDS
    while process.poll() is None and monotonic() < deadline:
        try:
            if requests.get(url, timeout=1).ok:
                return
        except requests.RequestException:
            sleep(0.05)
    raise RuntimeError("Learning Locker did not start; see its server.log")


if __name__ == "__main__":
    installed_learning_locker()
