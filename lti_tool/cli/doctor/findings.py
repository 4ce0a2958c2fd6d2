"""What a check found, in words for whoever runs the installation."""

import enum
from dataclasses import dataclass


class Level(enum.StrEnum):
    """How much a finding matters."""

    OK = "ok"
    NOTE = "note"
    """Works, but somebody should know."""
    FIX = "FIX"
    """Does not work until a person does what the finding says."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    subject: str
    text: str
    fix: str = ""
    """What to do about it, for somebody who did not write this program."""

    def __str__(self) -> str:
        """Return the finding as the doctor prints it."""
        line = f"{self.level.value:4}  {self.subject:10}  {self.text}"
        return f"{line}\n{'':18}-> {self.fix}" if self.fix else line


def ok(subject: str, text: str) -> Finding:
    """Return that all is well."""
    return Finding(level=Level.OK, subject=subject, text=text)


def note(subject: str, text: str, fix: str = "") -> Finding:
    """Return something worth knowing."""
    return Finding(level=Level.NOTE, subject=subject, text=text, fix=fix)


def broken(subject: str, text: str, fix: str) -> Finding:
    """Return something that a person has to mend."""
    return Finding(level=Level.FIX, subject=subject, text=text, fix=fix)
