"""What the templates of an activity are made of: enough to edit, compare and check any of them.

A template's content is JSON: attributes, and lists of parts. Every part has an ``id`` that
stays for ever, because answers are kept by it; nothing is ever known by its position. An id
is one of its list's; with the ids of its parents in front it is a path, one of the template's.
"""

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from lti_tool.domain.base import Json


class AttributeKind(enum.StrEnum):
    """How one value of a part is written."""

    TEXT = "text"
    """A map of language to text, long or short."""
    LINE = "line"
    """One line that is the same in every language, such as a unit or a code."""
    LINES = "lines"
    """Several of them, one per line."""
    INTEGER = "integer"
    DECIMAL = "decimal"
    """Kept as text, digit for digit."""
    FLAG = "flag"
    CHOICE = "choice"


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One value of a template or of a part."""

    key: str
    label: object
    """Lazily translated, as are *hint* and the labels of *choices*."""
    kind: AttributeKind = AttributeKind.TEXT
    hint: object = None
    choices: Mapping[str, object] = field(default_factory=dict)
    is_required: bool = False
    only_for: frozenset[str] = frozenset()
    """Values of the part's ``kind`` that have it; empty for all."""

    def belongs_to(self, part: Mapping[str, Any]) -> bool:
        """Say whether a part has this attribute."""
        return not self.only_for or part.get("kind") in self.only_for


@dataclass(frozen=True, kw_only=True)
class PartKind:
    """One list of parts, such as the fields of a form or the options of a question."""

    key: str
    """Where the list stands in the content, such as ``fields``."""
    title: object
    """Of one part: "Question"."""
    attributes: Sequence[Attribute]
    name: str
    """Key of the attribute that a list shows a part by."""
    parts: Sequence["PartKind"] = ()
    at_least: int = 0
    only_for: frozenset[str] = frozenset()
    """Values of the parent's ``kind`` that have this list; empty for all."""

    def belongs_to(self, parent: Mapping[str, Any]) -> bool:
        """Say whether *parent* has this list."""
        return not self.only_for or parent.get("kind") in self.only_for


@dataclass(frozen=True, kw_only=True)
class TemplateKind:
    """How the templates of one activity are built."""

    attributes: Sequence[Attribute]
    parts: Sequence[PartKind]
    preview: Callable[[Json, str], str]
    """Return the HTML of a content as an audience sees it: ``trainee``, ``mentor``, ``print``."""
    check: Callable[[Json], Sequence[str]] = lambda _content: ()
    """Say, translated, what stands in the way of publishing; beyond what is required."""
    answers: Callable[[Json], Mapping[str, str]] = lambda _draft: {}
    """Read a learner's draft: text by id of the part that it answers."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A part, and where it stands."""

    kind: PartKind
    path: str
    """Ids from the outermost part to this one, such as ``hands.soap``."""
    part: Json
    siblings: list[Json]
    """The very list in the content that holds it."""


def places(parts: Sequence[PartKind], content: Json, above: str = "") -> Iterator[Place]:
    """Yield every part of *content*, parents before children, in order."""
    for kind in parts:
        if not kind.belongs_to(content):
            continue
        siblings = content.setdefault(kind.key, [])
        for part in siblings:
            path = f"{above}{part['id']}"
            yield Place(kind=kind, path=path, part=part, siblings=siblings)
            yield from places(kind.parts, part, f"{path}.")


def find_place(kind: TemplateKind, content: Json, path: str) -> Place | None:
    """Return the part of that path, or None."""
    found = (place for place in places(kind.parts, content) if place.path == path)
    return next(found, None)


def new_part_id() -> str:
    """Return an id that no other part ever has."""
    return uuid4().hex[:12]
