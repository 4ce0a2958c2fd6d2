"""Processes that are killed, stopped and started again."""

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

LONGEST_STOP_SECONDS = 8.0
"""Longer than a lease of the soak, so that stopped workers wake up to a lost one."""


class Child(Protocol):
    """A running process: `subprocess.Popen` is one, `Fork` another."""

    pid: int

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal, or None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the exit code."""


class Fork:
    """A child that is there in milliseconds, because it need not import anything."""

    def __init__(self, work: Callable[..., None], *arguments: object) -> None:
        context = multiprocessing.get_context("fork")
        self._process = context.Process(target=work, args=arguments, daemon=True)
        self._process.start()
        self.pid: int = self._process.pid or 0

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the exit code."""
        self._process.join(timeout)
        assert self._process.exitcode is not None, f"{self.pid} did not end in {timeout} s"
        return self._process.exitcode


@dataclass
class Fleet:
    """Processes of one sort, started again whenever one ends."""

    name: str
    start: Callable[[], Child]
    size: int
    faults: Counter[str] = field(default_factory=Counter)
    running: list[Child] = field(default_factory=list)
    stopped: dict[int, float] = field(default_factory=dict)
    """Process under SIGSTOP -> when it goes on."""

    def fill(self) -> None:
        """Start what is missing, and let go on what was stopped for long enough.

        Raises:
            AssertionError: One ended by itself, with an error.
        """
        ends = {child.pid: child.poll() for child in self.running}
        crashed = {pid: code for pid, code in ends.items() if code is not None and code > 0}
        assert not crashed, f"{self.name} crashed: {crashed}"
        self.running = [child for child in self.running if ends[child.pid] is None]
        self.stopped = {pid: at for pid, at in self.stopped.items() if ends.get(pid, 0) is None}
        for pid in [pid for pid, at in self.stopped.items() if time.monotonic() >= at]:
            os.kill(pid, signal.SIGCONT)
            del self.stopped[pid]
        while len(self.running) < self.size:
            self.running.append(self.start())

    def hurt(self, how: signal.Signals, rng: random.Random) -> None:
        """Kill, end or stop one process at random."""
        child = rng.choice(self.running)
        self.faults[how.name] += 1
        os.kill(child.pid, how)
        if how is signal.SIGSTOP:
            self.stopped[child.pid] = time.monotonic() + rng.uniform(0.5, LONGEST_STOP_SECONDS)
        if how is signal.SIGKILL:
            child.wait()

    def end(self, how: signal.Signals) -> set[int]:
        """End all that still run; return their exit codes."""
        ending = [child for child in self.running if child.poll() is None]
        for child in ending:
            os.kill(child.pid, signal.SIGCONT)
            os.kill(child.pid, how)
        return {child.wait(30) for child in ending}
