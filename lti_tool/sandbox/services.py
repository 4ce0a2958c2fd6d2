"""The door to the services: media types, tokens, faults, and the record of who called."""

from __future__ import annotations

import json
from http import HTTPStatus

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from lti_tool.sandbox.errors import ServiceError
from lti_tool.sandbox.model import Course, LineItem, ServiceCall, Tool
from lti_tool.sandbox.tokens import tool_behind
from lti_tool.sandbox.web import the_sandbox

bp = Blueprint("services", __name__, url_prefix="/mod/lti/services.php")
_FOR_BROWSERS = "oidc.authorize"


def wants(*media_types: str) -> str:
    """Return the media type asked for, or an empty text for "anything".

    Raises:
        ServiceError: 400 when the ``Accept`` header is another one, as Moodle answers.
    """
    accept = request.headers.get("Accept", "")
    if not accept or "*/*" in accept:
        return ""
    if accept not in media_types:
        raise ServiceError(400, _no_handler(accept))
    return accept


def sends(*media_types: str) -> None:
    """Check the ``Content-Type`` of the request, without what follows a semicolon.

    Raises:
        ServiceError: 400 when it is another one.
    """
    sent = request.headers.get("Content-Type", "").split(";", 1)[0]
    if sent not in media_types:
        raise ServiceError(400, _no_handler(sent))


def caller(*scopes: str, tool_id: str | None = None) -> Tool:
    """Return the tool that calls, by its token; ``type_id`` in the query must agree."""
    named = tool_id or request.args.get("type_id")
    return tool_behind(the_sandbox(), request.headers.get("Authorization", ""), set(scopes), named)


def course_or_404(course_id: int) -> Course:
    """Return the course that the address names."""
    course = the_sandbox().tables.courses.get(course_id)
    if course is None:
        raise ServiceError(404, f"Not Found: Course {course_id} doesn't exist")
    return course


def item_or_404(item_id: int) -> LineItem:
    """Return the column that the address names; like Moodle without a look at the course."""
    item = the_sandbox().tables.items.get(item_id)
    if item is None:
        raise ServiceError(404, f"Not Found: Grade item {item_id} doesn't exist")
    return item


def answer(body: object, media_type: str, status: int = 200) -> Response:
    """Return *body* as JSON of this media type."""
    response = Response(json.dumps(body), status)
    response.headers["Content-Type"] = f"{media_type}; charset=utf-8"
    return response


def number_argument(name: str) -> int:
    """Return a whole number from the query, 0 when it is missing or none."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def page_links(first: int, size: int, total: int) -> str:
    """Return the ``Link`` header of Moodle's grade services, as odd as it is.

    The quotation marks are curly and the ampersands escaped, so that a strict reader finds no
    next page.
    """
    kept = {k: v for k, v in request.args.items() if k != "from"}
    query = "&amp;".join(f"{key}={value}" for key, value in kept.items())
    base = f"{the_sandbox().base_url}{request.path}?{query}&amp;from="
    pages = {"first": 0, "canonical": first}
    if first > 0:
        pages["prev"] = max(first - size, 0)
    if first + size < total:
        pages["next"] = first + size
    links = ", ".join(f"<{base}{start}>; rel=“{rel}”" for rel, start in pages.items())
    return links.encode().decode("latin-1")  # headers travel as latin-1


@bp.before_request
def fail_on_purpose() -> ResponseReturnValue | None:
    """Let the switches on the "Break it" page have their way first."""
    faults = the_sandbox().faults
    if request.endpoint == _FOR_BROWSERS:
        return None
    faults.wait()
    return faults.refusal()


@bp.after_request
def remember(response: Response) -> Response:
    """Note the call, without its token."""
    if request.endpoint == _FOR_BROWSERS:
        return response
    sandbox = the_sandbox()
    path = request.full_path.rstrip("?")
    score = g.get("posted_score")
    sandbox.calls.append(
        ServiceCall(sandbox.now(), request.method, path, response.status_code, score)
    )
    return response


@bp.errorhandler(ServiceError)
def show_error(error: ServiceError) -> ResponseReturnValue:
    """Answer with Moodle's description of the error, or with the body that it carries."""
    if error.body is not None:
        return Response(error.body, f"{error.status} {error.reason}", mimetype="text/html")
    reason = error.reason or HTTPStatus(error.status).phrase
    about = {"method": request.method, "url": request.full_path.rstrip("?")}
    if "Accept" in request.headers:
        about["accept"] = request.headers["Accept"]
    if "Content-Type" in request.headers:
        about["contentType"] = request.headers["Content-Type"].split(";", 1)[0]
    body = {"status": error.status, "reason": reason, "request": about}
    return Response(json.dumps(body, indent=4), error.status, mimetype="application/json")


@bp.route("/<path:anything>", methods=["GET", "POST", "PUT", "DELETE"])
def no_such_service(anything: str) -> ResponseReturnValue:
    """Answer 400 where Moodle has no service."""
    raise ServiceError(400, _no_handler(anything))


def _no_handler(what: str) -> str:
    return f"No handler found for {request.path} {what}".replace("\n", " ")
