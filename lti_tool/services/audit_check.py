"""Whether the audit trail is whole: every line its own words, and the line before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.audit import AuditEvent, AuditHead
from lti_tool.services.audit import line_of
from lti_tool.services.chain_checks import ChainLink, broken_links
from lti_tool.services.chains import content_hash
from lti_tool.services.findings import Break

FETCHED = 2_000
"""Lines held in memory together."""


@dataclass(frozen=True, kw_only=True)
class TrailFinding:
    """What can be said of one chain of the trail."""

    scope: str
    lines: int
    head: str
    breaks: tuple[Break, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it with ids as text."""
        breaks = [one.as_json() for one in self.breaks]
        return {"scope": self.scope, "lines": self.lines, "head": self.head, "breaks": breaks}


def verify_trail(session: Session) -> Iterator[TrailFinding]:
    """Yield the finding of every chain of the audit trail, by scope."""
    heads = {head.scope: head for head in session.scalars(select(AuditHead))}
    scopes = set(session.scalars(select(AuditEvent.scope).distinct())) | heads.keys()
    for scope in sorted(scopes):
        lines = _Lines(session, scope)
        head = heads.get(scope)
        found = tuple(
            Break("audit_event" if row else "chain", row.id if row else scope, problem, number)
            for number, row, problem in broken_links(lines, head)
        )
        sha256 = head.sha256 if head else ""
        yield TrailFinding(scope=scope, lines=lines.count, head=sha256, breaks=found)


def heads_of(session: Session) -> list[AuditHead]:
    """Return the last line of every chain: copies of it kept elsewhere prove all before it."""
    return list(session.scalars(select(AuditHead).order_by(AuditHead.scope)))


class _Lines:
    """The lines of one scope in order, read in parts."""

    def __init__(self, session: Session, scope: str) -> None:
        self.session, self.scope, self.count = session, scope, 0

    def __iter__(self) -> Iterator[ChainLink]:
        columns: list[Any] = [
            getattr(AuditEvent, one.key) for one in AuditEvent.__mapper__.column_attrs
        ]
        query = select(*columns).where(AuditEvent.scope == self.scope).order_by(AuditEvent.number)
        for row in self.session.execute(query.execution_options(yield_per=FETCHED)):
            self.count += 1
            yield ChainLink(row, content_hash(line_of(cast(AuditEvent, row))))
