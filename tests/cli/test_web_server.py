"""A web server that could not work does not start, and says why in one sentence."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.cli.conftest import SECRET
from tests.cli.demos import free_ports

ROOT = Path(__file__).parent.parent.parent


def gunicorn(port, **environment):
    """Start the web server as in production."""
    command = [sys.executable, "-m", "gunicorn", "--chdir", str(ROOT), "--no-control-socket"]
    return subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}", "lti_tool.wsgi:app"],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "Trellis cannot start. The database is not up to date. Run: trellis db upgrade\n"),
        ({"TRELLIS_SECRET_KEY": "short"}, "TRELLIS_SECRET_KEY: needs at least 32 characters\n"),
    ],
)
def test_it_refuses_to_start(tmp_path, environment, sentence):
    address = f"sqlite:///{tmp_path / 'empty.db'}"
    settings = {"TRELLIS_DATABASE_URL": address, "TRELLIS_SECRET_KEY": SECRET} | environment

    with gunicorn(free_ports(1)[0], **settings) as server:
        said = server.communicate(timeout=50)[0]

    assert server.returncode != 0
    assert said.count(sentence) == 1
    assert "Traceback" not in said


def test_it_starts_on_a_prepared_database(trellis, url):
    trellis("db", "upgrade")
    port = free_ports(1)[0]
    with gunicorn(port, TRELLIS_DATABASE_URL=url) as server:
        try:
            _wait_for(port, server)
            assert requests.get(f"http://127.0.0.1:{port}/readyz", timeout=10).json() == {
                "ready": True,
                "database": True,
                "disk": True,
                "worker": False,
            }
        finally:
            server.terminate()
            server.communicate(timeout=40)


def _wait_for(port, server):
    while server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return


def test_packages_of_another_distribution_are_noticed(tmp_path):
    """`config` and `xapi` are names that others use too."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "__init__.py").write_text("")
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    command = [sys.executable, "-c", "import lti_tool.wsgi"]

    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | environment, cwd="/"
    )

    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "The package 'config' is not the one of Trellis" in last
