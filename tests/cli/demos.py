"""`trellis demo` as a process of its own, on ports and in a folder that nobody else uses."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TRELLIS = [sys.executable, "-c", "from lti_tool.cli import main; main()"]
NAMES = ("--port", "--vle-port", "--lrs-port")


@dataclass(frozen=True)
class Demo:
    """A running demo: its process, and where to find the VLE and Trellis."""

    process: subprocess.Popen[str]
    vle: str
    tool: str


def free_ports(count: int = 3) -> list[int]:
    """Return ports on loopback that nobody listens on just now."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def options(folder: Path, ports: list[int]) -> list[str]:
    """Return the command line for *folder* and *ports*."""
    chosen = [f"{name}={port}" for name, port in zip(NAMES, ports, strict=True)]
    return [*TRELLIS, "demo", "--folder", str(folder), *chosen]


@contextmanager
def running(folder: Path, ports: list[int]) -> Iterator[Demo]:
    """Start a demo and yield it when it says that it is ready; end it with Ctrl+C."""
    command = options(folder, ports)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        try:
            said = _greeting(process)
            vle, tool = re.findall(r"http://localhost:\d+", said)
            yield Demo(process, vle, tool)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(40)


def _greeting(process: "subprocess.Popen[str]") -> str:
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl+C" in line:
            return said
    raise AssertionError(f"the demo did not start: {said}")
