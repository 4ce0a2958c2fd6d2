"""Whether the links of a chain hold: each its own words, and each the one before it.

A link is blamed once, and only the one that was changed: whoever alters a link and spells
its hash anew is given away by the next one, which holds the old hash.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

from lti_tool.domain.signing import SealKind
from lti_tool.services.chains import content_hash
from lti_tool.services.findings import Break
from lti_tool.services.proof_rows import Papers
from lti_tool.services.sealing import link_of


class ChainLink(NamedTuple):
    """One link as it stands, and the hash of its words as they stand."""

    row: Any
    """With `number`, `sha256` and `previous_sha256`."""
    computed: str

    @property
    def holds(self) -> bool:
        """Whether its own hash fits its words."""
        return self.computed == str(self.row.sha256)

    @property
    def hashes(self) -> tuple[str, str]:
        """Either of which the next link may hold; if they differ, this one is to blame."""
        return str(self.row.sha256), self.computed


def broken_links(chain: Iterable[ChainLink], head: Any) -> Iterator[tuple[int, Any, str]]:
    """Yield number, row (None for a gap or the head) and problem of what is broken.

    *chain* is in order of number; *head* has `number` and `sha256`, or is None.
    """
    before: ChainLink | None = None
    for link in chain:
        expected = before.row.number + 1 if before else 1
        if not link.holds:
            yield link.row.number, link.row, "content"
        if link.row.number != expected:
            yield expected, None, "gap"
        elif not _follows(link, before):
            to_blame = before if before is not None and link.holds else link
            if to_blame.holds:
                yield to_blame.row.number, to_blame.row, "next_holds_another_hash"
        before = link
    yield from _broken_head(before, head)


def _follows(link: ChainLink, before: ChainLink | None) -> bool:
    return link.row.previous_sha256 in (before.hashes if before else ("",))


def _broken_head(last: ChainLink | None, head: Any) -> Iterator[tuple[int, Any, str]]:
    if head is None:
        if last is not None:
            yield last.row.number, None, "no_head"
        return
    number = last.row.number if last else 0
    if head.number != number:
        yield min(head.number, number) + 1, None, "head_elsewhere"
    elif head.sha256 not in (last.hashes if last else ("",)):
        yield number, None, "head_differs"


def broken_chain(papers: Papers) -> Iterator[Break]:
    """Yield what is broken in a learner's chain of seals, with the record where it is known."""
    chain = [ChainLink(seal, content_hash(link_of(seal))) for seal in papers.seals]
    for number, row, problem in broken_links(chain, papers.head):
        if row is None:
            yield Break("chain", papers.person_id, problem, number)
        else:
            yield Break("seal", row.id, problem, number, *_place(papers, row))
    told = {line.subject_id: line.record_id for line in papers.lines}
    for seal in papers.seals:
        if (seal.kind, seal.subject_id) not in papers.facts and not _is_told(papers, seal, told):
            yield Break(seal.kind.value, seal.subject_id, "missing", seal.number)


def _is_told(papers: Papers, seal: Any, told: dict[UUID | None, UUID | None]) -> bool:
    """Whether the trail named the record already, whose fact is missing."""
    return seal.kind is not SealKind.GRADE and told.get(seal.subject_id) in papers.records


def _place(papers: Papers, seal: Any) -> tuple[UUID | None, UUID | None]:
    fact = papers.facts.get((seal.kind, seal.subject_id))
    return getattr(fact, "record_id", None), getattr(fact, "attempt_id", None)
