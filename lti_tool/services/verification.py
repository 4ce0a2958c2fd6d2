"""Recompute what was sealed, and say per record whether it still is what it was.

What this proves and what it does not: `lti_tool/README.md`, "What the proof is worth".
"""

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lti_tool.domain.signing import SealKind
from lti_tool.services.audit import line_of
from lti_tool.services.chain_checks import broken_chain
from lti_tool.services.chains import content_hash
from lti_tool.services.findings import Break
from lti_tool.services.proof_rows import (
    Key,
    Papers,
    batches,
    hashes_of_versions,
    read_papers,
    words_of,
)

FileCheck = Callable[[str], str | None]
"""Asks the store for the bytes of a hash: None if they fit, else ``missing`` or ``changed``."""


class Verdict(enum.StrEnum):
    """What can be said of a record."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    """Whole, and amended later: old signatures stand on an earlier version."""
    ERASED = "erased"
    """Words were erased by right; the hashes stand, and what is left is what was left then."""
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class RecordFinding:
    """What verification says of one record, or of the grades of one attempt."""

    id: UUID
    kind: str
    verdict: Verdict
    breaks: tuple[Break, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it with ids as text."""
        return {
            "id": str(self.id),
            "kind": self.kind,
            "verdict": self.verdict.value,
            "breaks": [one.as_json() for one in self.breaks],
        }


@dataclass(frozen=True, kw_only=True)
class LearnerFinding:
    """What verification says of all that one learner's chain holds."""

    person_id: UUID
    links: int
    head: str
    records: list[RecordFinding]
    chain: list[Break] = field(default_factory=list)
    """What is broken and belongs to no record that is still known."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed."""
        return not self.chain and all(r.verdict is not Verdict.CHANGED for r in self.records)

    @property
    def first_broken_link(self) -> int | None:
        """Number of the first link that is broken, or whose subject is; None if none is."""
        found = [*self.chain, *(one for record in self.records for one in record.breaks)]
        return min((one.link for one in found if one.link is not None), default=None)

    def as_json(self) -> dict[str, Any]:
        """Return the finding as ``trellis verify --json`` prints it: ids and codes only."""
        return {
            "person": str(self.person_id),
            "links": self.links,
            "head": self.head,
            "first_broken_link": self.first_broken_link,
            "records": [record.as_json() for record in self.records],
            "chain": [one.as_json() for one in self.chain],
        }


def verify_learners(
    session: Session, learner_ids: Sequence[UUID], *, check_file: FileCheck | None = None
) -> Iterator[LearnerFinding]:
    """Yield the finding of each learner, recomputing every hash; *check_file* adds the bytes."""
    versions = hashes_of_versions(session)
    checked: dict[str, str | None] = {}

    def check_once(sha256: str) -> str | None:
        if check_file is not None and sha256 not in checked:
            checked[sha256] = check_file(sha256)
        return checked.get(sha256)

    for part in batches(learner_ids):
        for papers in read_papers(session, part):
            yield find(papers, versions, check_once)


def find(papers: Papers, versions: Mapping[UUID, str], check_file: FileCheck) -> LearnerFinding:
    """Return what the papers of one learner say."""
    links = {(seal.kind, seal.subject_id): seal.number for seal in papers.seals}
    breaks = [
        *_broken_facts(papers, links),
        *_broken_trail(papers, links),
        *_broken_versions(papers, versions, links),
        *_broken_files(papers, check_file, links),
        *broken_chain(papers),
    ]
    head = papers.head
    return LearnerFinding(
        person_id=papers.person_id,
        links=head.number if head else 0,
        head=head.sha256 if head else "",
        records=[*_records(papers, breaks), *_grades(papers, breaks)],
        chain=[one for one in breaks if not _has_place(papers, one)],
    )


def _has_place(papers: Papers, one: Break) -> bool:
    return one.record_id in papers.records or one.attempt_id is not None


def _records(papers: Papers, breaks: list[Break]) -> list[RecordFinding]:
    erased = {papers.facts[key].record_id for key in _erased(papers) if key[0] != SealKind.GRADE}
    amended = {row.record_id for row in papers.facts.values() if getattr(row, "amends_id", None)}
    found = []
    for id, record in papers.records.items():
        mine = tuple(one for one in breaks if one.record_id == id)
        verdict = _verdict(bool(mine), id in erased, id in amended)
        found.append(RecordFinding(id=id, kind=record.kind, verdict=verdict, breaks=mine))
    return found


def _grades(papers: Papers, breaks: list[Break]) -> list[RecordFinding]:
    erased = {papers.facts[key].attempt_id for key in _erased(papers) if key[0] == SealKind.GRADE}
    numbers: dict[UUID, int] = {}
    for (kind, _id), row in papers.facts.items():
        if kind is SealKind.GRADE:
            numbers[row.attempt_id] = numbers.get(row.attempt_id, 0) + 1
    for one in breaks:
        if one.attempt_id is not None:
            numbers.setdefault(one.attempt_id, 0)
    found = []
    for id, count in numbers.items():
        mine = tuple(one for one in breaks if one.attempt_id == id)
        verdict = _verdict(bool(mine), id in erased, count > 1)
        found.append(RecordFinding(id=id, kind="grades", verdict=verdict, breaks=mine))
    return found


def _verdict(is_broken: bool, is_erased: bool, is_amended: bool) -> Verdict:
    if is_broken:
        return Verdict.CHANGED
    if is_erased:
        return Verdict.ERASED
    return Verdict.SUPERSEDED if is_amended else Verdict.VALID


def _erased(papers: Papers) -> list[Key]:
    return [key for key in papers.erasures() if key in papers.facts]


def _broken_facts(papers: Papers, links: dict[Key, int]) -> Iterator[Break]:
    seals = {(seal.kind, seal.subject_id): seal for seal in papers.seals}
    erasures = papers.erasures()
    for key, row in papers.facts.items():
        problem = _problem_of(papers, key, row, seals.get(key), erasures.get(key))
        if problem is not None:
            yield _break(key, problem, links.get(key), row)


def _problem_of(papers: Papers, key: Key, row: Any, seal: Any, erasure: Any) -> str | None:
    if seal is None:
        return "unsealed"
    stated = getattr(row, "sha256", seal.subject_sha256)
    if stated != seal.subject_sha256:
        return "sealed_otherwise"
    if erasure is not None:
        return _problem_after_erasure(key, row, stated, erasure)
    if content_hash(words_of(key[0], row)) != stated or getattr(row, "erased_at", None):
        return "content"
    return _problem_of_place(papers, key, row)


def _problem_after_erasure(key: Key, row: Any, stated: str, erasure: Any) -> str | None:
    """What was erased must have been whole then, and be what was left of it then."""
    said = erasure.details
    if said.get("sha256") != stated or said.get("remains") != content_hash(words_of(key[0], row)):
        return "content"
    return None if said.get("was_intact") is True else "changed_before_erasure"


def _problem_of_place(papers: Papers, key: Key, row: Any) -> str | None:
    if key[0] is SealKind.SIGNATURE:
        revision = papers.facts.get((SealKind.REVISION, row.revision_id))
        if revision is None or revision.sha256 != row.revision_sha256:
            return "signed_otherwise"
    return None


def _broken_trail(papers: Papers, links: dict[Key, int]) -> Iterator[Break]:
    """What the audit trail says was written, and is not there any more, or is another."""
    for line in papers.lines:
        key = _key_of(line)
        if content_hash(line_of(line)) != line.sha256:
            row = papers.facts.get(key) if key else None
            attempt = getattr(row, "attempt_id", None)
            yield Break("audit_event", line.id, "content", None, line.record_id, attempt)
        elif key is not None and "sha256" in line.details:
            row = papers.facts.get(key)
            if row is None:
                yield Break(key[0].value, key[1], "missing", links.get(key), line.record_id)
            elif getattr(row, "record_id", line.record_id) != line.record_id:
                yield Break(key[0].value, key[1], "moved", links.get(key), line.record_id)
            elif getattr(row, "sha256", line.details["sha256"]) != line.details["sha256"]:
                yield _break(key, "told_otherwise", links.get(key), row)


def _key_of(line: Any) -> Key | None:
    if line.subject_kind not in set(SealKind) or line.subject_id is None:
        return None
    return SealKind(line.subject_kind), line.subject_id


def _broken_versions(
    papers: Papers, versions: Mapping[UUID, str], links: dict[Key, int]
) -> Iterator[Break]:
    """Forms that are not what they were when something was handed in on them."""
    for key, row in papers.facts.items():
        if key[0] is not SealKind.REVISION or row.template_version_id is None:
            continue
        if versions.get(row.template_version_id) != row.template_sha256:
            yield Break(
                "template_version",
                row.template_version_id,
                "content",
                links.get(key),
                row.record_id,
            )


def _broken_files(papers: Papers, check_file: FileCheck, links: dict[Key, int]) -> Iterator[Break]:
    erased = set(_erased(papers))
    for key, row in papers.facts.items():
        if key[0] is not SealKind.REVISION or key in erased:
            continue
        for file in row.evidence:
            problem = check_file(file["sha256"])
            if problem is not None:
                yield Break("file", file["sha256"], problem, links.get(key), row.record_id)


def _break(key: Key, problem: str, link: int | None, row: Any) -> Break:
    record, attempt = getattr(row, "record_id", None), getattr(row, "attempt_id", None)
    return Break(key[0].value, key[1], problem, link, record, attempt)
