"""What changed between two texts, word by word, for showing it."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

WORDS = re.compile(r"\s+|[^\s]+")
LINES = re.compile(r"[^\n]*\n|[^\n]+")
MOST_PIECES = 2_000
"""More words than this are compared line by line, more lines not at all: it would take long."""


class Piece(NamedTuple):
    """A stretch of text that stayed, came or went."""

    kind: Literal["same", "added", "removed"]
    text: str


def differences(old: str, new: str) -> list[Piece]:
    """Return the pieces that lead from *old* to *new*, in reading order."""
    for pattern in (WORDS, LINES):
        before, after = pattern.findall(old), pattern.findall(new)
        if max(len(before), len(after)) <= MOST_PIECES:
            return [piece for piece in _compare(before, after) if piece.text]
    return [Piece("removed", old), Piece("added", new)]


def _compare(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(before[i:j]))
        else:
            yield Piece("removed", "".join(before[i:j]))
            yield Piece("added", "".join(after[k:m]))
