"""The three hops of a launch: login form, authorisation request, signed message."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from lti_tool.sandbox.claims import build_claims
from lti_tool.sandbox.errors import NotAllowed, SandboxError
from lti_tool.sandbox.model import Claims, Course, Launch, Link, Person, Tool
from lti_tool.sandbox.vocabulary import (
    DEEP_LINKING_REQUEST,
    RESOURCE_LINK_REQUEST,
    SUBMISSION_REVIEW_REQUEST,
)

if TYPE_CHECKING:
    from lti_tool.sandbox.platform import Sandbox

Edit = Callable[[Claims], object]
"""Changes claims in place, or returns a dict to use instead; any other result is ignored."""

_NEEDED = ("scope", "response_type", "client_id", "redirect_uri", "login_hint", "nonce")


def link_form(sandbox: Sandbox, person: Person, link: Link, container: str) -> dict[str, str]:
    """Return the login form of an ordinary launch of *link*."""
    return _form(sandbox, _launch(sandbox, person, link, RESOURCE_LINK_REQUEST, container), link)


def review_form(
    sandbox: Sandbox, person: Person, link: Link, about: Person, container: str
) -> dict[str, str]:
    """Return the login form behind a click on *about*'s cell in the gradebook.

    Like Moodle it does not ask whether *person* may see that record: the tool has to.
    """
    kind = SUBMISSION_REVIEW_REQUEST
    launch = _launch(sandbox, person, link, kind, container, for_user_id=about.id)
    return _form(sandbox, launch, link)


def deep_linking_form(
    sandbox: Sandbox, person: Person, course: Course, tool: Tool, link: Link | None
) -> dict[str, str]:
    """Return the login form behind "Select content"; *link* when it is chosen anew."""
    launch_id = f"ltilaunch_ContentItemSelectionRequest{_number()}"
    again = link.id if link else None
    launch = Launch(launch_id, person.id, course.id, tool.id, DEEP_LINKING_REQUEST, again)
    return _form(sandbox, launch, None)


def authorize(
    sandbox: Sandbox, query: Mapping[str, str], edit: Edit | None = None
) -> tuple[str, dict[str, str]]:
    """Answer the tool's authorisation request with a form to be posted to the tool.

    Args:
        sandbox: The platform.
        query: The parameters that the tool sent.
        edit: Bends the claims before they are signed; for tests.

    Returns:
        The redirect URI, and ``id_token`` and ``state`` or ``error`` and ``state``.

    Raises:
        SandboxError: The platform shows a page of its own: bad request, used or unknown hint,
            redirect URI not registered, person not in the course.
    """
    launch_id = _checked_hint(query)
    with sandbox.lock:
        launch = sandbox.launches.pop(launch_id, None)
    if launch is None:
        raise SandboxError("This launch was used before or has ended. Open it from the course.")
    tool = sandbox.tables.tool(launch.tool_id)
    if query["redirect_uri"] not in tool.redirect_uris:
        raise SandboxError("The redirect_uri is not registered.")
    problem = _problem(query, tool, launch)
    fields = problem or _token(sandbox, launch, query["nonce"], edit)
    return query["redirect_uri"], {**fields, "state": query.get("state", "")}


def _launch(
    sandbox: Sandbox,
    person: Person,
    link: Link,
    message_type: str,
    container: str,
    for_user_id: int | None = None,
) -> Launch:
    launch_id = f"ltilaunch{link.id}_{_number()}"
    course_id, tool_id = link.course_id, link.tool_id
    ids = (launch_id, person.id, course_id, tool_id)
    return Launch(*ids, message_type, link.id, for_user_id, container)


def _form(sandbox: Sandbox, launch: Launch, link: Link | None) -> dict[str, str]:
    tool = sandbox.tables.tool(launch.tool_id)
    hint: dict[str, object] = {"launchid": launch.id}
    if link is not None:
        hint = {"cmid": link.cmid, **hint}
    with sandbox.lock:
        sandbox.launches[launch.id] = launch
    return {
        "iss": sandbox.base_url,
        "target_link_uri": target_of(sandbox, launch),
        "login_hint": str(launch.person_id),
        "lti_message_hint": json.dumps(hint, separators=(",", ":")),
        "client_id": tool.client_id,
        "lti_deployment_id": str(tool.id),
    }


def target_of(sandbox: Sandbox, launch: Launch) -> str:
    """Return the target link URI of *launch*, as login form and claim carry it."""
    tool = sandbox.tables.tool(launch.tool_id)
    if launch.message_type == DEEP_LINKING_REQUEST:
        return tool.deep_linking_url or tool.target_link_uri
    link = sandbox.tables.link(launch.link_id)
    items = sandbox.tables.items_of(link)
    review = launch.message_type == SUBMISSION_REVIEW_REQUEST and len(items) == 1
    if review and items[0].review_url not in ("", "DEFAULT"):
        return items[0].review_url
    return link.url or tool.target_link_uri


def _checked_hint(query: Mapping[str, str]) -> str:
    if any(not query.get(name) for name in _NEEDED):
        raise SandboxError("The request lacks a parameter.")
    if query["scope"] != "openid" or query["response_type"] != "id_token":
        raise SandboxError("Only scope openid and response_type id_token are answered.")
    try:
        hint = json.loads(query.get("lti_message_hint", ""))
    except ValueError:
        hint = None
    if not isinstance(hint, dict) or not isinstance(hint.get("launchid"), str):
        raise SandboxError("No launch id in LTI hint")
    return str(hint["launchid"])


def _problem(query: Mapping[str, str], tool: Tool, launch: Launch) -> dict[str, str]:
    if query["client_id"] != tool.client_id:
        return {"error": "unauthorized_client"}
    if query["login_hint"] != str(launch.person_id):
        return {"error": "access_denied"}
    for name, allowed in (("response_mode", {"form_post"}), ("prompt", {"", "none"})):
        if query.get(name, "") not in allowed:
            return {"error": "invalid_request", "error_description": f"Invalid {name}"}
    return {}


def _token(sandbox: Sandbox, launch: Launch, nonce: str, edit: Edit | None) -> dict[str, str]:
    _check_access(sandbox, launch)
    claims = build_claims(sandbox, launch, nonce, target_of(sandbox, launch))
    for change in (sandbox.bend, edit):
        changed = change(claims) if change else None
        claims = changed if isinstance(changed, dict) else claims
    return {"id_token": sandbox.keys.sign(claims)}


def _check_access(sandbox: Sandbox, launch: Launch) -> None:
    tables = sandbox.tables
    person = tables.person(launch.person_id)
    place = tables.enrolment(tables.course(launch.course_id), person)
    enrolled = place is not None and place.active
    edits = enrolled and place is not None and place.rights.edits
    choosing = launch.message_type == DEEP_LINKING_REQUEST
    if not (person.admin or (edits if choosing else enrolled)):
        raise NotAllowed("You cannot do this in this course.")


def _number() -> int:
    return secrets.randbelow(2**31)
