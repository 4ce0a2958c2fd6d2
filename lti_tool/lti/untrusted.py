"""Values that a platform sent, made fit to store and show; what makes no sense is empty.

Nothing is believed to have the right type, length or characters: a NUL alone would make
PostgreSQL refuse a whole launch.
"""

import re
from html import unescape
from typing import Any

from lti_tool.web.headers import origin_of

LONGEST_TEXT = 255
LONGEST_URL = 2_000
_VISIBLE = re.compile(r"[!-~]+")
_VARIABLE = re.compile(r"\$[A-Za-z]\w*(\.\w+)+")
"""What a platform leaves standing when it does not know it, such as ``$Person.name.full``."""


def identifier(value: Any) -> str:
    """Return an identifier as it is, or '' for what cannot be one."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if 0 < len(text) <= LONGEST_TEXT and text.isprintable() else ""


def short_text(value: Any) -> str:
    """Return up to 255 characters of plain text; '' for a ``$Variable`` nobody filled in."""
    if not isinstance(value, str) or _VARIABLE.fullmatch(value):
        return ""
    return plain(value[: LONGEST_URL * 2])[:LONGEST_TEXT]


def plain(text: str) -> str:
    """Return *text* as text: entities resolved, control characters out, tags shown as typed.

    Moodle sends titles with entities and descriptions with HTML (facts.md 8); templates
    escape whatever stands here.
    """
    text = unescape(text)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return text.strip()


def web_address(value: Any) -> str | None:
    """Return an absolute http or https URL of visible ASCII, or None for anything else."""
    if not isinstance(value, str) or len(value) > LONGEST_URL or not _VISIBLE.fullmatch(value):
        return None
    return value if origin_of(value) else None
