"""A look into a learning record store, read-only and as plain as it gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import urljoin

import requests
from flask import current_app

_MOST_PAGES: Final = 50


@dataclass(frozen=True)
class LrsAccess:
    """Where the record store is and how to get in."""

    endpoint: str
    """The xAPI base address; ``/statements`` is added to it."""

    key: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Line:
    """One statement as a row of a table."""

    who: str
    verb: str
    object: str
    when: str
    score: str


def the_lrs() -> LrsAccess | None:
    """Return the record store that this application was given, if any."""
    return cast("LrsAccess | None", current_app.extensions.get("sandbox-lrs"))


def read_statements(lrs: LrsAccess, limit: int = 100) -> tuple[list[Line], str]:
    """Return the latest statements, newest first, and what went wrong, if anything."""
    try:
        statements = list(_all_pages(lrs))
    except requests.HTTPError as error:
        return [], f"The record store answered {error.response.status_code}."
    except (requests.RequestException, ValueError, AttributeError):
        return [], "The record store does not answer."
    newest = sorted(statements, key=lambda one: str(one.get("timestamp", "")), reverse=True)
    return [line_of(statement) for statement in newest[:limit]], ""


def _all_pages(lrs: LrsAccess) -> Iterator[dict[str, Any]]:
    """Follow ``more`` to the end: Ralph's file store gives the oldest first."""
    address = f"{lrs.endpoint.rstrip('/')}/statements"
    for _ in range(_MOST_PAGES):
        answer = requests.get(
            address,
            auth=(lrs.key, lrs.secret),
            headers={"X-Experience-API-Version": "1.0.3", "Accept": "application/json"},
            timeout=10,
        )
        answer.raise_for_status()
        page = answer.json()
        yield from page.get("statements", [])
        if not page.get("more"):
            return
        address = urljoin(address, page["more"])


def line_of(statement: dict[str, Any]) -> Line:
    """Return a statement in words: names where it has them, identifiers where not."""
    verb, thing = statement.get("verb") or {}, statement.get("object") or {}
    name = (thing.get("definition") or {}).get("name") or {}
    return Line(
        who=_actor(statement.get("actor") or {}),
        verb=_words(verb.get("display") or {}) or _tail(verb.get("id", "")),
        object=_words(name) or _actor(thing),
        when=str(statement.get("timestamp", ""))[:19].replace("T", " "),
        score=_score((statement.get("result") or {}).get("score") or {}),
    )


def _actor(actor: dict[str, Any]) -> str:
    account = (actor.get("account") or {}).get("name")
    return str(actor.get("name") or account or actor.get("mbox") or actor.get("id") or "somebody")


def _words(by_language: dict[str, str]) -> str:
    for language in ("en", "en-GB", "en-US", *by_language):
        if by_language.get(language):
            return by_language[language]
    return ""


def _tail(identifier: str) -> str:
    return identifier.rstrip("/").rsplit("/", 1)[-1]


def _score(score: dict[str, Any]) -> str:
    if "raw" in score:
        return f"{score['raw']} of {score['max']}" if "max" in score else str(score["raw"])
    return f"{score['scaled']:.0%}" if "scaled" in score else ""
