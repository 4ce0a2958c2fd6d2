"""Scores to the platform's gradebook (LTI-AGS 2.0; facts.md 13-18)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from pylti1p3.assignments_grades import AssignmentsGradesService
from pylti1p3.grade import Grade

from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.courses import LineItem, LineItemState
from lti_tool.lti.columns import Column, below, number, rows_of
from lti_tool.lti.connector import PlatformConnector, ServiceFault
from lti_tool.lti.edge import Edge
from lti_tool.lti.faults import outcome_of
from lti_tool.outbox.sending import Claimed, Outcome, Refused, Retry, SendAgain, Sent, Superseded

SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
COLUMN_WAIT = timedelta(seconds=5)
LONGEST_CONFLICT = timedelta(hours=1)
"""A platform that answers every score with 409 is asked this often in the end."""


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
            column = Column(self._edge, session, item) if item else None
        problem = _cannot_send(column)
        if problem is not None:
            return problem
        assert column is not None  # noqa: S101 - `_cannot_send` looked
        assert column.platform is not None  # noqa: S101 - `_cannot_send` looked
        connector = PlatformConnector(self._edge, column.platform)
        try:
            _put(connector, column, payload)
        except Exception as error:
            return self._after(error, connector, column, claimed)
        return Sent(status=200)

    def _after(
        self, error: Exception, connector: PlatformConnector, column: Column, claimed: Claimed
    ) -> Outcome:
        status = error.status if type(error) is ServiceFault else None
        if status == 409:
            wait = min(timedelta(seconds=2 ** min(claimed.tries, 12)), LONGEST_CONFLICT)
            return _after_conflict(connector, column, claimed.payload or {}, wait)
        if status == 400:
            return Refused(code="not_gradable", why="cannot be graded there", status=400)
        if status in (403, 404):
            self._mark_gone(column.item.id)
            return Refused(code="gone", why="column deleted or closed", status=status)
        return outcome_of(error)

    def _mark_gone(self, item_id: UUID) -> None:
        with self._edge.database.transaction() as session:
            session.get_one(LineItem, item_id).state = LineItemState.GONE


def _cannot_send(column: Column | None) -> Outcome | None:
    if column is None:
        return Refused(code="gone", why="no line item here")
    if column.item.state is LineItemState.GONE:
        was_there = column.item.url is not None
        return Refused(code="gone" if was_there else "refused", why="no column")
    if column.platform is None:
        return Retry(why="registration switched off")
    if column.item.url is None:
        return Retry(why="column not made yet", after=COLUMN_WAIT)
    if SCORE_SCOPE not in column.scopes:
        return Refused(code="unauthorised", why="no right to send scores")
    return None


def _put(connector: PlatformConnector, column: Column, payload: Json) -> None:
    grade = (
        Grade()
        .set_user_id(payload["sub"])
        .set_score_given(number(payload["given"]))
        .set_score_maximum(number(payload["maximum"]))
        .set_comment(payload["comment"])
        .set_timestamp(payload["timestamp"])
        .set_activity_progress("Completed")
        .set_grading_progress("FullyGraded")
    )
    service = AssignmentsGradesService(
        connector, {"scope": column.scopes, "lineitem": column.item.url}
    )
    service.put_grade(grade)


def _after_conflict(
    connector: PlatformConnector, column: Column, payload: Json, wait: timedelta
) -> Outcome:
    """Decide after a 409: the platform holds the same second or a later one (facts.md 15).

    If what it holds is what we want, it is delivered. If it was set there by hand, later
    than our grade, it stands. Otherwise ours is newer and goes again with a later time.
    """
    try:
        held = _held(connector, column, payload["sub"])
    except Exception as error:
        outcome = outcome_of(error)
        if not isinstance(outcome, Refused):
            return outcome
        held = None  # we may not look: ours is the newest grade that we know of
    if held is not None and _is_wanted(held, payload):
        return Sent(note="already_there", status=409)
    stamp = _stamp(held)
    ours = datetime.fromisoformat(payload["timestamp"])
    if stamp is not None and stamp > ours + timedelta(seconds=2):
        return Superseded(why="newer")
    later = max(utc_now().replace(microsecond=0), (stamp or ours) + timedelta(seconds=1))
    return SendAgain(
        payload=payload | {"timestamp": later.isoformat()},
        after=wait,
        why="same second",
        status=409,
    )


def _held(connector: PlatformConnector, column: Column, sub: str) -> Mapping[str, Any] | None:
    url = below(column.item.url or "", "results", user_id=sub)
    answer = connector.make_service_request(column.scopes, url, accept=RESULTS_TYPE)
    return next((row for row in rows_of(answer) if str(row.get("userId")) == sub), None)


def _is_wanted(held: Mapping[str, Any], payload: Json) -> bool:
    given, maximum = held.get("resultScore"), held.get("resultMaximum")
    if given is None or not maximum:
        return False
    try:
        share = Decimal(str(given)) / Decimal(str(maximum))
    except ArithmeticError:
        return False
    wanted = Decimal(payload["given"]) / Decimal(payload["maximum"])
    same_comment = str(held.get("comment") or "").strip() == payload["comment"].strip()
    return abs(share - wanted) < Decimal("0.00001") and same_comment


def _stamp(held: Mapping[str, Any] | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(held["timestamp"])) if held else None
    except (KeyError, ValueError):
        return None
    return moment.replace(tzinfo=UTC) if moment and not moment.tzinfo else moment
