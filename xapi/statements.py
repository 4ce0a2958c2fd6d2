"""Statements as pure functions: the same arguments give the same bytes, today and later.

Nothing in here can put a person's name, an address or typed text into a statement: actors
are accounts, names come from a vocabulary, results are numbers, durations and option ids.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any, TypedDict, Unpack
from urllib.parse import quote
from uuid import UUID, uuid5

from xapi.actors import Agent
from xapi.errors import StatementError
from xapi.results import Result
from xapi.vocabulary import (
    IRI,
    PROFILE_VERSION,
    RESULT_MEMBERS,
    Event,
    StatementObject,
    Vocabulary,
)

Statement = dict[str, Any]

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
PROFILE_CATEGORY = {
    "objectType": "Activity",
    "id": PROFILE_VERSION,
    "definition": {"type": "http://adlnet.gov/expapi/activities/profile"},
}
INTERACTIONS = frozenset(
    {"true-false", "choice", "likert", "numeric", "matching", "sequencing", "performance"}
)
"""Question types whose responses are ids or numbers. fill-in, long-fill-in and other are
left out on purpose: their responses are typed text."""

ANSWER = re.compile(r"[A-Za-z0-9_-]{1,64}(\[\.\][A-Za-z0-9_-]{1,64})?|-?\d{1,12}(\.\d{1,9})?")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
PLATFORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")


class Setting(TypedDict, total=False):
    """Where, with whom and about which work something happened; all may be left out."""

    parent: StatementObject | None
    """What the object belongs to; required if the event has a parent, else refused."""
    grouping: Sequence[StatementObject]
    """The course."""
    others: Sequence[StatementObject]
    """Competencies this counts towards."""
    instructor: Agent | None
    """Who assessed, observed or was asked to confirm, when the learner is the actor."""
    team: Sequence[Agent] | None
    """The learners it is about, when the mentor is the actor."""
    revision_ref: UUID | None
    """Id of the statement that sent in what this one answers (xAPI: context.statement)."""
    language: str | None
    """RFC 5646 code of the language the work was done in; left out if it is not one."""
    platform: str | None
    """Product name of the learning platform, such as ``Moodle``; left out if it is not plain."""
    extensions: Mapping[str, int | float | bool]
    """Numbers by the vocabulary's extension key. No text, so that none can leak."""
    interaction: str | None
    """Question type, for events about a question: one of `INTERACTIONS`."""


def statement(
    *,
    id: UUID,
    event: str,
    vocabulary: Vocabulary,
    actor: Agent,
    object_id: str,
    registration: UUID,
    timestamp: datetime,
    result: Result | None = None,
    **setting: Unpack[Setting],
) -> Statement:
    """Return the statement that *actor* did *event* to the thing *object_id*.

    Args:
        id: From `statement_id`, so that a repeat is recognised as one.
        event: Key of an event in *vocabulary*, such as ``submitted``.
        vocabulary: The activity's own, which includes the core events.
        actor: The learner, or the mentor where confirming or returning is the event.
        object_id: Absolute IRI of the thing; must not contain typed text.
        registration: The work that this statement and its siblings belong to.
        timestamp: When it happened; aware, and not in the future.
        result: What came of it; exactly what the event asks for and allows.
        **setting: See `Setting`.

    Raises:
        StatementError: Something the event needs is missing, or something is there that
            it does not allow.
        VocabularyError: *vocabulary* has no such event.
    """
    meant = vocabulary.event(event)
    made: Statement = {
        "id": str(id),
        "actor": actor,
        "verb": {"id": meant.verb.id, "display": {"en": meant.verb.display}},
        "object": _object(meant, object_id, setting.get("interaction")),
        "context": _surroundings(meant, vocabulary, registration, setting),
        "timestamp": timestamp_text(timestamp),
    }
    return _with(made, "result", _result(meant, result or Result()))


def voiding(*, id: UUID, actor: Agent, voided: UUID, timestamp: datetime) -> Statement:
    """Return the statement that takes back the statement *voided*.

    The LRS then hides that one; it does not erase it. *actor* is the tool itself. Only void
    what was delivered, and correct it by a new statement with another id.
    """
    return {
        "id": str(id),
        "actor": actor,
        "verb": {"id": VOIDED, "display": {"en": "voided"}},
        "object": {"objectType": "StatementRef", "id": str(voided)},
        "timestamp": timestamp_text(timestamp),
    }


def statement_id(namespace: UUID, *parts: str) -> UUID:
    """Return the id that always belongs to *parts*, such as kind, record id, event, sequence.

    Different parts give different ids, also where one contains a slash. Use ids and counters
    that never change as parts, never a time or a name.

    Raises:
        StatementError: There are no parts, or one is empty.
    """
    if not parts or not all(parts):
        raise StatementError("a statement id needs parts, none of them empty")
    return uuid5(namespace, "/".join(quote(part, safe="") for part in parts))


def canonical(statement: Mapping[str, Any]) -> str:
    """Return the exact text to store and send: compact JSON, sorted keys, ASCII only.

    LRSs compare repeats as text, so this is made once and kept; it is never made again from
    the data.
    """
    return json.dumps(statement, sort_keys=True, separators=(",", ":"), allow_nan=False)


def timestamp_text(moment: datetime) -> str:
    """Return *moment* in UTC with milliseconds and ``Z``, as every LRS understands it.

    Raises:
        StatementError: *moment* has no time zone.
    """
    if moment.utcoffset() is None:
        raise StatementError("a timestamp needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _with(made: dict[str, Any], name: str, value: object) -> dict[str, Any]:
    return made | {name: value} if value else made


def _activity(type_id: str, name: str, id: str) -> dict[str, Any]:
    if not IRI.fullmatch(id):
        raise StatementError("an object's id must be an absolute IRI")
    definition = {"type": type_id, "name": {"en": name}}
    return {"objectType": "Activity", "id": id, "definition": definition}


def _object(event: Event, id: str, interaction: str | None) -> dict[str, Any]:
    made = _activity(event.type.id, event.type.name, id)
    if event.interaction is not (interaction in INTERACTIONS):
        raise StatementError("only a question has an interaction type, and it must be a known one")
    if interaction:
        made["definition"]["interactionType"] = interaction
    return made


def _result(event: Event, given: Result) -> dict[str, Any]:
    members = {
        name: value for name in RESULT_MEMBERS if (value := getattr(given, name)) not in (None, ())
    }
    _exactly("result", members.keys(), event.result, event.result_may)
    fixed = {"success": event.success, "completion": event.completion}
    members |= {name: value for name, value in fixed.items() if value is not None}
    if given.response:
        members["response"] = _response(given.response)
    return members


def _response(answers: Sequence[str]) -> str:
    if not all(ANSWER.fullmatch(answer) for answer in answers):
        raise StatementError("a response must be made of option ids or a number, not of text")
    return "[,]".join(answers)


def _exactly(what: str, given: Any, must: frozenset[str], may: frozenset[str]) -> None:
    if missing := must - given:
        raise StatementError(f"{what} needs {', '.join(sorted(missing))}")
    if extra := given - must - may:
        raise StatementError(f"{what} cannot hold {', '.join(sorted(extra))}")


def _surroundings(
    event: Event, vocabulary: Vocabulary, registration: UUID, setting: Setting
) -> dict[str, Any]:
    _require(event, setting)
    made: dict[str, Any] = {
        "registration": str(registration),
        "contextActivities": _context_activities(event, setting),
    }
    made = _with(made, "instructor", setting.get("instructor"))
    if team := setting.get("team"):
        made["team"] = {"objectType": "Group", "member": list(team)}
    if reference := setting.get("revision_ref"):
        made["statement"] = {"objectType": "StatementRef", "id": str(reference)}
    made = _with(made, "extensions", _extensions(event, vocabulary, setting.get("extensions", {})))
    made = _with(made, "language", _if_plain(LANGUAGE, setting.get("language")))
    return _with(made, "platform", _if_plain(PLATFORM, setting.get("platform")))


def _require(event: Event, setting: Setting) -> None:
    given = {name for name, value in setting.items() if value}
    if missing := event.context - given:
        raise StatementError(f"this event needs {', '.join(sorted(missing))}")


def _context_activities(event: Event, setting: Setting) -> dict[str, Any]:
    parent = setting.get("parent")
    if (parent and parent.type) != event.parent:
        raise StatementError("the parent is missing, or of another type than the event's")
    groups = {
        "parent": [parent] if parent else [],
        "grouping": setting.get("grouping", ()),
        "other": setting.get("others", ()),
    }
    made: dict[str, Any] = {"category": [PROFILE_CATEGORY]}
    for name, things in groups.items():
        made = _with(made, name, [_activity(t.type.id, t.type.name, t.id) for t in things])
    return made


def _extensions(
    event: Event, vocabulary: Vocabulary, given: Mapping[str, int | float | bool]
) -> dict[str, Any]:
    _exactly("extensions", given.keys(), event.extensions, frozenset())
    if not all(isinstance(value, int | float) and isfinite(value) for value in given.values()):
        raise StatementError("an extension holds a number, true or false, never text")
    return {vocabulary.extensions[key]: value for key, value in given.items()}


def _if_plain(pattern: re.Pattern[str], value: str | None) -> str | None:
    """Let a decoration through only if it is well formed: it must never fail an act."""
    return value if value and pattern.fullmatch(value) else None
