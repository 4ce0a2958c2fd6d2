"""Patterns: which orders of statements a profile describes.

The `matches` algorithm of the xAPI Profiles specification, part three, 2.2: greedy and
without going back. Positions in the series stand for its lists of remaining statements.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from enum import Enum
from typing import Any

Pattern = Mapping[str, Any]


class Outcome(Enum):
    """How far a pattern got: through, to the end of the series within it, or not at all."""

    SUCCESS = "success"
    PARTIAL = "partial"
    FAILURE = "failure"


Match = tuple[Outcome, int]
"""The outcome, and the position of the first statement that is not used up."""


class Series:
    """Statements of one registration in order, each as the ids of the templates it matches."""

    def __init__(self, items: Sequence[Set[str]], patterns: Mapping[str, Pattern]) -> None:
        """Look at *items* with *patterns* (by id) at hand."""
        self.items = items
        self.end = len(items)
        self.patterns = patterns
        self._kinds: dict[str, Callable[[Any, int], Match]] = {
            "sequence": self._sequence,
            "alternates": self._alternates,
            "oneOrMore": self._one_or_more,
            "zeroOrMore": self._zero_or_more,
            "optional": self._optional,
        }

    def follows(self, pattern: str) -> bool:
        """Say whether the whole series is one *pattern* (an id)."""
        return self._match(pattern, 0) == (Outcome.SUCCESS, self.end)

    def _match(self, element: str, at: int) -> Match:
        pattern = self.patterns.get(element)
        if pattern is None:
            return self._template(element, at)
        kind = next(name for name in self._kinds if name in pattern)
        return self._kinds[kind](pattern[kind], at)

    def _template(self, element: str, at: int) -> Match:
        if at == self.end:
            return Outcome.PARTIAL, at
        return (Outcome.SUCCESS, at + 1) if element in self.items[at] else (Outcome.FAILURE, at)

    def _sequence(self, elements: Sequence[str], at: int) -> Match:
        position = at
        for element in elements:
            outcome, position = self._match(element, position)
            if outcome is Outcome.FAILURE:
                return outcome, at
            if outcome is Outcome.PARTIAL:
                return outcome, self.end
        return Outcome.SUCCESS, position

    def _alternates(self, elements: Sequence[str], at: int) -> Match:
        found = [self._match(element, at) for element in elements]
        through = [position for outcome, position in found if outcome is Outcome.SUCCESS]
        if through:
            return Outcome.SUCCESS, max(through)
        if any(outcome is Outcome.PARTIAL for outcome, _ in found):
            return Outcome.PARTIAL, self.end
        return Outcome.FAILURE, at

    def _one_or_more(self, element: str, at: int) -> Match:
        outcome, position = self._match(element, at)
        if outcome is Outcome.PARTIAL:
            return outcome, self.end
        if outcome is Outcome.FAILURE or position == at:
            return outcome, position
        return self._more(element, position)

    def _more(self, element: str, at: int) -> Match:
        """Go on after the first of oneOrMore; the specification's loop from there."""
        while True:
            outcome, position = self._match(element, at)
            if outcome is Outcome.PARTIAL and at != self.end:
                return outcome, at
            if outcome is not Outcome.SUCCESS or position == at:
                return Outcome.SUCCESS, at
            at = position

    def _zero_or_more(self, element: str, at: int) -> Match:
        while True:
            outcome, position = self._match(element, at)
            if outcome is Outcome.FAILURE:
                return Outcome.SUCCESS, at
            if outcome is Outcome.PARTIAL and position != self.end:
                return outcome, position
            if position == at:
                return Outcome.SUCCESS, position
            at = position

    def _optional(self, element: str, at: int) -> Match:
        if at == self.end:
            return Outcome.SUCCESS, at
        outcome, position = self._match(element, at)
        return (Outcome.SUCCESS, at) if outcome is Outcome.FAILURE else (outcome, position)
