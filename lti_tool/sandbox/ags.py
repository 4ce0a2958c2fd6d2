"""Assignment and Grade Services: columns, scores and results."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from flask import Response, g, request
from flask.typing import ResponseReturnValue

from lti_tool.sandbox import grading
from lti_tool.sandbox.custom import from_lines, to_lines
from lti_tool.sandbox.errors import ServiceError
from lti_tool.sandbox.grading import ScoreRejected, number_from, take_score
from lti_tool.sandbox.model import Cell, Claims, Course, LineItem, Link, Tool
from lti_tool.sandbox.services import (
    answer,
    bp,
    caller,
    course_or_404,
    item_or_404,
    number_argument,
    page_links,
    sends,
    wants,
)
from lti_tool.sandbox.vocabulary import (
    LINE_ITEM,
    LINE_ITEM_READ,
    LINE_ITEM_TYPE,
    LINE_ITEMS_TYPE,
    RESULT_READ,
    RESULTS_TYPE,
    SCORE,
    SCORE_TYPE,
    SCORES_TYPE,
)
from lti_tool.sandbox.web import the_sandbox

_COLUMN = "/<int:course_id>/lineitems/<int:item_id>/lineitem"


@bp.get("/<int:course_id>/lineitems")
def list_items(course_id: int) -> ResponseReturnValue:
    """List the tool's columns; the exact ``Accept`` is a must."""
    accept = wants(LINE_ITEMS_TYPE, LINE_ITEM_TYPE)
    tool = caller(LINE_ITEM, LINE_ITEM_READ)
    if accept != LINE_ITEMS_TYPE and request.headers.get("Accept"):
        raise ServiceError(400, "No context or unsupported content type")
    course = course_or_404(course_id)
    items = [item for item in the_sandbox().tables.items_in(course) if item.tool_id == tool.id]
    return _page([item for item in items if _matches(item)], LINE_ITEMS_TYPE, _item_json)


@bp.post("/<int:course_id>/lineitems")
def add_item(course_id: int) -> ResponseReturnValue:
    """Add a column, and another one if asked twice."""
    sends(LINE_ITEM_TYPE, LINE_ITEMS_TYPE)
    tool = caller(LINE_ITEM)
    if request.mimetype != LINE_ITEM_TYPE:
        raise ServiceError(400, "No context or unsupported content type")
    course, body = course_or_404(course_id), _item_body()
    item = the_sandbox().add_item(
        course,
        tool,
        str(body["label"]),
        float(body["scoreMaximum"]),
        _asked_link(body, course, tool),
        resource_id=str(body.get("resourceId") or ""),
        tag=str(body.get("tag") or ""),
    )
    url = the_sandbox().line_item_url(item)
    return answer({**body, "id": url}, LINE_ITEM_TYPE, 201)


@bp.get(_COLUMN)
def show_item(course_id: int, item_id: int) -> ResponseReturnValue:
    """Show one column."""
    wants(LINE_ITEM_TYPE)
    caller(LINE_ITEM, LINE_ITEM_READ)
    course_or_404(course_id)
    return answer(_item_json(item_or_404(item_id)), LINE_ITEM_TYPE)


@bp.put(_COLUMN)
def change_item(course_id: int, item_id: int) -> ResponseReturnValue:
    """Replace a column: what the body leaves out is emptied, also the tie to its link."""
    sends(LINE_ITEM_TYPE)
    tool = caller(LINE_ITEM)
    course, item, body = course_or_404(course_id), item_or_404(item_id), _item_body()
    link = _asked_link(body, course, tool)
    with the_sandbox().lock:
        grading.rescale(the_sandbox(), item, float(body["scoreMaximum"]))
        item.label, item.link_id = str(body["label"]), link.id if link else None
        item.resource_id, item.tag = str(body.get("resourceId") or ""), str(body.get("tag") or "")
        review = body.get("submissionReview")
        review = review if isinstance(review, dict) else None
        item.review_url = "" if review is None else str(review.get("url") or "DEFAULT")
        custom = review.get("custom") if review else None
        item.review_custom = to_lines(custom if isinstance(custom, dict) else None)
    return answer({**body, "id": the_sandbox().line_item_url(item)}, LINE_ITEM_TYPE)


@bp.delete(_COLUMN)
def remove_item(course_id: int, item_id: int) -> ResponseReturnValue:
    """Delete a column with its grades, an activity's own column too."""
    caller(LINE_ITEM)
    course_or_404(course_id)
    the_sandbox().remove_item(item_or_404(item_id))
    return Response(status=204)


@bp.get(_COLUMN + "/results")
def list_results(course_id: int, item_id: int) -> ResponseReturnValue:
    """List the graded cells of a column."""
    wants(RESULTS_TYPE)
    caller(RESULT_READ)
    course_or_404(course_id)
    item = item_or_404(item_id)
    wanted = number_argument("user_id")
    cells = [cell for cell in list(the_sandbox().tables.cells.values()) if cell.item_id == item.id]
    rows = [c for c in cells if c.modified_at and wanted in (0, c.person_id)]
    return _page(rows, RESULTS_TYPE, lambda cell: _result_json(item, cell))


@bp.post(_COLUMN + "/scores")
def take(course_id: int, item_id: int) -> ResponseReturnValue:
    """Take one score; see `grading.take_score` for what that may do to the grade."""
    sends(SCORE_TYPE, SCORES_TYPE)
    caller(SCORE)
    if request.mimetype != SCORE_TYPE:
        raise ServiceError(400, "No context or unsupported content type")
    course_or_404(course_id)
    item, posted = item_or_404(item_id), _json()
    g.posted_score = posted
    sandbox = the_sandbox()
    with sandbox.lock:
        if sandbox.faults.take("score_conflicts"):
            raise ServiceError(409, "Refusing score on purpose", "[]")
        _take(item, course_id, posted)
        if sandbox.faults.take("lost_score_answers"):
            return Response("The answer was lost on purpose.\n", 504, mimetype="text/plain")
    response = Response(b"")
    response.headers["Content-Type"] = f"{SCORE_TYPE}; charset=utf-8"
    return response


def _take(item: LineItem, course_id: int, posted: Any) -> None:
    try:
        take_score(the_sandbox(), item, course_id, posted)
    except ScoreRejected as error:
        # Moodle repeats the body in the status line; a body of several lines breaks that
        # line, and the refusal goes out as 200.
        lines = b"\n" in request.get_data().strip()
        status = 200 if lines and error.status == 400 else error.status
        raise ServiceError(status, error.reason, "[]") from error


def _page(rows: list[Any], media_type: str, as_json: Any) -> Response:
    size, first = number_argument("limit"), number_argument("from")
    shown = rows[first : first + size] if size else rows
    response = answer([as_json(row) for row in shown], media_type)
    if size:
        response.headers["Link"] = page_links(first, size, len(rows))
    return response


def _matches(item: LineItem) -> bool:
    link_id = "" if item.link_id is None else str(item.link_id)
    asked_link = request.args.get("resource_link_id", request.args.get("lti_link_id"))
    pairs = [
        (item.resource_id, request.args.get("resource_id")),
        (item.tag, request.args.get("tag")),
        (link_id, asked_link),
    ]
    return all(wanted is None or wanted == value for value, wanted in pairs)


def _item_json(item: LineItem) -> Claims:
    shown: Claims = {
        "id": the_sandbox().line_item_url(item),
        "label": item.label,
        "scoreMaximum": float(item.score_maximum),
        "resourceId": item.resource_id,
        "tag": item.tag,
    }
    if item.link_id is not None:
        shown["resourceLinkId"] = shown["ltiLinkId"] = str(item.link_id)
    if item.review_url:
        review: Claims = {} if item.review_url == "DEFAULT" else {"url": item.review_url}
        review |= {"custom": from_lines(item.review_custom)} if item.review_custom else {}
        shown["submissionReview"] = review
    return shown


def _result_json(item: LineItem, cell: Cell) -> Claims:
    url = the_sandbox().line_item_url(item)
    base, _, query = url.partition("?")
    result: Claims = {"id": f"{base}/results?{query}&user_id={cell.person_id}"}
    result["userId"] = str(cell.person_id)
    if cell.score is None:
        return result
    result |= {"resultScore": float(cell.score), "resultMaximum": float(item.score_maximum)}
    if cell.feedback:
        result["comment"] = cell.feedback
    moment = datetime.fromtimestamp(cell.modified_at or 0, UTC)
    return result | {"scoreOf": url, "timestamp": moment.isoformat()}


def _json() -> Any:
    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        return json.loads(request.get_data(), parse_constant=refuse)
    except (ValueError, RecursionError):
        return None


def _item_body() -> Claims:
    body = _json()
    if not isinstance(body, dict) or body.get("label") is None:
        raise ServiceError(400, "No label or Score Maximum")
    if number_from(body.get("scoreMaximum")) is None:
        raise ServiceError(400, "No label or Score Maximum")
    return body


def _asked_link(body: Claims, course: Course, tool: Tool) -> Link | None:
    asked = body.get("resourceLinkId") or body.get("ltiLinkId")
    if not asked:
        return None
    for link in the_sandbox().tables.links_in(course):
        if str(link.id) == str(asked) and link.tool_id == tool.id:
            return link
    raise ServiceError(403)
