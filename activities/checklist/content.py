"""What a checklist asks for: the JSON of a template version, read into typed criteria."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

Text = Mapping[str, str]
"""A text by language, such as ``{"en": "Listens to the end"}``."""

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One thing to look for."""

    id: str
    text: Text
    help: Text
    """What the observer looks for; may be empty."""
    is_critical: bool
    section: Text
    """Heading above it; empty where the checklist has no sections."""


@dataclass(frozen=True, kw_only=True)
class Checklist:
    """All criteria of one template version, in order."""

    introduction: Text
    criteria: tuple[Criterion, ...]

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> Self:
        """Return the checklist in *content*.

        Raises:
            ValueError: There is no criterion, or an id is unusable or stands twice.
        """
        sections = {raw["id"]: raw["text"] for raw in content.get("sections", ())}
        criteria = tuple(
            Criterion(
                id=raw["id"],
                text=raw["text"],
                help=raw.get("help", {}),
                is_critical=bool(raw.get("is_critical", False)),
                section=sections.get(raw.get("section"), {}),
            )
            for raw in content["criteria"]
        )
        _check([criterion.id for criterion in criteria])
        return cls(introduction=content.get("introduction", {}), criteria=criteria)


def _check(ids: Iterable[str]) -> None:
    seen = list(ids)
    if not seen or len(set(seen)) != len(seen) or not all(ID.fullmatch(id) for id in seen):
        raise ValueError("every criterion needs an id of its own, of letters and digits")
