"""What somebody takes away: the words exactly as they were hashed, and who is who in them.

Private classes stand in no bundle that others get to read: `visibility.EXPORTED`.
"""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from flask_babel import get_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.audit import AuditEvent
from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.courses import ActivitySetup, Course, ResourceLink
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Record, Visibility
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import SealKind
from lti_tool.services.audit import line_of
from lti_tool.services.bundle_check import FORMAT
from lti_tool.services.chains import canonical_json, moment
from lti_tool.services.environment import environment
from lti_tool.services.proof_rows import Key, Papers, read_papers, words_of
from lti_tool.services.sealing import link_of
from lti_tool.services.visibility import EXPORTED, visible_to


class Part(enum.Enum):
    """Which of somebody's records go into a bundle."""

    SHOWN = EXPORTED
    """What others get to read."""
    OWN = (Visibility.LEARNER_PRIVATE,)
    """What only the learner ever sees; a file of its own, to be kept."""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """For whom a bundle is made."""

    person_id: UUID
    role: Role
    course_id: UUID | None = None
    """Only the work of this course; None for all of it."""


@dataclass(kw_only=True)
class Chosen:
    """The rows that go into a bundle."""

    learner: Person
    papers: Papers
    records: dict[UUID, Record]
    attempts: dict[UUID, tuple[str, str]]
    """Attempt id -> titles of activity and course."""
    facts: dict[Key, Any]
    """In the order in which they were sealed."""

    @property
    def grades(self) -> dict[UUID, dict[Key, Any]]:
        """The grades of each attempt that has some."""
        found: dict[UUID, dict[Key, Any]] = {}
        for key, row in self.facts.items():
            if key[0] is SealKind.GRADE:
                found.setdefault(row.attempt_id, {})[key] = row
        return found

    def facts_of(self, record_id: UUID) -> dict[Key, Any]:
        """Return what is sealed of one record, in the order it happened."""
        return self._by_record.get(record_id, {})

    @cached_property
    def _by_record(self) -> dict[UUID | None, dict[Key, Any]]:
        found: dict[UUID | None, dict[Key, Any]] = {}
        for key, row in self.facts.items():
            found.setdefault(_record_of(row), {})[key] = row
        return found


def choose(session: Session, learner: Person, reader: Reader, part: Part = Part.SHOWN) -> Chosen:
    """Return everything of *learner* that *reader* may take away."""
    [papers] = read_papers(session, [learner.id])
    attempts = _attempts(session, learner.id, reader.course_id)
    found = session.scalars(
        select(Record)
        .join(Attempt, Attempt.id == Record.attempt_id)
        .where(
            Attempt.id.in_(attempts),
            Record.visibility.in_(part.value),
            visible_to(reader.person_id, reader.role),
        )
        .order_by(Record.created_at, Record.id)
    )
    records = {record.id: record for record in found}
    numbers = {(seal.kind, seal.subject_id): seal.number for seal in papers.seals}
    facts = {
        key: row
        for key, row in sorted(papers.facts.items(), key=lambda it: numbers.get(it[0], 0))
        if _record_of(row) in records
        or (part is Part.SHOWN and key[0] is SealKind.GRADE and row.attempt_id in attempts)
    }
    return Chosen(learner=learner, papers=papers, records=records, attempts=attempts, facts=facts)


def bundle_of(session: Session, chosen: Chosen, reader: Reader) -> Json:
    """Return the bundle as JSON; `bundle_check` and the offline page read it."""
    learner, head = chosen.learner, chosen.papers.head
    return {
        "format": FORMAT,
        "version": 1,
        "made_at": moment(utc_now()),
        "made_by": environment(session).public_url,
        "language": _language(),
        "person": {"id": str(learner.id), "name": learner.name, "email": learner.email},
        "people": _names(session, chosen),
        "records": [_record(chosen, record) for record in chosen.records.values()],
        "grades": [_grades(chosen, id, facts) for id, facts in chosen.grades.items()],
        "seals": [_link(seal) for seal in _seals(chosen)],
        "head": {"number": head.number if head else 0, "sha256": head.sha256 if head else ""},
        "audit": [_line(line) for line in _lines(session, chosen, reader)],
        "files": files_of(chosen),
    }


def files_of(chosen: Chosen) -> list[Json]:
    """Return every file that a chosen version was handed in with, once by content."""
    found: dict[str, Json] = {}
    for (kind, _id), row in chosen.facts.items():
        if kind is SealKind.REVISION:
            for file in row.evidence:
                found.setdefault(file["sha256"], {**file, "path": _path(file)})
    return list(found.values())


def _path(file: Json) -> str:
    """Where a file stands in the zip: by hash, so that no name can lead elsewhere."""
    return f"files/{file['sha256']}"


def _record_of(row: Any) -> UUID | None:
    return getattr(row, "record_id", None)


def _attempts(
    session: Session, learner_id: UUID, course_id: UUID | None
) -> dict[UUID, tuple[str, str]]:
    query = (
        select(Attempt.id, ResourceLink.title, ActivitySetup.title, Course.title, Course.label)
        .join(ResourceLink, ResourceLink.id == Attempt.resource_link_id)
        .join(Course, Course.id == ResourceLink.course_id)
        .outerjoin(ActivitySetup, ActivitySetup.id == ResourceLink.setup_id)
        .where(Attempt.person_id == learner_id)
    )
    if course_id is not None:
        query = query.where(Course.id == course_id)
    return {
        id: (setup or link, course or label)
        for id, link, setup, course, label in session.execute(query)
    }


def _language() -> str:
    locale = get_locale()
    return locale.language if locale else "en"


def _record(chosen: Chosen, record: Record) -> Json:
    activity, course = chosen.attempts[record.attempt_id]
    facts = chosen.facts_of(record.id)
    return {
        "id": str(record.id),
        "kind": record.kind,
        "activity": activity,
        "course": course,
        "state": record.state.value,
        "visibility": record.visibility.value,
        "facts": [_fact(key, row) for key, row in facts.items()],
    }


def _grades(chosen: Chosen, attempt_id: UUID, facts: dict[Key, Any]) -> Json:
    activity, course = chosen.attempts[attempt_id]
    told = [_fact(key, row, _sealed(chosen, key)) for key, row in facts.items()]
    return {"id": str(attempt_id), "activity": activity, "course": course, "facts": told}


def _fact(key: Key, row: Any, sha256: str | None = None) -> Json:
    return {
        "kind": key[0].value,
        "id": str(key[1]),
        "sha256": sha256 if sha256 is not None else row.sha256,
        "words": canonical_json(words_of(key[0], row)),
    }


def _sealed(chosen: Chosen, key: Key) -> str:
    found = (s.subject_sha256 for s in chosen.papers.seals if (s.kind, s.subject_id) == key)
    return next(found, "")


def _seals(chosen: Chosen) -> list[Any]:
    return [s for s in chosen.papers.seals if (s.kind, s.subject_id) in chosen.facts]


def _link(seal: Any) -> Json:
    words = canonical_json(link_of(seal))
    return {"number": seal.number, "sha256": seal.sha256, "words": words}


def _line(line: AuditEvent) -> Json:
    words = canonical_json(line_of(line))
    return {"scope": line.scope, "number": line.number, "sha256": line.sha256, "words": words}


def _lines(session: Session, chosen: Chosen, reader: Reader) -> Sequence[Any]:
    """Lines about what is chosen; to the learner also what they did, or was done to them."""
    keys = {id for _kind, id in chosen.facts}
    mine = [line for line in chosen.papers.lines if _is_about(line, chosen, keys)]
    if reader.person_id != chosen.learner.id:
        return mine
    id = chosen.learner.id
    about = select(AuditEvent).where(
        (AuditEvent.actor_id == id) | (AuditEvent.subject_id == id), AuditEvent.record_id.is_(None)
    )
    known = {line.id for line in mine}
    others = [line for line in session.scalars(about) if line.id not in known]
    return sorted([*mine, *others], key=lambda line: (line.scope, line.number))


def _is_about(line: Any, chosen: Chosen, keys: set[UUID]) -> bool:
    return line.record_id in chosen.records or line.subject_id in keys


def _names(session: Session, chosen: Chosen) -> dict[str, str]:
    """Who is meant by the ids in the words; not what they were called when they signed."""
    ids = set(_people(chosen.facts.values())) | {chosen.learner.id}
    people = session.scalars(select(Person).where(Person.id.in_(ids)))
    return {str(person.id): person.name or person.short_code for person in people}


def _people(rows: Iterable[Any]) -> Iterable[UUID]:
    for row in rows:
        for column in ("author_id", "signer_id", "by_id"):
            if id := getattr(row, column, None):
                yield id
