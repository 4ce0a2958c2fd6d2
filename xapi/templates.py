"""Statement templates: which statements one is for, and what it asks of them.

The xAPI Profiles specification, part three, 2.1, word for word: `Template.is_for` is its
`matches_determining_properties`, `Rule.is_followed` its `follows_rule`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from xapi.errors import ProfileError
from xapi.jsonpath import Path, compiled

Statement = Mapping[str, Any]

DETERMINING = {
    "verb": "$.verb.id",
    "objectActivityType": "$.object.definition.type",
    "contextGroupingActivityType": "$.context.contextActivities.grouping[*].definition.type",
    "contextParentActivityType": "$.context.contextActivities.parent[*].definition.type",
    "contextOtherActivityType": "$.context.contextActivities.other[*].definition.type",
    "contextCategoryActivityType": "$.context.contextActivities.category[*].definition.type",
    "attachmentUsageType": "$.attachments[*].usageType",
}
REFERENCES = {
    "objectStatementRefTemplate": "$.object",
    "contextStatementRefTemplate": "$.context.statement",
}
UNMATCHABLE = object()
"""Stands for a place that a rule's selector found nothing in."""


def among(value: Any, values: Iterable[Any]) -> bool:
    """Say whether *value* is one of *values* as JSON, where true is not 1."""
    return any(
        isinstance(value, bool) is isinstance(other, bool) and value == other for other in values
    )


@dataclass(frozen=True)
class Rule:
    """What must, may or must not be at one place in a statement."""

    find: Path
    select: Path | None
    terms: Mapping[str, Any]

    @classmethod
    def parse(cls, terms: Mapping[str, Any]) -> Self:
        """Return the rule that says *terms*.

        Raises:
            ProfileError: It asks for nothing, or its paths are not allowed in profiles.
        """
        if not terms.keys() & {"presence", "any", "all", "none"}:
            raise ProfileError(f"a rule for {terms['location']} asks for nothing")
        select = compiled(terms["selector"]) if "selector" in terms else None
        return cls(compiled(terms["location"]), select, terms)

    def is_followed(self, statement: Statement) -> bool:
        """Say whether *statement* follows this rule."""
        values = self._values(statement)
        if not self._has_presence(values):
            return False
        if self.terms.get("presence") == "recommended" and not values:
            return True
        return self._has_values(values)

    def _values(self, statement: Statement) -> list[Any]:
        values = self.find(statement)
        if self.select is None:
            return values
        return [chosen for value in values for chosen in self.select(value) or [UNMATCHABLE]]

    def _has_presence(self, values: list[Any]) -> bool:
        blanks = [value is UNMATCHABLE for value in values]
        if self.terms.get("presence") == "included":
            return bool(values) and not any(blanks)
        return self.terms.get("presence") != "excluded" or all(blanks)

    def _has_values(self, values: list[Any]) -> bool:
        terms = self.terms
        return (
            ("any" not in terms or any(among(value, terms["any"]) for value in values))
            and ("all" not in terms or all(among(value, terms["all"]) for value in values))
            and not any(among(value, terms.get("none", ())) for value in values)
        )


@dataclass(frozen=True)
class Template:
    """One statement template."""

    id: str
    determining: tuple[tuple[Path, tuple[str, ...]], ...]
    references: tuple[tuple[Path, tuple[str, ...]], ...]
    """Where a StatementRef must be, and which templates the other statement may match."""
    rules: tuple[Rule, ...]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Return the template in *raw*, its paths compiled."""
        return cls(
            raw["id"],
            tuple((compiled(DETERMINING[k]), _many(raw[k])) for k in DETERMINING if k in raw),
            tuple((compiled(REFERENCES[k]), _many(raw[k])) for k in REFERENCES if k in raw),
            tuple(Rule.parse(terms) for terms in raw.get("rules", ())),
        )

    def is_for(self, statement: Statement) -> bool:
        """Say whether *statement* has all of this template's determining properties."""
        return all(
            among(value, found)
            for find, wanted in self.determining
            for found in [find(statement)]
            for value in wanted
        )


def _many(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
