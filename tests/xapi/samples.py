"""Sample vocabularies of the three activities, and one statement for each of their events."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from xapi.actors import account_actor
from xapi.results import Result, duration, score
from xapi.statements import Statement, statement, statement_id
from xapi.vocabulary import Event, Vocabulary

TOOL = "https://tool.example.org/xapi"
TOMAS = account_actor(f"{TOOL}/actors", "4f1c2a9e-7d1b-4f0e-9f3e-2b7c5d8e6a10")
MEERA = account_actor(f"{TOOL}/actors", "9b2e6d34-0c55-4e7a-8a41-6f0f1d2c3b4a")
SYSTEM = account_actor(f"{TOOL}/actors", "system")
HERE = UUID("7d6f3e1c-2f7b-4a51-9d55-0a2a3a4b5c6d")
WORK = UUID("0b9d3d56-8a0e-4f2c-9a55-0f7d6f1e2c31")
START = datetime(2026, 11, 2, 9, 10, tzinfo=UTC)

LOGBOOK, QUIZ, CHECKLIST = (
    Vocabulary.load(f"tests.xapi.vocabularies.{name}") for name in ("logbook", "quiz", "checklist")
)
VOCABULARIES = {"logbook": LOGBOOK, "quiz": QUIZ, "checklist": CHECKLIST}
EVENTS = [(name, event) for name, words in VOCABULARIES.items() for event in words.events]

RESULTS: Mapping[str, Any] = {
    "score": score(Decimal(8), maximum=Decimal(10)),
    "duration": duration(minutes=90),
    "success": True,
    "response": ("a", "c"),
}


def thing(kind: str, number: int = 1) -> str:
    """Return the IRI of a thing that belongs to these samples."""
    return f"{TOOL}/activities/{kind}/{number}"


def fullest(vocabulary: Vocabulary, event: str, *, number: int = 0, **changes: Any) -> Statement:
    """Return the *number*-th statement of *event*, with all that it may hold."""
    meant = vocabulary.event(event)
    arguments: dict[str, Any] = {
        "id": statement_id(HERE, "sample", event, str(number)),
        "actor": MEERA if "team" in meant.context else TOMAS,
        "object_id": thing(meant.type.name.replace(" ", "-").lower()),
        "registration": WORK,
        "timestamp": START + timedelta(seconds=number),
        "result": Result(**{name: RESULTS[name] for name in meant.result | meant.result_may}),
        **_setting(vocabulary, meant),
    }
    return statement(event=event, vocabulary=vocabulary, **(arguments | changes))


def _setting(vocabulary: Vocabulary, event: Event) -> dict[str, Any]:
    kinds = {type.id: key for key, type in vocabulary.types.items()}
    parent = event.parent and vocabulary.object(kinds[event.parent.id], thing("whole"))
    team = {"team": [TOMAS]} if "team" in event.context else {"instructor": MEERA}
    return team | {
        "parent": parent,
        "grouping": [vocabulary.object("course", thing("course"))],
        "others": [vocabulary.object("competency", thing("competency", n)) for n in (1, 2)],
        "revision_ref": statement_id(HERE, "earlier") if "revision_ref" in event.context else None,
        "language": "en-GB",
        "platform": "Moodle",
        "extensions": dict.fromkeys(event.extensions, 2),
        "interaction": "choice" if event.interaction else None,
    }
