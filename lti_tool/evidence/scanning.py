"""A virus scanner of the administrator's choice: any command that reads a file on its input."""

import enum
import shlex
import subprocess
from typing import BinaryIO

TIMEOUT = 30.0
"""Seconds that a scan may take before it is put off."""


class Verdict(enum.Enum):
    """What a scanner says of a file."""

    CLEAN = enum.auto()
    BLOCKED = enum.auto()
    UNKNOWN = enum.auto()
    """It did not answer, or could not say; asked again later."""


def scan(command: str, content: BinaryIO) -> Verdict:
    """Ask *command* about a file, which must be a real one; without a command all is clean.

    The command is started directly, not by a shell. Exit code 0 is clean, 1 is blocked, as
    `clamdscan --no-summary -` answers; any other, or no answer in 30 s, is no answer.
    """
    if not command:
        return Verdict.CLEAN
    content.flush()
    content.seek(0)
    try:
        done = subprocess.run(  # noqa: S603 - the administrator's own command
            shlex.split(command),
            stdin=content.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return Verdict.UNKNOWN
    return {0: Verdict.CLEAN, 1: Verdict.BLOCKED}.get(done.returncode, Verdict.UNKNOWN)
