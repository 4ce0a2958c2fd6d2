"""Our xAPI profile: the published document, and whether a statement follows it."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Self

from xapi.patterns import Pattern, Series
from xapi.rules import problems
from xapi.statements import PROFILE_CATEGORY, VOIDED
from xapi.templates import Statement, Template
from xapi.vocabulary import Event, Vocabulary

Lookup = Callable[[str], Statement | None]
"""From a statement's id to that statement, or None if it is not at hand."""

PROFILE_DOCUMENT: bytes = files("xapi").joinpath("profile.jsonld").read_bytes()
"""What the host serves at the profile's address, as `PROFILE_MEDIA_TYPE`."""

PROFILE_MEDIA_TYPE = "application/ld+json"

NAME_RULE = "$.object.definition.name.*"


@dataclass(frozen=True)
class Profile:
    """A profile ready for use; `PUBLISHED` is ours."""

    templates: tuple[Template, ...]
    patterns: Mapping[str, Pattern]
    concepts: frozenset[str]
    """IRIs of what the profile itself defines."""
    names: Mapping[str, str]
    """The one generic name of each type that the profile knows, by the type's IRI."""

    @classmethod
    def parse(cls, document: bytes) -> Self:
        """Return the profile in a JSON-LD *document*.

        Raises:
            ProfileError: A rule uses what a profile may not use.
        """
        raw = json.loads(document)
        return cls(
            templates=tuple(Template.parse(template) for template in raw["templates"]),
            patterns={pattern["id"]: pattern for pattern in raw["patterns"]},
            concepts=frozenset(concept["id"] for concept in raw["concepts"]),
            names=dict(_names(raw["templates"])),
        )

    def validate(
        self, statement: Statement, lookup: Lookup | None = None
    ) -> tuple[list[str], list[str]]:
        """Return the ids of the templates that *statement* matches, and what it breaks of them.

        Nothing matched and nothing broken is the specification's ``unmatched``.
        """
        normal = _normal(statement)
        matching = [template for template in self.templates if template.is_for(normal)]
        broken = [f"{t.id}: {fault}" for t in matching for fault in self._faults(normal, t, lookup)]
        return [template.id for template in matching], broken

    def patterns_followed(self, statements: Sequence[Statement]) -> list[str]:
        """Return the ids of the primary patterns that *statements* follow.

        Args:
            statements: Those of one registration, in the order of their timestamps.
        """
        checked = [self.validate(statement) for statement in statements]
        if any(broken for _, broken in checked):
            return []
        series = Series([set(matching) for matching, _ in checked], self.patterns)
        primary = (id for id, pattern in self.patterns.items() if pattern.get("primary"))
        return [id for id in primary if series.follows(id)]

    def _faults(
        self, statement: Statement, template: Template, lookup: Lookup | None
    ) -> Iterator[str]:
        for find, wanted in template.references:
            if not self._refers(find(statement), wanted, lookup):
                yield "must refer to a statement of another template"
        for rule in template.rules:
            if not rule.is_followed(statement):
                yield rule.terms["location"]

    def _refers(self, found: list[Any], wanted: tuple[str, ...], lookup: Lookup | None) -> bool:
        if not found or found[0].get("objectType") != "StatementRef":
            return False
        other = lookup(found[0]["id"]) if lookup else None
        return other is None or bool({*self.validate(other)[0]} & {*wanted})


def _names(templates: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for template in templates:
        for rule in template["rules"]:
            if rule["location"] == NAME_RULE:
                yield template["objectActivityType"], rule["all"][0]


def _normal(statement: Statement) -> Statement:
    """Replace single context activities by lists of one, as rules expect them."""
    groups = statement.get("context", {}).get("contextActivities", {})
    if all(isinstance(group, list) for group in groups.values()):
        return statement
    lists = {name: g if isinstance(g, list) else [g] for name, g in groups.items()}
    return {**statement, "context": {**statement["context"], "contextActivities": lists}}


PUBLISHED = Profile.parse(PROFILE_DOCUMENT)


def violations(statement: Statement, *, vocabularies: Iterable[Vocabulary] = ()) -> list[str]:
    """Return why *statement* must not be sent, one line for each reason; empty: it may.

    The lines name places in the statement, never what is there.

    Args:
        statement: The parsed statement.
        vocabularies: Those of installed activities; things may bear the names in them
            besides those in the published profile.
    """
    types = [type for vocabulary in vocabularies for type in vocabulary.types.values()]
    found = problems(statement, {type.id: type.name for type in types} | dict(PUBLISHED.names))
    if found or statement["verb"]["id"] == VOIDED:
        return found
    return PUBLISHED.validate(statement)[1]


def undescribed(vocabulary: Vocabulary) -> list[str]:
    """Return what *vocabulary* says that the published profile does not describe.

    Our own activities must have nothing here. Others may: their statements are then only
    held to the rules for all statements.
    """
    events = (
        f"event {key}" for key, event in vocabulary.events.items() if not _is_described(event)
    )
    types = (
        f"type {key}: the published name is {PUBLISHED.names.get(type.id)}"
        for key, type in vocabulary.types.items()
        if PUBLISHED.names.get(type.id) != type.name
    )
    extensions = (
        f"extension {key}"
        for key, iri in vocabulary.extensions.items()
        if iri not in PUBLISHED.concepts
    )
    return [*events, *types, *extensions]


def _is_described(event: Event) -> bool:
    barest = {
        "verb": {"id": event.verb.id},
        "object": {"definition": {"type": event.type.id}},
        "context": {"contextActivities": {"category": [PROFILE_CATEGORY]}},
    }
    without_verb = {**barest, "verb": {}}
    return len(PUBLISHED.validate(barest)[0]) > len(PUBLISHED.validate(without_verb)[0])
