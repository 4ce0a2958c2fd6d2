"""Reading a course's roster in the background, page by page (LTI-NRPS 2.0; facts.md 21)."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pylti1p3.names_roles import NamesRolesProvisioningService

from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.courses import Course
from lti_tool.lti.claims import read_roles
from lti_tool.lti.columns import below_query
from lti_tool.lti.connector import PlatformConnector
from lti_tool.lti.edge import Edge
from lti_tool.lti.faults import outcome_of
from lti_tool.lti.http import Garbled
from lti_tool.lti.untrusted import identifier, short_text
from lti_tool.outbox.sending import Claimed, Outcome, Refused, Retry, SendAgain, Sent
from lti_tool.services.rosters import RosterMember, apply_page, fail, finish

PAGE_SIZE = 100
"""Asked of the platform: Moodle sends the whole course at once unless told otherwise."""
MOST_PAGES = 2_000
"""A roster that still goes on after so many links in circles."""
TURN_SECONDS = 15.0
"""After this long the rest is left to the next turn, so that leases are kept."""


class RosterSender:
    """Reads rosters. A failed page is tried again and never removes anybody."""

    batch_size = 1

    def __init__(self, edge: Edge) -> None:
        """Keep the edge."""
        self._edge = edge

    def send(self, claimed: Sequence[Claimed], /) -> Sequence[Outcome]:
        """Read on in each roster; one outcome each."""
        return [self._read(one) for one in claimed]

    def _read(self, claimed: Claimed) -> Outcome:
        payload = claimed.payload or {}
        course_id = UUID(payload["course"])
        with self._edge.database.reading() as session:
            course = session.get(Course, course_id)
        platform = self._edge.platforms.by_id(course.platform_id) if course else None
        if course is None or course.memberships_url is None:
            return Refused(code="refused", why="the course has no roster service")
        if platform is None:
            return Retry(why="registration switched off")
        try:
            connector = PlatformConnector(self._edge, platform)
            return self._read_pages(connector, course, payload)
        except Exception as error:
            self._remember_failure(course_id, type(error).__name__)
            return outcome_of(error)

    def _read_pages(self, connector: PlatformConnector, course: Course, payload: Json) -> Outcome:
        started_at = datetime.fromisoformat(payload.get("started_at") or utc_now().isoformat())
        url = payload.get("next") or below_query(course.memberships_url or "", limit=str(PAGE_SIZE))
        service = NamesRolesProvisioningService(connector, {})
        turn_ends, pages = time.monotonic() + TURN_SECONDS, int(payload.get("pages", 0))
        while url:
            members, url = _members_of(service.get_nrps_data(members_url=url))
            pages += 1
            if pages > MOST_PAGES:
                raise Garbled("endless roster")
            self._store(course.id, members, started_at, is_last=url is None)
            if url and time.monotonic() > turn_ends:
                rest = {"started_at": started_at.isoformat(), "next": url, "pages": pages}
                return SendAgain(payload=payload | rest, after=timedelta(0), why="more pages")
        return Sent()

    def _store(
        self, course_id: UUID, members: list[Any], started_at: datetime, *, is_last: bool
    ) -> None:
        known = [member for raw in members if (member := read_member(raw)) is not None]
        with self._edge.database.transaction() as session:
            course = session.get_one(Course, course_id)
            apply_page(session, course, known, started_at=started_at)
            if is_last:
                finish(session, course, started_at=started_at)

    def _remember_failure(self, course_id: UUID, reason: str) -> None:
        with self._edge.database.transaction() as session:
            fail(session, session.get_one(Course, course_id), reason)


def _members_of(answer: Mapping[str, Any]) -> tuple[list[Any], str | None]:
    """Return a page's members and the address of the next page.

    Raises:
        Garbled: It has no list of members; an empty page would make people leave.
    """
    body = answer["body"]
    members = body.get("members") if isinstance(body, dict) else None
    if not isinstance(members, list):
        raise Garbled("no members")
    return members, answer["next_page_url"]


def read_member(raw: Any) -> RosterMember | None:
    """Return a member of a roster page, or None for what is not one. Untrusted input."""
    sub = identifier(raw.get("user_id")) if isinstance(raw, dict) else ""
    if not sub:
        return None
    roles = raw.get("roles")
    return RosterMember(
        sub=sub,
        hint=read_roles(roles if isinstance(roles, list) else []),
        name=short_text(raw.get("name")) or None,
        email=short_text(raw.get("email")) or None,
        status=str(raw.get("status") or "Active"),
    )
