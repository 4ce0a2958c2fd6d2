"""The claims of a launch, in the order and with the gaps that a real Moodle has."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING

from lti_tool.sandbox.model import Claims, Course, Launch, Person, Tool
from lti_tool.sandbox.variables import Moment, custom_values
from lti_tool.sandbox.vocabulary import (
    AGS_ENDPOINT,
    BASIC_OUTCOME,
    DEEP_LINKING,
    DEEP_LINKING_REQUEST,
    GRADE_SCOPES,
    LINE_ITEM,
    LTI,
    MEMBERSHIP_ROLE,
    NRPS_SERVICE,
    SITE_ADMINISTRATOR,
    SYSTEM_ADMINISTRATOR,
)

if TYPE_CHECKING:
    from lti_tool.sandbox.platform import Sandbox

TOKEN_SECONDS = 60
_CONTAINERS = {"iframe": "3", "window": "4"}


def build_claims(sandbox: Sandbox, launch: Launch, nonce: str, target: str) -> Claims:
    """Return the payload of the ``id_token`` for *launch*, valid for 60 seconds."""
    moment = moment_of(sandbox, launch)
    now = int(sandbox.now())
    claims: Claims = {"nonce": nonce, "iat": now, "exp": now + TOKEN_SECONDS}
    claims |= {"iss": sandbox.base_url, "aud": moment.tool.client_id}
    claims |= {LTI + "deployment_id": str(moment.tool.id), LTI + "target_link_uri": target}
    claims |= _who_and_where(moment) | _what(moment)
    claims |= _names(moment.person, moment.tool)
    claims |= _surroundings(sandbox, moment)
    claims[LTI + "custom"] = custom_values(sandbox, moment)
    claims |= _grade_service(sandbox, moment) | _roster_service(sandbox, moment)
    if launch.message_type == DEEP_LINKING_REQUEST:
        claims[DEEP_LINKING + "deep_linking_settings"] = _deep_linking(sandbox, moment)
    return claims


def moment_of(sandbox: Sandbox, launch: Launch) -> Moment:
    """Return everything that the claims of *launch* are made of, looked up once."""
    tables = sandbox.tables
    person, course = tables.person(launch.person_id), tables.course(launch.course_id)
    choosing = launch.message_type == DEEP_LINKING_REQUEST
    link = None if choosing or launch.link_id is None else tables.link(launch.link_id)
    moment = Moment(launch, person, course, tables.tool(launch.tool_id), link)
    moment.roles = launch_roles(sandbox, moment.course, moment.person, choosing=choosing)
    if link is not None and link.accepts_grades:
        moment.basic_outcome = _basic_outcome(sandbox, moment)
    return moment


def launch_roles(
    sandbox: Sandbox, course: Course, person: Person, *, choosing: bool = False
) -> list[str]:
    """Return the roles of a launch: who teaches in any way is an Instructor.

    With *choosing*, as for deep linking, only who may edit the course is.
    """
    place = sandbox.tables.enrolment(course, person)
    teaches = place is not None and (place.rights.edits if choosing else place.rights.teaches)
    if person.admin:
        return sorted([MEMBERSHIP_ROLE + "Instructor", SYSTEM_ADMINISTRATOR, SITE_ADMINISTRATOR])
    return [MEMBERSHIP_ROLE + ("Instructor" if teaches else "Learner")]


def _who_and_where(moment: Moment) -> Claims:
    person, course = moment.person, moment.course
    sourced = {
        "person_sourcedid": person.id_number,
        "course_section_sourcedid": course.id_number,
    }
    context = {"id": str(course.id), "label": course.label, "title": course.title}
    return {
        "sub": str(person.id),
        LTI + "lis": sourced,
        LTI + "roles": moment.roles,
        LTI + "context": {**context, "type": ["CourseSection"]},
    }


def _what(moment: Moment) -> Claims:
    launch, link = moment.launch, moment.link
    claims: Claims = {}
    if launch.for_user_id is not None:
        claims[LTI + "for_user"] = {"user_id": str(launch.for_user_id)}
    claims[LTI + "message_type"] = launch.message_type
    if link is not None:
        described = link.description.strip().replace("\r\n", "\n").replace("\n", "\r\n")
        about = {"title": link.title, "description": described, "id": str(link.id)}
        claims[LTI + "resource_link"] = about
    if moment.basic_outcome:
        claims[BASIC_OUTCOME] = moment.basic_outcome
    return claims


def _basic_outcome(sandbox: Sandbox, moment: Moment) -> dict[str, str]:
    link, launch_number = moment.link, secrets.randbelow(2**31)
    ids = {
        "instanceid": str(link.id if link else 0),
        "userid": str(moment.person.id),
        "typeid": str(moment.tool.id),
    }
    salted = json.dumps(ids) + sandbox.salt + str(launch_number)
    digest = hashlib.sha256(salted.encode()).hexdigest()
    sourced = {"data": {**ids, "launchid": launch_number}, "hash": digest}
    return {
        "lis_result_sourcedid": json.dumps(sourced, separators=(",", ":")),
        "lis_outcome_service_url": f"{sandbox.base_url}/mod/lti/service.php",
    }


def _names(person: Person, tool: Tool) -> Claims:
    extra: dict[str, str] = {}
    claims: Claims = {}
    if tool.send_name:
        claims |= {"given_name": person.given_name, "family_name": person.family_name}
        claims["name"] = person.full_name
        extra["user_username"] = person.username
    claims[LTI + "ext"] = {**extra, "lms": "moodle-2"}
    if tool.send_email:
        claims["email"] = person.email
    return claims


def _surroundings(sandbox: Sandbox, moment: Moment) -> Claims:
    presentation = {"locale": moment.person.locale}
    if moment.link is not None:
        presentation["document_target"] = moment.launch.container
        presentation["return_url"] = _return_url(sandbox, moment)
    platform = {
        "product_family_code": "moodle",
        "version": "2025100600.02",
        "guid": hashlib.md5(sandbox.base_url.encode(), usedforsecurity=False).hexdigest(),
        "name": "sandbox",
        "description": sandbox.name,
    }
    return {
        LTI + "launch_presentation": presentation,
        LTI + "tool_platform": platform,
        LTI + "version": "1.3.0",
    }


def _return_url(sandbox: Sandbox, moment: Moment) -> str:
    container = _CONTAINERS[moment.launch.container]
    key = sandbox.tables.session_key(moment.person)
    where = f"course={moment.course.id}&launch_container={container}"
    instance = f"instanceid={moment.launch.link_id}&sesskey={key}"
    return f"{sandbox.base_url}/mod/lti/return.php?{where}&{instance}"


def _grade_service(sandbox: Sandbox, moment: Moment) -> Claims:
    if not moment.tool.grade_sync:
        return {}
    scopes = [*GRADE_SCOPES, *([LINE_ITEM] if moment.tool.grade_sync == 2 else [])]
    endpoint: Claims = {"scope": sorted(scopes)}
    endpoint["lineitems"] = sandbox.line_items_url(moment.course, moment.tool)
    items = sandbox.tables.items_of(moment.link) if moment.link else []
    if len(items) == 1:
        # Moodle means the activity's own column only; for a lone column of the tool's making
        # its look-up finds nothing and the claim is an empty text (read in source, A5).
        own = items[0].coupled
        endpoint["lineitem"] = sandbox.line_item_url(items[0]) if own else ""
    return {AGS_ENDPOINT: endpoint}


def _roster_service(sandbox: Sandbox, moment: Moment) -> Claims:
    if not (moment.tool.roster and sandbox.is_used_in(moment.tool, moment.course)):
        return {}
    url = sandbox.roster_url(moment.course, moment.tool)
    return {NRPS_SERVICE: {"context_memberships_url": url, "service_versions": ["1.0", "2.0"]}}


def _deep_linking(sandbox: Sandbox, moment: Moment) -> Claims:
    key = sandbox.tables.session_key(moment.person)
    again = f"&again={moment.launch.link_id}" if moment.launch.link_id else ""
    query = f"course={moment.course.id}&id={moment.tool.id}&sesskey={key}{again}"
    return {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_copy_advice": False,
        "accept_multiple": True,
        "accept_unsigned": False,
        "auto_create": False,
        "can_confirm": False,
        "deep_link_return_url": f"{sandbox.base_url}/mod/lti/contentitem_return.php?{query}",
        "title": moment.tool.name,
        "text": "",
    }
