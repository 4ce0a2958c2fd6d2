"""Custom parameters as lines of text, the way Moodle stores and reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def to_lines(values: Mapping[str, Any] | None) -> str:
    """Return *values* as ``key=value`` lines.

    A value with a line break in it becomes a second parameter, as in Moodle.
    """
    return "\n".join(f"{key}={as_text(value)}" for key, value in (values or {}).items())


def from_lines(lines: str) -> dict[str, str]:
    """Return the parameters in *lines*; a line without a key before ``=`` is dropped."""
    found = {}
    for line in re.split(r"\r\n|\n\r|\r|\n", lines):
        key, equals, value = line.partition("=")
        if equals and key:
            found[key.strip()] = value.strip()
    return found


def plain_key(key: str) -> str:
    """Return the lower-cased twin under which Moodle sends a parameter once more."""
    return re.sub(r"[^a-z0-9]", "_", key.strip().lower())


def as_text(value: object) -> str:
    """Return what PHP makes of a JSON value in a string: true is 1, false and null are empty."""
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    return "Array" if isinstance(value, list | dict) else str(value)
