"""Which process a worker is, so that another one can tell that it ended.

A host name and a number are too little: containers may share the one, and all have a
process 1. The boot of the machine, the namespace of process numbers and the moment of the
start make it certain. Where the system does not tell them (only Linux does), no worker
ever counts as ended, and its leases run out.
"""

import os
import socket
from functools import cache
from pathlib import Path
from typing import Final
from uuid import uuid4

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE: Final = Path("/proc/self/ns/pid")
_STATE, _START = 0, 19
"""Fields of ``/proc/<pid>/stat`` after the command (proc(5): 3 and 22)."""


def name_of_worker() -> str:
    """Return a new name ``host:numbers:process:start:random`` for a worker of this process."""
    pid = os.getpid()
    return f"{_machine()}:{pid}:{_started_at(pid)}:{uuid4().hex[:6]}"


def has_ended(name: str) -> bool:
    """Return whether the worker *name* was a process of this machine that surely ended."""
    machine, *process = name.rsplit(":", 3)
    if machine != _machine() or machine.endswith(":") or len(process) != 3:
        return False
    pid, started_at = process[:2]
    return pid.isdecimal() and _is_over(int(pid), started_at)


def _is_over(pid: int, started_at: str) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return _started_at(pid) not in {started_at, ""}


def _started_at(pid: int) -> str:
    """Return when a process started, ``ended`` if it only waits for its parent, "" if unknown."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "ended" if fields[_STATE] in {"Z", "X"} else fields[_START]


@cache
def _machine() -> str:
    """Return the host with what tells its process numbers from others; ends with : if unknown."""
    try:
        numbers = f"{_BOOT.read_text('ascii').strip()}.{_NAMESPACE.stat().st_ino}"
    except OSError:
        numbers = ""
    return f"{socket.gethostname()}:{numbers}"
