"""Whether an LRS already holds a statement, however it spells it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

OF_THE_LRS = frozenset({"stored", "authority", "version"})
OF_NO_WEIGHT = frozenset({"display", "definition"})
IMPLIED = ("Agent", "Activity")
GROUPS = frozenset({"parent", "grouping", "category", "other"})
IDS = frozenset({"id", "registration"})


def same_statement(sent: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """Say whether *sent* and *held* state the same.

    What an LRS may add, how it shows verbs and things, and the spelling of times and ids
    make no difference (xAPI 1.0.3, Data 2.3.1: immutability).
    """
    theirs = {key: value for key, value in held.items() if key not in OF_THE_LRS}
    ours = {key: value for key, value in sent.items() if key not in OF_THE_LRS}
    return bool(_plain(ours) == _plain(theirs))


def _plain(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        kept = {name: _plain(v, name) for name, v in value.items() if _weighs(name, v)}
        return [kept] if key in GROUPS else kept
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return _spelling(value, key)


def _weighs(name: str, value: Any) -> bool:
    return name not in OF_NO_WEIGHT and not (name == "objectType" and value in IMPLIED)


def _spelling(value: Any, key: str) -> Any:
    if key == "timestamp":
        return _moment(value)
    return value.lower() if key in IDS and isinstance(value, str) else value


def _moment(value: Any) -> Any:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value
    return moment.astimezone(UTC) if moment.tzinfo else value
