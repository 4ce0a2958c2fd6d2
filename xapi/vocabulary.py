"""The words a statement may use, read from TOML: verbs, types of things, and events."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Self

from xapi.errors import VocabularyError

PROFILE = "https://w3id.org/trellis-wbl/xapi"
"""IRI of our xAPI profile. Changing it after the first release splits everybody's data."""

PROFILE_VERSION = f"{PROFILE}/v1.0"
"""IRI of the profile version that statements claim to follow."""

TABLES = ("verbs", "types", "events", "extensions")
RESULT_MEMBERS = frozenset({"score", "success", "duration", "response"})
CONTEXT_MEMBERS = frozenset({"instructor", "team", "revision_ref"})

IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
WORDS = re.compile(r"[A-Za-z][A-Za-z -]{0,39}")


@dataclass(frozen=True)
class Verb:
    """What was done: a published IRI, and the English word our users would say."""

    id: str
    display: str


@dataclass(frozen=True)
class ObjectType:
    """A kind of thing, with the one generic English name that all things of it bear."""

    id: str
    name: str


@dataclass(frozen=True)
class StatementObject:
    """One thing in a statement (xAPI says Activity): its kind and its own IRI."""

    type: ObjectType
    id: str


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happens in an activity, and what its statement must and may hold."""

    verb: Verb
    type: ObjectType
    parent: ObjectType | None = None
    """What the object belongs to; such a thing must then be given, otherwise none may be."""
    success: bool | None = None
    completion: bool | None = None
    result: frozenset[str] = frozenset()
    """Members of the result that must be there; besides these only `result_may`."""
    result_may: frozenset[str] = frozenset()
    context: frozenset[str] = frozenset()
    """Which of instructor, team and revision_ref must be there; the others may."""
    extensions: frozenset[str] = frozenset()
    """Extension keys that must be there, and no others may."""
    interaction: bool = False
    """True for a question: its statement says of which interaction type it is."""


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """All that one activity may say, the core events included. Read-only."""

    types: Mapping[str, ObjectType]
    events: Mapping[str, Event]
    extensions: Mapping[str, str] = field(default_factory=dict)
    """Extension IRI by key."""

    @classmethod
    def load(cls, package: str) -> Self:
        """Return the vocabulary in ``vocabulary.toml`` inside *package* (a dotted name).

        Raises:
            VocabularyError: The file is missing, incomplete or contradicts the core.
        """
        try:
            text = files(package).joinpath("vocabulary.toml").read_text("utf-8")
        except (OSError, ModuleNotFoundError) as error:
            raise VocabularyError(f"{package} has no vocabulary.toml") from error
        return cls.parse(text, source=package)

    @classmethod
    def parse(cls, text: str, *, source: str = "vocabulary") -> Self:
        """Return the vocabulary in the TOML *text*; *source* is named in errors.

        Raises:
            VocabularyError: *text* is incomplete or contradicts the core.
        """
        try:
            own = tomllib.loads(text)
            return cls(**_Reader(_merged(_core(), own)).read())
        except (tomllib.TOMLDecodeError, VocabularyError) as error:
            raise VocabularyError(f"{source}: {error}") from error

    def event(self, key: str) -> Event:
        """Return the event called *key*.

        Raises:
            VocabularyError: This vocabulary has no such event.
        """
        try:
            return self.events[key]
        except KeyError:
            raise VocabularyError(f"no event {key!r} in the vocabulary") from None

    def object(self, type_key: str, id: str) -> StatementObject:
        """Return the thing *id* of a type in this vocabulary, as parent, grouping or other.

        Raises:
            VocabularyError: This vocabulary has no such type.
        """
        try:
            return StatementObject(self.types[type_key], id)
        except KeyError:
            raise VocabularyError(f"no type {type_key!r} in the vocabulary") from None


def _core() -> dict[str, Any]:
    return tomllib.loads(files("xapi").joinpath("core.toml").read_text("utf-8"))


def _merged(core: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    _refuse(own.keys() - {*TABLES, "activity"}, "unknown table or key")
    if own.get("activity") not in own.get("types", {}):
        raise VocabularyError("activity must be the key of the type of the whole activity")
    return {table: _joined(table, core, own) for table in TABLES} | {"activity": own["activity"]}


def _joined(table: str, core: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    mine, shared = own.get(table, {}), core.get(table, {})
    if not isinstance(mine, dict):
        raise VocabularyError(f"[{table}] must be a table")
    clash = {key for key in mine.keys() & shared.keys() if mine[key] != shared[key]}
    _refuse(clash, f"defined otherwise by the core, in [{table}]")
    if table != "extensions":
        _refuse({key for key, row in mine.items() if not isinstance(row, dict)}, "not a table")
    return {**shared, **mine}


def _refuse(keys: set[str], why: str) -> None:
    if keys:
        raise VocabularyError(f"{why}: {', '.join(sorted(keys))}")


class _Reader:
    """Turns the merged tables into objects, refusing what is not understood."""

    def __init__(self, tables: dict[str, Any]) -> None:
        self.tables = tables
        self.verbs = {k: Verb(*self.pair("verbs", k, "display")) for k in tables["verbs"]}
        self.types = {k: ObjectType(*self.pair("types", k, "name")) for k in tables["types"]}
        self.extensions = {k: iri(value) for k, value in tables["extensions"].items()}

    def read(self) -> dict[str, Any]:
        events = {key: self.event(key, dict(row)) for key, row in self.tables["events"].items()}
        return {
            "types": MappingProxyType(self.types),
            "events": MappingProxyType(events),
            "extensions": MappingProxyType(self.extensions),
        }

    def pair(self, table: str, key: str, words: str) -> tuple[str, str]:
        row = self.tables[table][key]
        _refuse({"id", words} ^ row.keys(), f"[{table}.{key}] needs id and {words}, no more")
        if not isinstance(row[words], str) or not WORDS.fullmatch(row[words]):
            raise VocabularyError(f"[{table}.{key}] {words} must be one to 40 letters")
        return iri(row["id"]), row[words]

    def event(self, key: str, row: dict[str, Any]) -> Event:
        parent = row.pop("parent", None)
        found = Event(
            verb=self.find(self.verbs, row.pop("verb", None), key, "verb"),
            type=self.find(self.types, row.pop("type", self.tables["activity"]), key, "type"),
            parent=parent and self.find(self.types, parent, key, "parent"),
            success=self.flag(row, key, "success"),
            completion=self.flag(row, key, "completion"),
            result=self.members(row, key, "result", RESULT_MEMBERS),
            result_may=self.members(row, key, "result_may", RESULT_MEMBERS),
            context=self.members(row, key, "context", CONTEXT_MEMBERS),
            extensions=self.members(row, key, "extensions", self.extensions.keys()),
            interaction=bool(self.flag(row, key, "interaction")),
        )
        _refuse(set(row), f"unknown key in [events.{key}]")
        if found.success is not None and "success" in found.result | found.result_may:
            raise VocabularyError(f"[events.{key}] both fixes success and asks for it")
        return found

    def find(self, table: dict[str, Any], key: object, event: str, role: str) -> Any:
        if not isinstance(key, str) or key not in table:
            raise VocabularyError(f"[events.{event}] has no {role} that is defined")
        return table[key]

    def flag(self, row: dict[str, Any], event: str, name: str) -> bool | None:
        given = row.pop(name, None)
        if not (given is None or isinstance(given, bool)):
            raise VocabularyError(f"[events.{event}] {name} must be true or false")
        return given

    def members(self, row: dict[str, Any], event: str, name: str, known: Any) -> frozenset[str]:
        given = frozenset(row.pop(name, ()))
        _refuse(set(given - known), f"[events.{event}] {name} cannot hold")
        return given


def iri(value: object) -> str:
    """Return *value* as an absolute IRI, with ``profile:`` spelt out.

    Raises:
        VocabularyError: It is not an IRI.
    """
    if not isinstance(value, str) or not IRI.fullmatch(value):
        raise VocabularyError(f"not an absolute IRI: {value!r}")
    scheme, _, rest = value.partition(":")
    return f"{PROFILE}/{rest}" if scheme == "profile" else value
