"""Activities: what one must say of itself, and how installed ones are found.

The host never imports an activity. It finds every one, ours included, through the entry
point group ``trellis.activities``; for a given link exactly one of them answers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from importlib.metadata import entry_points
from typing import Any
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session
from wtforms import Form

from lti_tool.domain.base import Json
from lti_tool.domain.grading import Score
from lti_tool.domain.records import Attempt, Record, Revision
from lti_tool.domain.signing import Decision, Signing
from lti_tool.domain.template_kinds import TemplateKind
from xapi.vocabulary import Vocabulary

GROUP = "trellis.activities"


@dataclass(frozen=True, kw_only=True)
class GalleryTemplate:
    """A ready-made template that ships with an activity.

    `content` is what the activity understands; texts in it are maps of language to text,
    such as ``{"en": "What did you do?", "cy": "Beth wnaethoch chi?"}``.
    """

    key: str
    title: object
    """Lazily translated: what the tutor reads when choosing."""
    content: Json


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One thing that waits for the reader."""

    attempt_id: UUID
    label: str
    since: Any
    endpoint: str
    """Endpoint of the page where it can be done; called with `values`."""
    values: Mapping[str, Any] = field(default_factory=dict)
    record_id: UUID | None = None
    """The record that waits to be signed, if the activity has a `SigningDesk` for it."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """A record as it is shown to whoever signs it, whole, in the reader's language."""

    record_id: UUID
    title: str
    happened_on: date | None
    facts: Sequence[tuple[str, str]]
    """Short ones, label and value: ``("Time spent", "45 min")``."""
    texts: Sequence[tuple[str, str]]
    """What was written, label and text, unabridged."""
    locale: str
    """Language it was written in."""
    seen_sha256: str
    """Hash of the revision that is shown; comes back with the decision."""
    wording: str
    """What somebody says who confirms it: a whole sentence, signed word for word."""


@dataclass(frozen=True, kw_only=True)
class SigningDesk:
    """How records of one kind are shown for signing and decided on, outside their own pages."""

    kind: str
    """`Record.kind` of what it answers for."""
    card: Callable[[Session, Record], Card]
    decide: Callable[[Session, Record, Decision, Signing], None]
    """Signs with CONFIRMED or RETURNED; raises DomainError as the activity's own page does."""
    wording: Callable[[Session, Revision], str] | None = None
    """What who confirms this revision signs, in the reader's language; to read beside the words
    that were signed in another."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where one trainee stands, for a row of the tutor's table. No mark stays None."""

    text: str
    """A noun or short clause, translated: ``3 entries, 1 waiting for the mentor``."""
    state: str
    """Key of a status tag: none, draft, submitted, returned, countersigned, assessed, met..."""
    needs_attention: bool = False


@dataclass(frozen=True, kw_only=True)
class ActivityPlugin:
    """Everything the host knows about one kind of activity. One object, no side effects."""

    key: str
    """Short, lower-case and for ever: stands in links, tables and URLs."""
    title: object
    description: object
    package: str
    """Dotted name of the package; its templates, translations and migrations lie inside."""
    blueprint: Blueprint
    """Its pages; must have the endpoints ``home`` (the trainee's own page) and
    ``show_trainee`` (argument ``person_id``: that trainee's record, for who may see it)."""
    gallery: Callable[[], Sequence[GalleryTemplate]]
    settings_form: type[Form]
    """Asks a tutor for what `ActivitySetup.settings` holds; its data must be JSON."""
    vocabulary: Vocabulary
    standing: Callable[[Session, Sequence[Attempt]], Mapping[UUID, Standing]]
    """Where each of these attempts stands, by attempt id, in few queries."""
    grade: Callable[[Session, Attempt], Score | None]
    """The mark the rule proposes now, or None while there is none."""
    is_complete: Callable[[Session, Attempt], bool]
    waiting: Callable[[Session, Sequence[Attempt]], Sequence[Waiting]] | None = None
    """What waits for a mentor or observer in these attempts, oldest first."""
    template: TemplateKind | None = None
    """What its templates are made of, so that tutors can write their own; None if they cannot."""
    describe: Callable[[Session, Revision], Sequence[tuple[str, str]]] | None = None
    """One revision in words: label and text of every part, in the reader's language."""
    erase: Callable[[Session, Sequence[UUID]], None] | None = None
    """Forgets what its own tables hold of the words in these records, by record id."""
    hides: frozenset[str] = frozenset()
    """Kinds of records that its lists, counts and marks leave out for who may not see them."""
    signing: SigningDesk | None = None
    """How its records are signed from a mentor's page that was sent by mail."""
    mentors_begin: bool = False
    """A mentor begins something on its own pages, such as an observation, unasked."""
    grades_by_rule: bool = False
    """True: the rule's mark is published by itself; False: a tutor gives the grade."""
    default_maximum: Decimal | None = Decimal(100)
    migrations: str | None = "migrations"
    """Folder of its own Alembic history inside `package`; None without tables of its own."""


class UnknownActivity(LookupError):
    """No installed activity has this key."""


class Registry:
    """The activities of this installation, by key."""

    def __init__(self, plugins: Sequence[ActivityPlugin]) -> None:
        """Keep *plugins* in the order given.

        Raises:
            ValueError: Two of them have the same key.
        """
        self._plugins = {plugin.key: plugin for plugin in plugins}
        if len(self._plugins) != len(plugins):
            raise ValueError("two activities have the same key")

    def __iter__(self) -> Any:
        """Yield every plugin, in a stable order."""
        return iter(self._plugins.values())

    def get(self, key: str) -> ActivityPlugin:
        """Return the plugin that answers for *key*.

        Raises:
            UnknownActivity: It is not installed (any more).
        """
        try:
            return self._plugins[key]
        except KeyError:
            raise UnknownActivity(key) from None

    def __contains__(self, key: object) -> bool:
        """Say whether an activity of this key is installed."""
        return key in self._plugins


def discover() -> Registry:
    """Return all activities that are installed as distributions, sorted by key.

    Raises:
        ValueError: Two have the same key, or an entry point is no ActivityPlugin.
    """
    plugins = [point.load() for point in sorted(entry_points(group=GROUP), key=lambda p: p.name)]
    for plugin in plugins:
        if not isinstance(plugin, ActivityPlugin):
            raise ValueError(f"{plugin!r} in {GROUP} is not an ActivityPlugin")
    return Registry(plugins)
