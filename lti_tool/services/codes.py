"""What can be said to anybody who holds the code of a seal: no name and nothing typed."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.domain.grading import Grade
from lti_tool.domain.records import Move, Record, Revision
from lti_tool.domain.signing import Seal, SealKind, Signature
from lti_tool.services.verification import Verdict, verify_learners
from lti_tool.services.visibility import EXPORTED

_CODE = re.compile(r"[0-9a-f]{64}")
_MODELS: dict[SealKind, Any] = {
    SealKind.REVISION: Revision,
    SealKind.SIGNATURE: Signature,
    SealKind.MOVE: Move,
    SealKind.GRADE: Grade,
}


@dataclass(frozen=True, kw_only=True)
class CodeFinding:
    """What a code stands for, and whether that is still what it was."""

    verdict: Verdict
    kind: SealKind
    what: str
    """Decision of a signature or kind of a move; empty for versions and grades."""
    number: int | None
    """Of a version or grade, or of the version that was signed."""
    newest: int | None
    """Number of the newest version or grade."""
    method: str | None
    happened_on: date | None
    at: datetime
    is_withdrawn: bool = False


def read_code(typed: str) -> str | None:
    """Return the code in what somebody typed or pasted, such as a whole address, or None."""
    found = _CODE.search(re.sub(r"\s", "", typed).lower())
    return found[0] if found else None


def check_code(session: Session, code: str) -> CodeFinding | None:
    """Return what stands under *code*; None looks the same for unknown and for private ones."""
    seal = session.scalars(select(Seal).where(Seal.sha256 == code)).first()
    if seal is None:
        return None
    fact = session.get(_MODELS[seal.kind], seal.subject_id)
    record = _record_of(session, fact)
    if fact is None or (record is not None and record.visibility not in EXPORTED):
        return None
    place = record.id if record is not None else fact.attempt_id
    return _finding(session, seal, fact, _is_changed(session, seal, place))


def _record_of(session: Session, fact: Any) -> Record | None:
    return session.get(Record, fact.record_id) if hasattr(fact, "record_id") else None


def _is_changed(session: Session, seal: Seal, place: UUID) -> Verdict:
    [found] = verify_learners(session, [seal.person_id])
    return next((one.verdict for one in found.records if one.id == place), Verdict.CHANGED)


def _finding(session: Session, seal: Seal, fact: Any, verdict: Verdict) -> CodeFinding:
    number, newest = _numbers(session, seal.kind, fact)
    is_withdrawn = seal.kind is SealKind.SIGNATURE and _is_withdrawn(session, fact)
    if verdict in (Verdict.VALID, Verdict.SUPERSEDED):
        is_old = is_withdrawn or number != newest
        verdict = Verdict.SUPERSEDED if is_old else Verdict.VALID
    decision = fact.decision.value if seal.kind is SealKind.SIGNATURE else ""
    return CodeFinding(
        verdict=verdict,
        kind=seal.kind,
        what=fact.kind.value if seal.kind is SealKind.MOVE else decision,
        number=number,
        newest=newest,
        method=fact.method.value if seal.kind is SealKind.SIGNATURE else None,
        happened_on=getattr(fact, "happened_on", None),
        at=seal.created_at,
        is_withdrawn=is_withdrawn,
    )


def _numbers(session: Session, kind: SealKind, fact: Any) -> tuple[int | None, int | None]:
    """Number of the fact's version or grade, and of the newest of the same record or work."""
    if kind is SealKind.MOVE:
        return None, None
    if kind is SealKind.GRADE:
        of = Grade.attempt_id == fact.attempt_id
        return fact.number, session.scalar(select(func.max(Grade.number)).where(of))
    signed = session.get(Revision, fact.revision_id) if kind is SealKind.SIGNATURE else fact
    newest = select(func.max(Revision.number)).where(Revision.record_id == fact.record_id)
    return signed.number if signed else None, session.scalar(newest)


def _is_withdrawn(session: Session, signature: Signature) -> bool:
    later = select(Signature.id).where(Signature.withdraws_id == signature.id)
    return session.scalar(later) is not None
