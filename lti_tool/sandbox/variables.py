"""Custom parameters of a launch, with ``$Variables`` replaced as far as Moodle replaces them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lti_tool.sandbox.custom import from_lines, plain_key
from lti_tool.sandbox.model import Course, Launch, Link, Person, Tool
from lti_tool.sandbox.vocabulary import MEMBERSHIP_ROLE, SUBMISSION_REVIEW_REQUEST

if TYPE_CHECKING:
    from lti_tool.sandbox.platform import Sandbox

Values = dict[str, str | None]
_EMPTY_ON_A_PLAIN_ACCOUNT = (
    "Context.longDescription",
    "CourseSection.longDescription",
    "CourseSection.timeFrame.begin",
    "CourseSection.timeFrame.end",
    "Person.name.middle",
    "Person.address.street1",
    "Person.address.locality",
    "Person.address.country",
    "Person.phone.primary",
    "Person.phone.mobile",
    "Person.webaddress",
)


@dataclass
class Moment:
    """Who opens what, looked up."""

    launch: Launch
    person: Person
    course: Course
    tool: Tool
    link: Link | None
    roles: list[str] = field(default_factory=list)
    basic_outcome: dict[str, str] = field(default_factory=dict)


def custom_values(sandbox: Sandbox, moment: Moment) -> Values:
    """Return the custom claim: the link's parameters, the tool's over them, then services'.

    A variable that the platform does not know stays the literal ``$Name``; a known one whose
    source is withheld becomes None; a key with capitals comes twice.
    """
    known = _known(sandbox, moment)
    values: Values = {}
    for lines in (moment.link.custom if moment.link else "", _tool_lines(sandbox, moment)):
        for key, text in from_lines(lines).items():
            value = _replaced(sandbox, moment, known, text)
            values[plain_key(key)] = value
            values[key] = value
    return values | _service_values(sandbox, moment)


def _tool_lines(sandbox: Sandbox, moment: Moment) -> str:
    items = sandbox.tables.items_of(moment.link) if moment.link else []
    reviewing = moment.launch.message_type == SUBMISSION_REVIEW_REQUEST and len(items) == 1
    extra = items[0].review_custom if reviewing else ""
    return "\n".join(part for part in (moment.tool.custom, extra) if part)


def _replaced(sandbox: Sandbox, moment: Moment, known: Values, text: str) -> str | None:
    if text.startswith("\\"):
        return text[1:]
    if not text.startswith("$"):
        return text
    if text[1:] in known:
        return known[text[1:]]
    for name, value in _service_urls(sandbox, moment).items():
        if f"${name}" in text:
            return text.replace(f"${name}", value)
    return text


def _known(sandbox: Sandbox, moment: Moment) -> Values:
    tables, course, person = sandbox.tables, moment.course, moment.person
    history = ",".join(map(str, tables.history(course)))
    groups = ",".join(map(str, tables.group_ids(course, person)))
    values: Values = dict.fromkeys(_EMPTY_ON_A_PLAIN_ACCOUNT, "")
    values |= _course_values(course) | _person_values(moment) | _link_values(moment)
    values |= {"Context.id.history": history, "Moodle.Person.userGroupIds": groups}
    values["Membership.role"] = _plain_roles(moment)
    return values


def _course_values(course: Course) -> Values:
    return {
        "Context.id": str(course.id),
        "Context.title": course.title,
        "Context.label": course.label,
        "Context.sourcedId": course.id_number,
        "Context.timeFrame.begin": "0",
        "CourseSection.title": course.title,
        "CourseSection.label": course.label,
        "CourseSection.sourcedId": course.id_number,
    }


def _person_values(moment: Moment) -> Values:
    person, tool = moment.person, moment.tool
    return {
        "User.id": str(person.id),
        "User.username": person.username,
        "Person.name.full": person.full_name if tool.send_name else None,
        "Person.name.given": person.given_name if tool.send_name else None,
        "Person.name.family": person.family_name if tool.send_name else None,
        "Person.email.primary": person.email if tool.send_email else None,
        "Person.sourcedId": person.id_number,
        "Person.address.timezone": "99",
    }


def _link_values(moment: Moment) -> Values:
    link, outcome = moment.link, moment.basic_outcome
    return {
        "ResourceLink.id": str(link.id) if link else None,
        "ResourceLink.title": link.title if link else None,
        "ResourceLink.description": link.description if link else None,
        "Result.sourcedId": outcome.get("lis_result_sourcedid"),
        "BasicOutcome.sourcedId": outcome.get("lis_result_sourcedid"),
        "Result.autocreate": outcome.get("lis_outcome_service_url"),
        "BasicOutcome.url": outcome.get("lis_outcome_service_url"),
    }


def _plain_roles(moment: Moment) -> str:
    if moment.person.admin:
        ranks = [f"urn:lti:{where}role:ims/lis/Administrator" for where in ("sys", "inst")]
        return ",".join(["Instructor", *ranks])
    return ",".join(role.removeprefix(MEMBERSHIP_ROLE) for role in moment.roles)


def _service_urls(sandbox: Sandbox, moment: Moment) -> dict[str, str]:
    course, tool = moment.course, moment.tool
    items = sandbox.tables.items_of(moment.link) if moment.link else []
    own = next((sandbox.line_item_url(item) for item in items if item.coupled), "")
    return {
        "LineItems.url": sandbox.line_items_url(course, tool),
        "LineItem.url": own,
        "Scores.url": "",
        "Results.url": "",
        "ToolProxyBinding.memberships.url": sandbox.roster_url(course, tool),
    }


def _service_values(sandbox: Sandbox, moment: Moment) -> Values:
    course, tool = moment.course, moment.tool
    if not sandbox.is_used_in(tool, course):
        return {}
    values: Values = {}
    if tool.roster:
        values["context_memberships_url"] = sandbox.roster_url(course, tool)
    if tool.settings:
        services = f"{sandbox.base_url}/mod/lti/services.php"
        section = f"{services}/CourseSection/{course.id}"
        values["system_setting_url"] = f"{services}/tool/{tool.id}/custom"
        values["context_setting_url"] = f"{section}/bindings/tool/{tool.id}/custom"
        if moment.link is not None:
            values["link_setting_url"] = services + "/links/{link_id}/custom"
    return values
