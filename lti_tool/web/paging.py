"""Long lists, a page of 50 at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for

PAGE_SIZE = 50
SEARCH_LENGTH = 100
"""Most characters of a search; the rest is cut off."""

_LAST = 10_000
"""Nobody has more pages, and no engine stumbles over its offset."""


@dataclass(frozen=True, kw_only=True)
class Paging:
    """Which part of a list is on the page; ``people/_paging.html`` shows it."""

    endpoint: str
    number: int
    total: int
    filters: Mapping[str, Any] = field(default_factory=dict)
    """What the other pages are asked for too, such as the search."""

    @property
    def start(self) -> int:
        """How many come before this page."""
        return (self.number - 1) * PAGE_SIZE

    @property
    def end(self) -> int:
        """Position of the last one on this page, counted from 1."""
        return min(self.start + PAGE_SIZE, self.total)

    @property
    def previous_url(self) -> str | None:
        """Address of the page before, or None on the first."""
        return self._url(self.number - 1) if self.number > 1 else None

    @property
    def next_url(self) -> str | None:
        """Address of the page after, or None on the last."""
        return self._url(self.number + 1) if self.end < self.total else None

    def _url(self, number: int) -> str:
        return url_for(self.endpoint, **{**self.filters, "page": number})


def page_number() -> int:
    """Return the page that the address asks for: 1 unless it is a sensible number."""
    return min(max(request.args.get("page", 1, type=int), 1), _LAST)


def asked_search() -> str:
    """Return what the address searches for; without NUL, which PostgreSQL refuses."""
    return request.args.get("q", "").replace("\0", "").strip()[:SEARCH_LENGTH]
