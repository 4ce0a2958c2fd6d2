"""Everything that ever happened to one record, in order, for those who may look it up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.audit import AuditEvent
from lti_tool.domain.grading import Grade
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Move, Record, Revision
from lti_tool.domain.signing import Seal, SealKind, Signature
from lti_tool.services.describing import Difference, Line, describe, differences, wording_here
from lti_tool.services.moves import moves_of
from lti_tool.services.revisions import revisions_of
from lti_tool.services.signing import signatures_of
from lti_tool.services.verification import RecordFinding, verify_learners


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that happened; `fact` is the Revision, Signature, Move or Grade itself."""

    kind: SealKind
    at: datetime
    fact: Any
    by: str
    seal: str
    """Hash of the link that holds it: the code under which anybody can check it."""
    on_version: int | None = None
    """Number of the revision that was signed."""
    is_newest_version: bool = True
    is_withdrawn: bool = False
    lines: Sequence[Line] = ()
    changes: Sequence[Difference] = ()
    wording_here: str | None = None
    """What was signed in another language, in the reader's."""


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """A record's history, and whether it is still what it was."""

    steps: Sequence[Step]
    finding: RecordFinding | None
    trail: Sequence[tuple[AuditEvent, str]]
    """Lines of the audit trail with who acted."""


def timeline_of(session: Session, record: Record) -> Timeline:
    """Return the history of *record*; verifies the learner's chain while it is at it."""
    attempt = session.get_one(Attempt, record.attempt_id)
    history = _History(session, record)
    grades = session.scalars(
        select(Grade).where(Grade.attempt_id == attempt.id).order_by(Grade.number)
    ).all()
    steps = [
        *history.revision_steps(),
        *history.signature_steps(),
        *(history.step(SealKind.MOVE, move, move.at, move.by_id) for move in history.moves),
        *(history.step(SealKind.GRADE, one, one.created_at, one.author_id) for one in grades),
    ]
    [found] = verify_learners(session, [attempt.person_id])
    return Timeline(
        steps=sorted(steps, key=lambda step: step.at),
        finding=next((one for one in found.records if one.id == record.id), None),
        trail=history.trail(),
    )


class _History:
    """What the steps of one record share: names, seals, versions."""

    def __init__(self, session: Session, record: Record) -> None:
        self.session, self.record = session, record
        self.revisions: Sequence[Revision] = revisions_of(session, record)
        self.moves: Sequence[Move] = moves_of(session, record)
        self.numbers = {revision.id: revision.number for revision in self.revisions}
        self.names: dict[UUID, str] = {}

    def step(self, kind: SealKind, fact: Any, at: datetime, by: UUID | None, **more: Any) -> Step:
        sealed = select(Seal.sha256).where(Seal.kind == kind, Seal.subject_id == fact.id)
        seal = self.session.scalar(sealed) or ""
        return Step(kind=kind, at=at, fact=fact, by=self.name_of(by), seal=seal, **more)

    def name_of(self, id: UUID | None) -> str:
        if id is None:
            return ""
        if id not in self.names:
            person = self.session.get(Person, id)
            self.names[id] = (person.name or person.short_code) if person else ""
        return self.names[id]

    def revision_steps(self) -> list[Step]:
        """Every version: the first in full, later ones by what is different."""
        found: list[Step] = []
        before: list[Line] | None = None
        for revision in self.revisions:
            lines = describe(self.session, revision)
            said: dict[str, Any] = {"lines": lines} if before is None else {}
            if before is not None:
                said = {"changes": differences(before, lines)}
            made = self.step(
                SealKind.REVISION, revision, revision.created_at, revision.author_id, **said
            )
            found.append(made)
            before = lines
        return found

    def signature_steps(self) -> list[Step]:
        signed = signatures_of(self.session, self.record)
        taken_back = {signature.withdraws_id for signature, _ in signed}
        newest = max(self.numbers.values(), default=0)
        return [
            self.step(
                SealKind.SIGNATURE,
                signature,
                signature.signed_at,
                signature.signer_id,
                on_version=self._version(signature),
                is_newest_version=self._version(signature) == newest,
                is_withdrawn=signature.id in taken_back,
                wording_here=wording_here(self.session, signature),
            )
            for signature, _ in signed
        ]

    def _version(self, signature: Signature) -> int | None:
        return self.numbers.get(signature.revision_id)

    def trail(self) -> list[tuple[AuditEvent, str]]:
        lines = select(AuditEvent).where(AuditEvent.record_id == self.record.id)
        ordered = lines.order_by(AuditEvent.number)
        return [(line, self.name_of(line.actor_id)) for line in self.session.scalars(ordered)]
