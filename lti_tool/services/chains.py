"""Chains of hashes: each link holds the hash of the one before, so none can be changed unseen."""

import hashlib
import json
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.domain.base import Json
from lti_tool.domain.database import insert_if_new


class Link(NamedTuple):
    """The place of the next link in a chain."""

    number: int
    previous_sha256: str


def canonical_json(content: Json) -> str:
    """Return the one spelling of *content* that is hashed: sorted keys, no spaces, UTF-8."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_hash(content: Json) -> str:
    """Return the SHA-256 of the canonical JSON of *content*, hexadecimal."""
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def moment(at: datetime) -> str:
    """Return *at* (aware, UTC) as it is hashed: ISO 8601 to the microsecond."""
    return at.isoformat(timespec="microseconds")


def next_link(session: Session, head: Any, **key: Any) -> Link:
    """Return the next place in the chain that *key* names, which is this transaction's alone.

    Others who add to the same chain wait until this transaction ends; put it off to the end.
    """
    query = select(head.number, head.sha256).filter_by(**key).with_for_update()
    found = session.execute(query).one_or_none()
    if found is None:
        session.execute(insert_if_new(session, head).values(**key, number=0, sha256=""))
        found = session.execute(query).one()
    return Link(found.number + 1, found.sha256)


def close_link(session: Session, head: Any, link: Link, sha256: str, **key: Any) -> None:
    """Make *sha256* the last link of the chain that *key* names."""
    moved = update(head).filter_by(**key).values(number=link.number, sha256=sha256)
    session.execute(moved.execution_options(synchronize_session=False))
