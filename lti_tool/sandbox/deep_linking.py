"""The tool's answer to "Select content": checked, shown, and saved as activities."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from lti_tool.sandbox import grading
from lti_tool.sandbox.custom import to_lines
from lti_tool.sandbox.errors import NotAllowed, SandboxError, TokenRefused
from lti_tool.sandbox.grading import number_from
from lti_tool.sandbox.keys import claims_unread, read_signed_by
from lti_tool.sandbox.model import Claims, Course, Link, Person, Tool
from lti_tool.sandbox.vocabulary import DEEP_LINKING, LTI

if TYPE_CHECKING:
    from lti_tool.sandbox.platform import Sandbox

_TITLE_LENGTH = 255


@dataclass(frozen=True)
class ProposedLink:
    """One content item, as it will be saved; *problem* says why Moodle would not."""

    title: str
    description: str = ""
    url: str = ""
    custom: str = ""
    icon_url: str = ""
    score_maximum: Any = None
    resource_id: str = ""
    tag: str = ""
    review_url: str = ""
    review_custom: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Proposal:
    """What a tool proposes to add to a course, waiting for Save."""

    person: Person
    course: Course
    tool: Tool
    items: list[ProposedLink]
    again: Link | None = None
    message: str = ""
    error: str = ""
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))


def read_response(sandbox: Sandbox, return_url: str, token: str) -> Proposal:
    """Check a deep linking response and return what it proposes; nothing is saved yet.

    Raises:
        SandboxError: The session, the signature or the content does not hold.
    """
    query = {key: values[0] for key, values in parse_qs(urlsplit(return_url).query).items()}
    person = sandbox.tables.person_with_session_key(query.get("sesskey", ""))
    course, tool = sandbox.tables.course(query.get("course")), sandbox.tables.tool(query.get("id"))
    claims = _checked(sandbox, tool, token)
    _check_editor(sandbox, course, person)
    items = _items(claims)
    return Proposal(
        person,
        course,
        tool,
        [_proposed(sandbox, tool, item) for item in items if "type" in item],
        sandbox.tables.link(query["again"]) if "again" in query else None,
        _text(claims.get(DEEP_LINKING + "msg")),
        _text(claims.get(DEEP_LINKING + "errormsg")),
    )


def save(sandbox: Sandbox, proposal: Proposal) -> list[Link]:
    """Add the proposed activities, or give an existing one its new content.

    Of several items, those with a problem are dropped without a word, as Moodle does.

    Raises:
        SandboxError: The only item has a problem, or the tool sent an error.
    """
    if proposal.error:
        raise SandboxError(proposal.error)
    if len(proposal.items) == 1 and proposal.items[0].problem:
        raise SandboxError(proposal.items[0].problem)
    with sandbox.lock:
        if proposal.again is not None and proposal.items:
            return [_replace(sandbox, proposal, proposal.again)]
        return [_add(sandbox, proposal, item) for item in proposal.items if not item.problem]


def _checked(sandbox: Sandbox, tool: Tool, token: str) -> Claims:
    if claims_unread(token).get("iss") != tool.client_id:
        raise TokenRefused("The issuer of the response is not the tool's client id.")
    claims = read_signed_by(sandbox, tool, token)
    audience = claims.get("aud")
    expected = {
        LTI + "message_type": "LtiDeepLinkingResponse",
        LTI + "version": "1.3.0",
        LTI + "deployment_id": str(tool.id),
    }
    wrong = [name for name, value in expected.items() if claims.get(name) != value]
    if sandbox.base_url not in (audience if isinstance(audience, list) else [audience]):
        wrong.append("aud")
    wrong += [name for name in ("exp", "iat", "nonce") if name not in claims]
    if sandbox.strict and wrong:
        raise TokenRefused(f"Wrong or missing in the response: {', '.join(wrong)}")
    return claims


def _check_editor(sandbox: Sandbox, course: Course, person: Person) -> None:
    place = sandbox.tables.enrolment(course, person)
    if not (person.admin or (place and place.active and place.rights.edits)):
        raise NotAllowed("Only somebody who may edit the course can add activities.")


def _items(claims: Claims) -> list[Claims]:
    items = claims.get(DEEP_LINKING + "content_items") or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise TokenRefused("The content items are not a list of objects.")
    return items


def _proposed(sandbox: Sandbox, tool: Tool, item: Claims) -> ProposedLink:
    custom = item.get("custom", {})
    if not isinstance(custom, dict):
        raise TokenRefused("The custom parameters are not an object.")
    details = _line_item(tool, item.get("lineItem"))
    title = _text(item.get("title")) or tool.name
    problem = f"The title is longer than {_TITLE_LENGTH} letters."
    return ProposedLink(
        title=title,
        description=_text(item.get("html")) or _text(item.get("text")),
        url=_text(item.get("url")),
        custom=to_lines(custom),
        icon_url=_text(_object(item.get("icon")).get("url")),
        problem=problem if len(title) > _TITLE_LENGTH else _bad_maximum(sandbox, details),
        **details,
    )


def _line_item(tool: Tool, line_item: object) -> dict[str, Any]:
    if not isinstance(line_item, dict) or not tool.grade_sync:
        return {}
    review, maximum = line_item.get("submissionReview"), line_item.get("scoreMaximum")
    asked = _object(review)
    return {
        "score_maximum": 100 if maximum is None else maximum,
        "resource_id": _text(line_item.get("resourceId")),
        "tag": _text(line_item.get("tag")),
        "review_url": "" if review is None else _text(asked.get("url")) or "DEFAULT",
        "review_custom": to_lines(_object(asked.get("custom"))),
    }


def _bad_maximum(sandbox: Sandbox, details: dict[str, Any]) -> str:
    if not details:
        return ""
    maximum, largest = details["score_maximum"], sandbox.largest_grade
    number = number_from(maximum)
    if number is None or not number.is_integer() or not 1 <= number <= largest:
        return f"The maximum grade is not a whole number from 1 to {largest}."
    return ""


def _add(sandbox: Sandbox, proposal: Proposal, item: ProposedLink) -> Link:
    link = sandbox.add_link(proposal.course, proposal.tool, item.title)
    _fill(sandbox, proposal, link, item)
    return link


def _replace(sandbox: Sandbox, proposal: Proposal, link: Link) -> Link:
    _fill(sandbox, proposal, link, proposal.items[0])
    return link


def _fill(sandbox: Sandbox, proposal: Proposal, link: Link, item: ProposedLink) -> None:
    link.title, link.description, link.custom = item.title, item.description, item.custom
    link.url, link.icon_url = item.url, item.icon_url
    if item.score_maximum is None:
        return
    link.accepts_grades = True
    maximum = float(item.score_maximum)
    own = next((column for column in sandbox.tables.items_of(link) if column.coupled), None)
    if own is None:
        where = (proposal.course, proposal.tool, item.title, maximum, link)
        own = sandbox.add_item(*where, coupled=True)
    grading.rescale(sandbox, own, maximum)
    own.label, own.resource_id, own.tag = item.title, item.resource_id, item.tag
    own.review_url, own.review_custom = item.review_url, item.review_custom


def _object(value: object) -> Claims:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
