"""The sandbox as `python -m lti_tool.sandbox` starts it."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
import requests


@pytest.fixture
def started(tmp_path):
    """The running program: its address and the file that keeps its state."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    state = tmp_path / "sandbox.json"
    tool = ["--login-url", "http://tool.test/login", "--launch-url", "http://tool.test/launch"]
    options = ["--base-url", url, "--state", str(state), "--jwks-url", "http://tool.test/jwks"]
    command = [sys.executable, "-m", "lti_tool.sandbox", *options, *tool]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert url in program.stdout.readline()
        yield url, state
        program.terminate()


def test_the_program_serves_its_cast_and_the_tool_and_keeps_them(started):
    url, state = started

    front = requests.get(url, timeout=5).text
    tools = requests.get(f"{url}/site/tools", timeout=5).text

    assert "Tomas Trainee" in front
    assert "http://tool.test/login" in tools
    assert "Tomas" in state.read_text("utf-8")
