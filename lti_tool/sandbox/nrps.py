"""Names and Role Provisioning: the roster, with roles that differ from those of launches."""

from __future__ import annotations

import json
import secrets
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from lti_tool.sandbox.errors import ServiceError
from lti_tool.sandbox.model import Claims, Course, Enrolment, Link, Person, Tool
from lti_tool.sandbox.services import answer, bp, caller, course_or_404, number_argument, wants
from lti_tool.sandbox.vocabulary import (
    LTI,
    MEMBERSHIP_READ,
    MEMBERSHIP_ROLE,
    RESOURCE_LINK_REQUEST,
    ROSTER_ADMINISTRATOR,
    ROSTER_TYPE,
)
from lti_tool.sandbox.web import the_sandbox


@bp.get("/CourseSection/<int:course_id>/bindings/<tool_id>/memberships")
def show_roster(course_id: int, tool_id: str) -> ResponseReturnValue:
    """List who is in the course, all at once unless ``limit`` asks for pages."""
    wants(ROSTER_TYPE)
    tool = caller(MEMBERSHIP_READ, tool_id=tool_id)
    course = course_or_404(course_id)
    link = _asked_link()
    first, size = _asked_page()
    rows = [_member(*row, tool, link) for row in _asked_people(course)]
    if size and first // size + 1 == the_sandbox().faults.roster_page:
        return the_sandbox().faults.refuse(500)
    url = the_sandbox().roster_url(course, tool)
    about = {"id": str(course.id), "label": course.label, "title": course.title}
    shown = rows[first : first + size] if size else rows
    response = answer({"id": url, "context": about, "members": shown}, ROSTER_TYPE)
    if size and first + size < len(rows):
        response.headers["Link"] = f'<{_next_page(url, first + size, size, link)}>; rel="next"'
    return response


def _asked_link() -> Link | None:
    asked = request.args.get("rlid")
    if not asked:
        return None
    for link in list(the_sandbox().tables.links.values()):
        if str(link.id) == asked:
            return link
    raise ServiceError(404, "Not Found: LTI link doesn't exist")


def _asked_page() -> tuple[int, int]:
    token = request.args.get("page")
    if token is not None:
        page = the_sandbox().pages.get(token)
        if page is None:
            raise ServiceError(400, "Unknown page")
        return page
    size = number_argument("limit") or the_sandbox().forced_page_size
    return (number_argument("from") if size else 0), size


def _next_page(url: str, first: int, size: int, link: Link | None) -> str:
    link_part = f"&rlid={link.id}" if link else ""
    sandbox = the_sandbox()
    if not sandbox.opaque_pages:
        return f"{url}?limit={size}&from={first}{link_part}"
    token = f"Pg{secrets.token_urlsafe(9)}Zz=="
    sandbox.pages[token] = (first, size)
    return f"{url}?page={token}{link_part}"


def _asked_people(course: Course) -> list[tuple[Person, Enrolment]]:
    people = [row for row in the_sandbox().tables.enrolled_in(course) if row[1].active]
    role = request.args.get("role", "").removeprefix(MEMBERSHIP_ROLE)
    if role not in ("Instructor", "Learner"):
        return people
    return [row for row in people if _edits(*row) == (role == "Instructor")]


def _edits(person: Person, place: Enrolment) -> bool:
    return person.admin or place.rights.edits


def _member(person: Person, place: Enrolment, tool: Tool, link: Link | None) -> Claims:
    roles = ["Instructor" if _edits(person, place) else "Learner"]
    member: dict[str, Any] = {"status": "Active"}
    member["roles"] = [*roles, ROSTER_ADMINISTRATOR] if person.admin else roles
    if link is not None:
        member["message"] = [_message(person, tool, link)]
    member |= {"user_id": str(person.id), "lis_person_sourcedid": person.id_number}
    if tool.send_name:
        member |= {"name": person.full_name, "given_name": person.given_name}
        member |= {"family_name": person.family_name}
    if tool.send_email:
        member["email"] = person.email
    if tool.send_name:
        member["ext_user_username"] = person.username
    return member


def _message(person: Person, tool: Tool, link: Link) -> Claims:
    message: Claims = {LTI + "message_type": RESOURCE_LINK_REQUEST}
    if link.accepts_grades:
        ids = {"instanceid": str(link.id), "userid": str(person.id), "typeid": str(tool.id)}
        sourced = json.dumps({"data": {**ids, "launchid": secrets.randbelow(2**31)}, "hash": ""})
        message["https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"] = {
            "lis_result_sourcedid": sourced,
            "lis_outcome_service_url": f"{the_sandbox().base_url}/mod/lti/service.php",
        }
    return message
