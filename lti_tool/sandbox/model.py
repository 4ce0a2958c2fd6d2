"""What a course page knows: people, courses, tools, links, columns and cells.

Plain rows without behaviour that needs the platform. Custom parameters are kept as Moodle
keeps them, as ``key=value`` lines, because that is where some of its surprises come from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Claims = dict[str, Any]


class CourseRole(StrEnum):
    """A role in a course; the value is Moodle's short name for it."""

    TUTOR = "editingteacher"
    ASSISTANT = "teacher"
    MENTOR = "workmentor"
    VISITOR = "workvisitor"
    TRAINEE = "student"


@dataclass(frozen=True)
class RoleRights:
    """What a role may do; launches look at *teaches*, the roster looks at *edits*."""

    label: str
    teaches: bool = False
    edits: bool = False
    graded: bool = False


RIGHTS = {
    CourseRole.TUTOR: RoleRights("Tutor (may edit)", teaches=True, edits=True),
    CourseRole.ASSISTANT: RoleRights("Tutor (may not edit)", teaches=True),
    CourseRole.MENTOR: RoleRights("Workplace mentor", teaches=True),
    CourseRole.VISITOR: RoleRights("Workplace mentor without teaching rights"),
    CourseRole.TRAINEE: RoleRights("Trainee", graded=True),
}


@dataclass
class Person:
    """An account of the site; its id, as a string, is the ``sub`` of a launch."""

    id: int
    username: str
    given_name: str
    family_name: str
    email: str
    locale: str = "en"
    id_number: str = ""
    admin: bool = False

    @property
    def full_name(self) -> str:
        """The name as the site shows it."""
        return f"{self.given_name} {self.family_name}".strip()


@dataclass
class Course:
    """A course; *copied_from* is the id of the course that it is a copy of, or 0."""

    id: int
    label: str
    title: str
    id_number: str = ""
    copied_from: int = 0


@dataclass
class Enrolment:
    """One person's place in one course; a suspended one is not *active*."""

    course_id: int
    person_id: int
    role: CourseRole
    active: bool = True

    def __post_init__(self) -> None:
        """Accept the role as text, as it comes out of a file."""
        self.role = CourseRole(self.role)

    @property
    def rights(self) -> RoleRights:
        """What this role may do."""
        return RIGHTS[self.role]


@dataclass
class Group:
    """A group of people inside a course."""

    id: int
    course_id: int
    name: str
    member_ids: list[int] = field(default_factory=list)


@dataclass
class Tool:
    """A registered tool; its id, as a string, is the deployment id."""

    id: int
    client_id: str
    name: str
    login_url: str
    redirect_uris: list[str]
    jwks_url: str
    target_link_uri: str
    domain: str
    deep_linking_url: str | None = None
    description: str = ""
    logo_url: str = ""
    custom: str = ""
    grade_sync: int = 0
    """0 none, 1 scores and results, 2 columns of its own as well."""
    roster: bool = False
    settings: bool = False
    send_name: bool = False
    send_email: bool = False
    active: bool = False
    in_chooser: bool = False
    chooser_course_ids: list[int] = field(default_factory=list)
    keyset: Claims | None = None
    """A pasted keyset, which saves fetching *jwks_url*."""


@dataclass
class Link:
    """One activity in one course; *id* is the resource link id, *cmid* is not."""

    id: int
    cmid: int
    course_id: int
    tool_id: int
    title: str
    description: str = ""
    url: str = ""
    custom: str = ""
    icon_url: str = ""
    accepts_grades: bool = False


@dataclass
class LineItem:
    """A gradebook column; *coupled* when it came with its link, else made by the tool."""

    id: int
    course_id: int
    tool_id: int
    label: str
    score_maximum: float
    resource_id: str = ""
    tag: str = ""
    link_id: int | None = None
    coupled: bool = False
    review_url: str = ""
    """``DEFAULT``, a URL of its own for submission review, or empty."""
    review_custom: str = ""


@dataclass
class Cell:
    """One person's grade in one column; *modified_at* is in whole seconds since 1970."""

    item_id: int
    person_id: int
    score: float | None = None
    feedback: str | None = None
    modified_at: int | None = None
    overridden: bool = False


@dataclass
class AccessToken:
    """A bearer token that was handed to a tool."""

    token: str
    tool_id: int
    scopes: list[str]
    expires_at: int


@dataclass(frozen=True)
class Launch:
    """A launch that the browser has begun; it can be finished once."""

    id: str
    person_id: int
    course_id: int
    tool_id: int
    message_type: str
    link_id: int | None = None
    for_user_id: int | None = None
    container: str = "iframe"


@dataclass(frozen=True)
class ServiceCall:
    """One request that a tool made to a service; *score* holds a posted score."""

    at: float
    method: str
    path: str
    status: int
    score: Claims | None = None
