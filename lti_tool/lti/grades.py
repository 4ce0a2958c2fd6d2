"""Scores to the platform's gradebook, and the column they go to (LTI-AGS 2.0; facts.md 13-20)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID

from pylti1p3.assignments_grades import AssignmentsGradesService
from pylti1p3.grade import Grade
from pylti1p3.lineitem import LineItem as AgsLineItem
from sqlalchemy.orm import Session

from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.courses import Course, LineItem, LineItemState, ResourceLink
from lti_tool.lti.connector import PlatformConnector, ServiceFault
from lti_tool.lti.edge import Edge
from lti_tool.lti.faults import outcome_of
from lti_tool.lti.platforms import Registered
from lti_tool.outbox.sending import Claimed, Outcome, Refused, Retry, SendAgain, Sent, Superseded

LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
CONTAINER_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
COLUMN_WAIT = timedelta(seconds=5)


def below(url: str, ending: str, **query: str) -> str:
    """Return *url* with *ending* put on its path: Moodle's line items carry a query."""
    parts = urlsplit(url)
    added = "&".join(filter(None, [parts.query, urlencode(query)]))
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{ending}", query=added))


class _Column:
    """A line item with what is needed to talk about it."""

    def __init__(self, edge: Edge, session: Session, item: LineItem) -> None:
        link = session.get_one(ResourceLink, item.resource_link_id)
        course = session.get_one(Course, link.course_id)
        self.item = item
        self.link = link
        self.lineitems_url = course.lineitems_url
        self.scopes = course.ags_scopes.split()
        self.platform: Registered | None = edge.platforms.by_id(course.platform_id)


class ScoreSender:
    """Sends grades. Every score is fully graded and carries its comment, or it would erase."""

    batch_size = 1

    def __init__(self, edge: Edge) -> None:
        """Keep the edge; connectors are made per delivery."""
        self._edge = edge

    def send(self, claimed: Sequence[Claimed], /) -> Sequence[Outcome]:
        """Send each score; one outcome each."""
        return [self._send(one) for one in claimed]

    def _send(self, claimed: Claimed) -> Outcome:
        payload = claimed.payload or {}
        with self._edge.database.reading() as session:
            item = session.get(LineItem, UUID(payload["line_item"]))
            column = _Column(self._edge, session, item) if item else None
        problem = _cannot_send(column)
        if problem is not None or column is None:
            return problem or Refused(code="gone", why="no line item here")
        assert column.platform is not None  # noqa: S101 - `_cannot_send` looked
        connector = PlatformConnector(self._edge, column.platform)
        try:
            _put(connector, column, payload)
        except Exception as error:
            return self._after(error, connector, column, payload)
        return Sent(status=200)

    def _after(
        self, error: Exception, connector: PlatformConnector, column: _Column, payload: Json
    ) -> Outcome:
        status = error.status if type(error) is ServiceFault else None
        if status == 409:
            return _after_conflict(connector, column, payload)
        if status == 400:
            return Refused(code="not_gradable", why="cannot be graded there", status=400)
        if status in (403, 404):
            self._mark_gone(column.item.id)
            return Refused(code="gone", why="column deleted or closed", status=status)
        return outcome_of(error)

    def _mark_gone(self, item_id: UUID) -> None:
        with self._edge.database.transaction() as session:
            session.get_one(LineItem, item_id).state = LineItemState.GONE


def _cannot_send(column: _Column | None) -> Outcome | None:
    if column is None or column.item.state is LineItemState.GONE:
        return Refused(code="gone", why="column deleted")
    if column.platform is None:
        return Retry(why="registration switched off")
    if column.item.url is None:
        return Retry(why="column not made yet", after=COLUMN_WAIT)
    return None


def _put(connector: PlatformConnector, column: _Column, payload: Json) -> None:
    grade = (
        Grade()
        .set_user_id(payload["sub"])
        .set_score_given(_number(payload["given"]))
        .set_score_maximum(_number(payload["maximum"]))
        .set_comment(payload["comment"])
        .set_timestamp(payload["timestamp"])
        .set_activity_progress("Completed")
        .set_grading_progress("FullyGraded")
    )
    service = AssignmentsGradesService(
        connector, {"scope": column.scopes, "lineitem": column.item.url}
    )
    service.put_grade(grade)


def _number(text: str) -> int | float:
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else float(value)


def _after_conflict(connector: PlatformConnector, column: _Column, payload: Json) -> Outcome:
    """Decide after a 409: the platform holds the same second or a later one (facts.md 15).

    If what it holds is what we want, it is delivered. If it was set there by hand, later
    than our grade, it stands. Otherwise ours is newer and goes again with a later time.
    """
    try:
        held = _held(connector, column, payload["sub"])
    except Exception as error:
        return outcome_of(error)
    if held is not None and _is_wanted(held, payload):
        return Sent(note="already_there", status=409)
    stamp = _stamp(held)
    ours = datetime.fromisoformat(payload["timestamp"])
    if stamp is not None and stamp > ours + timedelta(seconds=2):
        return Superseded(why="newer")
    later = max(utc_now().replace(microsecond=0), (stamp or ours) + timedelta(seconds=1))
    return SendAgain(
        payload=payload | {"timestamp": later.isoformat()},
        after=timedelta(seconds=1),
        why="same second",
        status=409,
    )


def _held(connector: PlatformConnector, column: _Column, sub: str) -> Mapping[str, Any] | None:
    url = below(column.item.url or "", "results", user_id=sub)
    answer = connector.make_service_request(column.scopes, url, accept=RESULTS_TYPE)
    rows = answer["body"] if isinstance(answer["body"], list) else []
    return next((row for row in rows if str(row.get("userId")) == sub), None)


def _is_wanted(held: Mapping[str, Any], payload: Json) -> bool:
    given, maximum = held.get("resultScore"), held.get("resultMaximum")
    if given is None or not maximum:
        return False
    share = Decimal(str(given)) / Decimal(str(maximum))
    wanted = Decimal(payload["given"]) / Decimal(payload["maximum"])
    same_comment = (held.get("comment") or "").strip() == payload["comment"].strip()
    return abs(share - wanted) < Decimal("0.00001") and same_comment


def _stamp(held: Mapping[str, Any] | None) -> datetime | None:
    try:
        return datetime.fromisoformat(str(held["timestamp"])) if held else None
    except (KeyError, ValueError):
        return None


class LineItemSender:
    """Finds a link's gradebook column by our resource id and tag, or makes it, once."""

    batch_size = 1

    def __init__(self, edge: Edge) -> None:
        """Keep the edge."""
        self._edge = edge

    def send(self, claimed: Sequence[Claimed], /) -> Sequence[Outcome]:
        """Make sure of each column; one outcome each."""
        return [self._send(one) for one in claimed]

    def _send(self, claimed: Claimed) -> Outcome:
        with self._edge.database.reading() as session:
            item = session.get(LineItem, UUID((claimed.payload or {})["line_item"]))
            column = _Column(self._edge, session, item) if item else None
        if column is None or column.item.state is LineItemState.READY:
            return Sent(note="nothing_to_do")
        if column.platform is None or column.lineitems_url is None:
            return Refused(code="refused", why="the course has no gradebook service")
        try:
            url = self._find_or_make(PlatformConnector(self._edge, column.platform), column)
        except Exception as error:
            return outcome_of(error)
        with self._edge.database.transaction() as session:
            stored = session.get_one(LineItem, column.item.id)
            if stored.state is not LineItemState.READY:
                stored.url, stored.state = url, LineItemState.READY
        return Sent()

    def _find_or_make(self, connector: PlatformConnector, column: _Column) -> str:
        assert column.lineitems_url is not None  # noqa: S101 - the caller looked
        item = column.item
        wanted = below_query(
            column.lineitems_url,
            resource_link_id=column.link.resource_link_id,
            resource_id=item.resource_id,
            tag=item.tag,
        )
        answer = connector.make_service_request(column.scopes, wanted, accept=CONTAINER_TYPE)
        for found in answer["body"] or []:
            if found.get("resourceId") == item.resource_id and found.get("tag") == item.tag:
                return str(found["id"])
        return _make(connector, column)


def _make(connector: PlatformConnector, column: _Column) -> str:
    item = column.item
    new = (
        AgsLineItem()
        .set_label(item.label)
        .set_score_maximum(_number(str(item.maximum)))
        .set_resource_id(item.resource_id)
        .set_tag(item.tag)
        .set_resource_link_id(column.link.resource_link_id)
    )
    answer = connector.make_service_request(
        column.scopes,
        column.lineitems_url or "",
        is_post=True,
        data=new.get_value(),
        content_type=LINE_ITEM_TYPE,
        accept=LINE_ITEM_TYPE,
    )
    return str(answer["body"]["id"])


def below_query(url: str, **query: str) -> str:
    """Return *url* with more query parameters."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, urlencode(query)]))))
