"""Revisions in words, and what is different between two of them."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.courses import Template, TemplateVersion
from lti_tool.domain.records import Revision
from lti_tool.domain.signing import Decision, Signature
from lti_tool.plugins import ActivityPlugin
from lti_tool.services.environment import environment
from lti_tool.services.proof_words import signed_words

Line = tuple[str, str]
"""Label and text."""
_WORDS = re.compile(r"\s+|[^\s]+")
LONGEST = 20_000
"""Characters of a text that is compared word by word; a longer one is shown old and new."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A run of text that is the same in both versions, or only in one of them."""

    text: str
    change: str = ""
    """Empty, ``added`` or ``removed``."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One part of a form with how its text changed."""

    label: str
    parts: Sequence[Part]


def describe(session: Session, revision: Revision) -> list[Line]:
    """Return what a revision says, by the activity that owns it, else as it is stored."""
    if revision.erased_at is not None:
        return []
    plugin = _plugin_of(session, revision)
    described = plugin.describe if plugin else None
    lines = described(session, revision) if described else _plain(revision.content)
    return [*lines, *((_("File"), str(file.get("name", ""))) for file in revision.evidence)]


def _plugin_of(session: Session, revision: Revision) -> ActivityPlugin | None:
    kind = session.scalar(
        select(Template.kind)
        .join(TemplateVersion, TemplateVersion.template_id == Template.id)
        .where(TemplateVersion.id == revision.template_version_id)
    )
    registry = environment(session).registry
    return registry.get(kind) if kind and kind in registry else None


def wording_here(session: Session, signature: Signature) -> str | None:
    """Return what was confirmed in another language in the reader's, from the form's translations.

    It is for reading beside `Signature.wording`; no hash covers it. None where both are one
    language, or the activity cannot say it.
    """
    locale = get_locale()
    if locale is None or signature.decision is not Decision.CONFIRMED or not signature.wording:
        return None
    if locale.language == re.split("[-_]", signature.locale)[0]:
        return None
    revision = session.get_one(Revision, signature.revision_id)
    plugin = _plugin_of(session, revision)
    words = plugin.signing.wording if plugin and plugin.signing else None
    return signed_words(words(session, revision), signature.capacity) if words else None


def _plain(content: Any, label: str = "") -> Iterator[Line]:
    """The content of an activity that cannot say it itself, name by name."""
    if isinstance(content, Mapping):
        for name, value in sorted(content.items()):
            yield from _plain(value, f"{label} / {name}" if label else name)
    elif content is not None:
        yield label, str(content)


def differences(before: Sequence[Line], after: Sequence[Line]) -> list[Difference]:
    """Return the parts that are not the same, in the order of the later version.

    Labels that stand several times are told apart by their order.
    """
    old, new = _numbered(before), _numbered(after)
    keys = [*new, *(key for key in old if key not in new)]
    return [
        Difference(label=key[0], parts=_parts(old.get(key, ""), new.get(key, "")))
        for key in keys
        if old.get(key, "") != new.get(key, "")
    ]


def _numbered(lines: Sequence[Line]) -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], str] = {}
    seen: dict[str, int] = {}
    for label, text in lines:
        seen[label] = seen.get(label, 0) + 1
        found[label, seen[label]] = text
    return found


def _parts(old: str, new: str) -> list[Part]:
    if len(old) + len(new) > LONGEST:
        return _without_empty(Part(text=old, change="removed"), Part(text=new, change="added"))
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    found: list[Part] = []
    for how, start, end, new_start, new_end in matcher.get_opcodes():
        if how == "equal":
            found.append(Part(text="".join(before[start:end])))
            continue
        gone, come = "".join(before[start:end]), "".join(after[new_start:new_end])
        found += _without_empty(Part(text=gone, change="removed"), Part(text=come, change="added"))
    return found


def _without_empty(*parts: Part) -> list[Part]:
    return [part for part in parts if part.text]
