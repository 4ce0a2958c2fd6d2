"""Gradebook columns: found by our names or made, once per link (LTI-AGS 2.0; facts.md 11-19)."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID

from pylti1p3.lineitem import LineItem as AgsLineItem
from sqlalchemy.orm import Session

from lti_tool.domain.courses import (
    ActivitySetup,
    Course,
    LineItem,
    LineItemState,
    ResourceLink,
)
from lti_tool.lti.connector import PlatformConnector
from lti_tool.lti.edge import Edge
from lti_tool.lti.faults import outcome_of
from lti_tool.lti.http import Garbled
from lti_tool.lti.platforms import Registered
from lti_tool.lti.untrusted import web_address
from lti_tool.outbox.sending import Claimed, Outcome, Refused, Retry, Sent
from lti_tool.services.grades import send_scores

LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
CONTAINER_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
MOST_PAGES = 20


def below(url: str, ending: str, **query: str) -> str:
    """Return *url* with *ending* put on its path: Moodle's line items carry a query."""
    parts = urlsplit(url)
    added = "&".join(filter(None, [parts.query, urlencode(query)]))
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{ending}", query=added))


def below_query(url: str, **query: str) -> str:
    """Return *url* with more query parameters."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, urlencode(query)]))))


def number(text: str) -> int | float:
    """Return a decimal as JSON writes it: whole numbers without a point."""
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else float(value)


class Column:
    """A line item with what is needed to talk about it."""

    def __init__(self, edge: Edge, session: Session, item: LineItem) -> None:
        """Look up link, course and platform of *item*."""
        link = session.get_one(ResourceLink, item.resource_link_id)
        course = session.get_one(Course, link.course_id)
        self.item = item
        self.link = link
        self.lineitems_url = course.lineitems_url
        self.scopes = course.ags_scopes.split()
        self.platform: Registered | None = edge.platforms.by_id(course.platform_id)


def rows_of(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the objects of a container; anything else in it is passed over."""
    body = answer["body"] if isinstance(answer["body"], list) else []
    return [row for row in body if isinstance(row, dict)]


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
            column = Column(self._edge, session, item) if item else None
            names = _names_of(session, column) if column else set()
        if column is None or column.item.state is LineItemState.READY:
            return Sent(note="nothing_to_do")
        if column.platform is None:
            return Retry(why="registration switched off")
        if column.lineitems_url is None or not column.scopes:
            self._settle(column.item.id, LineItemState.GONE, None)
            return Refused(code="refused", why="the course has no gradebook service")
        try:
            url = _find_or_make(PlatformConnector(self._edge, column.platform), column, names)
        except Exception as error:
            return self._after(error, column.item.id)
        self._settle(column.item.id, LineItemState.READY, url)
        return Sent()

    def _after(self, error: Exception, item_id: UUID) -> Outcome:
        outcome = outcome_of(error)
        if isinstance(outcome, Refused):
            # Scores need not wait for a column that will not come; a tutor can try again.
            self._settle(item_id, LineItemState.GONE, None)
        return outcome

    def _settle(self, item_id: UUID, state: LineItemState, url: str | None) -> None:
        with self._edge.database.transaction() as session:
            stored = session.get_one(LineItem, item_id)
            if stored.state is LineItemState.READY:
                return
            stored.url, stored.state = url, state
            if state is LineItemState.READY:
                session.flush()
                send_scores(session, stored.resource_link_id)


def _names_of(session: Session, column: Column) -> set[str]:
    """Return the resource ids the column may bear: a copied course keeps the original's."""
    names = {column.item.resource_id}
    setup = session.get(ActivitySetup, column.link.setup_id)
    while setup is not None and setup.copied_from_id and str(setup.copied_from_id) not in names:
        names.add(str(setup.copied_from_id))
        setup = session.get(ActivitySetup, setup.copied_from_id)
    return names


def _find_or_make(connector: PlatformConnector, column: Column, names: set[str]) -> str:
    found = list(_columns_of_link(connector, column))
    ours = [c for c in found if c.get("resourceId") in names and c.get("tag") == column.item.tag]
    # A column that came with a link added by hand bears no name of anybody's.
    nameless = [c for c in found if not c.get("resourceId") and not c.get("tag")]
    if ours:
        return str(ours[0]["id"])
    if len(nameless) == 1 and nameless[0].get("resourceLinkId") is not None:
        return str(nameless[0]["id"])
    return _make(connector, column)


def _columns_of_link(connector: PlatformConnector, column: Column) -> Iterator[Mapping[str, Any]]:
    """Yield the columns of the link; a platform may not know the filter, and send more."""
    link_id = column.link.resource_link_id
    url: str | None = below_query(column.lineitems_url or "", resource_link_id=link_id)
    for _ in range(MOST_PAGES):
        answer = connector.make_service_request(column.scopes, url or "", accept=CONTAINER_TYPE)
        rows = (row for row in rows_of(answer) if isinstance(row.get("id"), str))
        yield from (row for row in rows if row.get("resourceLinkId") in (None, link_id))
        url = answer["next_page_url"]
        if url is None:
            return


def _make(connector: PlatformConnector, column: Column) -> str:
    item = column.item
    new = (
        AgsLineItem()
        .set_label(item.label)
        .set_score_maximum(number(str(item.maximum)))
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
    made = answer["body"].get("id") if isinstance(answer["body"], dict) else None
    if not isinstance(made, str) or web_address(made) is None:
        raise Garbled("line item without an id")
    return made
