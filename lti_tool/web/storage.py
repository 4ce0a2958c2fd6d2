"""The application's database, as views reach it."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app, g, has_request_context, request
from sqlalchemy.orm import Session

from lti_tool.domain.database import Database
from lti_tool.services.records import DraftPage
from lti_tool.services.visibility import Reader

PAGE_LENGTH = 64


def database() -> Database:
    """Return the database of the running application."""
    found: Database = current_app.extensions["trellis"].database
    return found


@contextmanager
def transaction() -> Iterator[Session]:
    """Yield a session that commits as a whole when the block ends, or not at all."""
    with database().transaction() as session:
        session.info["origin"] = _origin()
        _say_who_reads(session)
        session.info["draft_page"] = _draft_page()
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """Yield a session for looking only; it takes no write lock."""
    with database().reading() as session:
        _say_who_reads(session)
        yield session


def _say_who_reads(session: Session) -> None:
    """Tie what lists and counts show to the person of the launch."""
    launch = g.get("launch")
    if launch is not None:
        session.info["reader"] = Reader(launch.person_id, launch.role)


def _draft_page() -> DraftPage | None:
    """Which page a form was on, and the number of the draft it had seen."""
    if not has_request_context() or request.method != "POST":
        return None
    page, seen = request.form.get("draft_page", ""), request.form.get("draft_seen", "")
    if not page or len(page) > PAGE_LENGTH or not (seen.isascii() and seen.isdigit()):
        return None
    keeps_other = request.form.get("draft_keep") == "mine"
    return DraftPage(page, int(seen[:9]), keeps_other)


def _origin() -> str:
    """What the request belongs to, for the audit trail."""
    launch, link = g.get("launch"), g.get("mentor_link")
    if launch is not None:
        return f"launch:{launch.id}"
    return f"link:{link.id}" if link is not None else "web"
