"""All rows that prove the records of learners, read in few queries for many learners at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from lti_tool.domain.audit import AuditEvent
from lti_tool.domain.base import Json
from lti_tool.domain.courses import TemplateVersion
from lti_tool.domain.grading import Grade
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Move, Record, Revision
from lti_tool.domain.signing import Seal, SealHead, SealKind, Signature
from lti_tool.services.chains import content_hash
from lti_tool.services.moves import step_of
from lti_tool.services.revisions import envelope
from lti_tool.services.sealing import grade_statement
from lti_tool.services.signing import statement_of

BATCH = 100
"""Learners whose rows are held in memory together."""

Key = tuple[SealKind, UUID]
"""A sealed fact: its kind and id."""

ERASED = ("record.erased", "grade.erased")
"""Actions of the lines that attest an erasure by right."""


@dataclass(kw_only=True)
class Papers:
    """Everything that proves the records of one learner. Rows are named as the columns are."""

    person_id: UUID
    records: dict[UUID, Any] = field(default_factory=dict)
    """Id -> id and kind of each record."""
    facts: dict[Key, Any] = field(default_factory=dict)
    """Revisions, signatures, moves and grades; grades have no `record_id`."""
    seals: list[Any] = field(default_factory=list)
    """By number."""
    head: Any = None
    lines: list[Any] = field(default_factory=list)
    """Lines of the audit trail that are about these facts, by number."""

    def erasures(self) -> dict[Key, Any]:
        """Return the newest line that attests an erasure, by what was erased."""
        return {
            (SealKind(line.subject_kind), line.subject_id): line
            for line in self.lines
            if line.action in ERASED
        }


def words_of(kind: SealKind, row: Any) -> Json:
    """Return what the hash of a fact covers, whatever its kind."""
    if kind is SealKind.REVISION:
        return envelope(row)
    if kind is SealKind.SIGNATURE:
        return statement_of(row)
    return step_of(row) if kind is SealKind.MOVE else grade_statement(row)


def read_papers(session: Session, learner_ids: Sequence[UUID]) -> list[Papers]:
    """Return the papers of these learners, in the order asked for; at most `BATCH` of them."""
    papers = {id: Papers(person_id=id) for id in learner_ids}
    for row in session.execute(_records(learner_ids)):
        papers[row.learner_id].records[row.id] = row
    for kind, query in _FACTS.items():
        for row in session.execute(query.where(Attempt.person_id.in_(learner_ids))):
            papers[row.learner_id].facts[kind, row.id] = row
    _read_chains(session, papers)
    _read_lines(session, papers)
    return list(papers.values())


def batches(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    """Yield *ids* in lists of at most `BATCH`."""
    known = list(ids)
    for start in range(0, len(known), BATCH):
        yield known[start : start + BATCH]


def learners(session: Session, *, platform_id: UUID | None = None) -> list[UUID]:
    """Return everybody with a chain or any work, of one platform or of all, by id."""
    chained = select(SealHead.person_id)
    query = select(Person.id).where(
        or_(Person.id.in_(chained), Person.id.in_(select(Attempt.person_id)))
    )
    if platform_id is not None:
        query = query.where(Person.platform_id == platform_id)
    return list(session.scalars(query.order_by(Person.id)))


def hashes_of_versions(session: Session) -> dict[UUID, str]:
    """Return the hash of each published form as it is now; '' where its own says otherwise."""
    rows = session.execute(
        select(TemplateVersion.id, TemplateVersion.content, TemplateVersion.sha256)
    )
    return {row.id: row.sha256 if content_hash(row.content) == row.sha256 else "" for row in rows}


def _columns(model: Any) -> list[Any]:
    return [getattr(model, one.key) for one in model.__mapper__.column_attrs]


def _of_record(model: Any) -> Select[Any]:
    return (
        select(*_columns(model), Attempt.person_id.label("learner_id"))
        .join(Record, Record.id == model.record_id)
        .join(Attempt, Attempt.id == Record.attempt_id)
    )


def _of_attempt(model: Any) -> Select[Any]:
    learner = Attempt.person_id.label("learner_id")
    return select(*_columns(model), learner).join(Attempt, Attempt.id == model.attempt_id)


_FACTS: dict[SealKind, Select[Any]] = {
    SealKind.REVISION: _of_record(Revision),
    SealKind.SIGNATURE: _of_record(Signature),
    SealKind.MOVE: _of_record(Move),
    SealKind.GRADE: _of_attempt(Grade),
}


def _records(learner_ids: Sequence[UUID]) -> Select[Any]:
    learner = Attempt.person_id.label("learner_id")
    wanted: list[Any] = [Record.id, Record.kind, learner]
    query = select(*wanted)
    return query.join(Attempt, Attempt.id == Record.attempt_id).where(
        Attempt.person_id.in_(learner_ids)
    )


def _read_chains(session: Session, papers: dict[UUID, Papers]) -> None:
    seals = select(*_columns(Seal)).where(Seal.person_id.in_(papers)).order_by(Seal.number)
    for row in session.execute(seals):
        papers[row.person_id].seals.append(row)
    heads = select(SealHead.person_id, SealHead.number, SealHead.sha256)
    for row in session.execute(heads.where(SealHead.person_id.in_(papers))):
        papers[row.person_id].head = row


def _read_lines(session: Session, papers: dict[UUID, Papers]) -> None:
    for about in (_lines_of_records, _lines_of_grades):
        query = select(*_columns(AuditEvent), Attempt.person_id.label("learner_id")).select_from(
            AuditEvent
        )
        query = about(query).where(Attempt.person_id.in_(papers)).order_by(AuditEvent.number)
        for row in session.execute(query):
            papers[row.learner_id].lines.append(row)


def _lines_of_records(query: Select[Any]) -> Select[Any]:
    return query.join(Record, Record.id == AuditEvent.record_id).join(
        Attempt, Attempt.id == Record.attempt_id
    )


def _lines_of_grades(query: Select[Any]) -> Select[Any]:
    return query.join(Grade, Grade.id == AuditEvent.subject_id).join(
        Attempt, Attempt.id == Grade.attempt_id
    )
