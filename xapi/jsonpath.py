"""The small part of JSONPath that xAPI profiles may use.

Child (``.name``, ``['name']``), index (``[0]``), all (``.*``, ``[*]``), unions of these in
one pair of brackets, and several paths joined by ``|``. Filters and scripts are forbidden by
the profile specification (part two, 8.1); recursive descent is not needed and refused.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from xapi.errors import ProfileError

Path = Callable[[Any], list[Any]]
Step = tuple[str | int | None, ...]
"""The keys of one step; None stands for all."""

STEP = re.compile(
    r"""\.(?P<name>[A-Za-z_][\w-]*|\*)            # .name or .*
      | \[(?P<union>(?:'[^']*'|"[^"]*"|[^'"\]])*)\]   # ['name'], [0], [*], [0,1]
      | \s*(?P<bar>\|)\s*(?:\$)?                  # one path ends, the next begins
    """,
    re.VERBOSE,
)
KEY = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)"|(\d+)|(\*))\s*(?:,|$)""")


def compiled(path: str) -> Path:
    """Return a function from a document to the list of values at *path*, often empty.

    Raises:
        ProfileError: *path* is no path, or uses more of JSONPath than a profile may.
    """
    branches = _branches(path.strip())

    def values(document: Any) -> list[Any]:
        return [value for steps in branches for value in _walk(document, steps)]

    return values


def _branches(path: str) -> list[list[Step]]:
    text = path.removeprefix("$") if path.startswith("$") else f".{path}"
    branches: list[list[Step]] = [[]]
    position = 0
    while position < len(text):
        found = STEP.match(text, position)
        if not found:
            raise ProfileError(f"not a path a profile may use: {path}")
        position = found.end()
        if found["bar"]:
            branches.append([])
        else:
            branches[-1].append(_step(found, path))
    return branches


def _step(found: re.Match[str], path: str) -> Step:
    if found["name"]:
        return (None,) if found["name"] == "*" else (found["name"],)
    keys = list(KEY.finditer(found["union"]))
    if not keys or "".join(key.group() for key in keys) != found["union"]:
        raise ProfileError(f"not a path a profile may use: {path}")
    return tuple(_key(key) for key in keys)


def _key(found: re.Match[str]) -> str | int | None:
    single, double, index, star = found.groups()
    if star:
        return None
    return int(index) if index else single if single is not None else double


def _walk(value: Any, steps: list[Step]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    for key in steps[0]:
        for child in _children(value, key):
            yield from _walk(child, steps[1:])


def _children(value: Any, key: str | int | None) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values() if key is None else [value[key]] if key in value else []
    elif isinstance(value, list):
        yield from value if key is None else _item(value, key)


def _item(value: list[Any], key: str | int) -> list[Any]:
    return [value[key]] if isinstance(key, int) and key < len(value) else []
