"""The state of a sandbox in one JSON file, so that a demo survives a restart."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lti_tool.sandbox.keys import KeyRing, SigningKey
from lti_tool.sandbox.model import (
    AccessToken,
    Cell,
    Course,
    Enrolment,
    Group,
    LineItem,
    Link,
    Person,
    Tool,
)

if TYPE_CHECKING:
    from lti_tool.sandbox.platform import Sandbox

_NUMBERED = {
    "people": Person,
    "courses": Course,
    "tools": Tool,
    "links": Link,
    "items": LineItem,
    "groups": Group,
}


def save(sandbox: Sandbox, path: Path) -> None:
    """Write the state to *path* at once or not at all; only its owner may read it.

    The file holds the platform's private keys and the tools' access tokens.
    """
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(_state(sandbox), file, indent=1)
    draft.replace(path)


def load(sandbox: Sandbox, path: Path) -> Sandbox:
    """Fill *sandbox* from *path* if there is such a file, and return it."""
    if path.exists():
        _restore(sandbox, json.loads(path.read_text("utf-8")))
    return sandbox


def _state(sandbox: Sandbox) -> dict[str, Any]:
    tables = sandbox.tables
    numbered = {name: _rows(getattr(tables, name)) for name in _NUMBERED}
    return numbered | {
        "enrolments": _rows(tables.enrolments),
        "cells": _rows(tables.cells),
        "access_tokens": _rows(tables.access_tokens),
        "session_keys": list(tables.session_keys.items()),
        "next_ids": tables.next_ids,
        "salt": sandbox.salt,
        "keys": [asdict(key) for key in sandbox.keys.keys],
    }


def _rows(table: dict[Any, Any]) -> list[dict[str, Any]]:
    return [asdict(row) for row in list(table.values())]


def _restore(sandbox: Sandbox, state: dict[str, Any]) -> None:
    tables = sandbox.tables
    for name, kind in _NUMBERED.items():
        getattr(tables, name).update({row["id"]: kind(**row) for row in state[name]})
    for row in state["enrolments"]:
        tables.enrolments[row["course_id"], row["person_id"]] = Enrolment(**row)
    for row in state["cells"]:
        tables.cells[row["item_id"], row["person_id"]] = Cell(**row)
    tables.access_tokens = {row["token"]: AccessToken(**row) for row in state["access_tokens"]}
    tables.session_keys = dict(state["session_keys"])
    tables.next_ids = state["next_ids"]
    sandbox.salt = state["salt"]
    sandbox.keys = KeyRing([SigningKey(**row) for row in state["keys"]])
