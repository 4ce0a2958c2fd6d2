"""Keep secrets and people out of the reasons that operators read."""

import re
from typing import Final

LONGEST: Final = 500
"""Characters of a reason that are kept."""

_SECRETS: Final = (
    (re.compile(r"eyJ[\w-]+(\.[\w-]*){0,4}"), "[token]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+\S+"), r"\1 [token]"),
    (re.compile(r"[^\s<>@\"']+@[^\s<>@\"']+"), "[address]"),
    (re.compile(r"(https?://[^\s?#]+)[?#]\S*"), r"\1?[query]"),
)


def redact(text: str) -> str:
    """Return *text* on one line, cut to 500 characters, without tokens, addresses, queries."""
    text = " ".join(text[: 4 * LONGEST].split())
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text[:LONGEST]
