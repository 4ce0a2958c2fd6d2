"""The sandbox itself: one small VLE with everything that happens in it."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any

from lti_tool.sandbox import copying, deep_linking, grading, launches, registration, storage
from lti_tool.sandbox.custom import to_lines
from lti_tool.sandbox.deep_linking import Proposal
from lti_tool.sandbox.faults import Faults
from lti_tool.sandbox.keys import KeyRing, fetch_keyset
from lti_tool.sandbox.launches import Edit
from lti_tool.sandbox.model import (
    Cell,
    Claims,
    Course,
    CourseRole,
    Enrolment,
    Group,
    Launch,
    LineItem,
    Link,
    Person,
    ServiceCall,
    Tool,
)
from lti_tool.sandbox.tables import Tables


@dataclass(eq=False)
class Sandbox:
    """A VLE in memory. Every method may be called while the sandbox is being served."""

    base_url: str = ""
    """The issuer, without a slash at the end; empty until `serve` fills it in."""

    name: str = "Sandbox VLE"
    state_path: Path | None = None
    """Where to keep the state after every change; None keeps it in memory only."""

    clock: Callable[[], float] = time.time
    fetch_keyset: Callable[[str], Claims] = fetch_keyset
    """Reads a tool's keyset; tests without a listening tool give their own."""

    strict: bool = True
    """Also refuse what Moodle lets pass but the specifications forbid in signed messages."""

    largest_grade: int = 100
    """Moodle's site setting for the most points that an activity may have."""

    forced_page_size: int = 0
    """Members per roster page even without ``limit``; 0 sends the whole course, as Moodle does."""

    opaque_pages: bool = False
    """Link roster pages by case-sensitive tokens, as other platforms do."""

    bend: Edit | None = None
    """Changes the claims of every launch before they are signed."""

    tables: Tables = field(default_factory=Tables)
    keys: KeyRing = field(default_factory=KeyRing)
    faults: Faults = field(default_factory=Faults)
    salt: str = field(default_factory=lambda: secrets.token_hex(8))
    launches: dict[str, Launch] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    keysets: dict[str, Claims] = field(default_factory=dict)
    pages: dict[str, tuple[int, int]] = field(default_factory=dict)
    calls: deque[ServiceCall] = field(default_factory=lambda: deque(maxlen=1000))
    """What tools asked of the services, oldest first."""

    lock: Any = field(default_factory=RLock)

    def now(self) -> float:
        """Return the platform's time in seconds, wrong by as much as the fault says."""
        return self.clock() + self.faults.clock_skew_seconds

    def __post_init__(self) -> None:
        """Take a slash at the end of the issuer away."""
        self.base_url = self.base_url.rstrip("/")

    # People and courses -----------------------------------------------------------------------

    def add_person(
        self, given_name: str, family_name: str = "", *, username: str = "", **details: Any
    ) -> Person:
        """Add an account; *details* are further fields of `Person`."""
        username = username or given_name.lower()
        details.setdefault("email", f"{username}@example.org")
        with self.lock:
            number = self.tables.take_id("person")
            person = Person(number, username, given_name, family_name, **details)
            self.tables.people[number] = person
        return person

    def add_course(self, label: str, title: str = "", **details: Any) -> Course:
        """Add an empty course; *details* are further fields of `Course`."""
        with self.lock:
            course = Course(self.tables.take_id("course"), label, title or label, **details)
            self.tables.courses[course.id] = course
            self.tables.take_id("item")  # Moodle's course total, so ids of columns differ
        return course

    def enrol(
        self, course: Course, person: Person, role: CourseRole = CourseRole.TRAINEE
    ) -> Enrolment:
        """Put *person* into *course*, or give a new role there."""
        enrolment = Enrolment(course.id, person.id, role)
        self.tables.enrolments[course.id, person.id] = enrolment
        return enrolment

    def unenrol(self, course: Course, person: Person) -> None:
        """Take *person* out of *course*; grades stay in the table, as in Moodle."""
        self.tables.enrolments.pop((course.id, person.id), None)

    def add_group(self, course: Course, name: str, *members: Person) -> Group:
        """Add a group with these members to *course*."""
        with self.lock:
            group = Group(self.tables.take_id("group"), course.id, name, [m.id for m in members])
            self.tables.groups[group.id] = group
        return group

    # Tools --------------------------------------------------------------------------------------

    def preregister(self, login_url: str, redirect_uris: Sequence[str], **details: Any) -> Tool:
        """Register a tool without its taking part, ready to use.

        Calling it again with the same ``client_id`` changes that tool.

        Args:
            login_url: Where login initiation is posted to.
            redirect_uris: The only addresses that a launch is posted to.
            **details: ``jwks_url`` or ``keyset``, ``name``, ``target_link_uri``,
                ``deep_linking_url`` (None for a tool without), ``scopes``,
                ``custom_parameters``, ``client_id``, and further fields of `Tool`.
        """
        with self.lock:
            return registration.preregister(self, login_url, redirect_uris, details)

    def registration_url(self, tool_url: str, update: Tool | None = None) -> str:
        """Return *tool_url* with the two parameters that begin a dynamic registration."""
        return registration.start_url(self, tool_url, update)

    # Activities and columns ---------------------------------------------------------------------

    def add_link(
        self,
        course: Course,
        tool: Tool,
        title: str,
        *,
        custom: Mapping[str, Any] | None = None,
        score_maximum: float | None = None,
        resource_id: str = "",
        tag: str = "",
        **details: Any,
    ) -> Link:
        """Add an activity, with a column of its own when *score_maximum* is given."""
        details["accepts_grades"] = score_maximum is not None
        with self.lock:
            number, cmid = self.tables.take_id("link"), self.tables.take_id("cm")
            lines = to_lines(custom)
            link = Link(number, cmid, course.id, tool.id, title, custom=lines, **details)
            self.tables.links[number] = link
            if score_maximum is not None:
                names = {"resource_id": resource_id, "tag": tag}
                self.add_item(course, tool, title, score_maximum, link, coupled=True, **names)
        return link

    def add_item(
        self,
        course: Course,
        tool: Tool,
        label: str,
        score_maximum: float,
        link: Link | None = None,
        **details: Any,
    ) -> LineItem:
        """Add a gradebook column; *details* are further fields of `LineItem`."""
        link_id = link.id if link else None
        ids = (course.id, tool.id)
        with self.lock:
            number = self.tables.take_id("item")
            item = LineItem(number, *ids, label, score_maximum, link_id=link_id, **details)
            self.tables.items[number] = item
        return item

    def remove_item(self, item: LineItem) -> None:
        """Delete a column and its grades, as a tutor does by hand."""
        with self.lock:
            self.tables.items.pop(item.id, None)
            for key in [key for key in self.tables.cells if key[0] == item.id]:
                del self.tables.cells[key]

    def copy_course(self, course: Course, *, with_people: bool = True) -> Course:
        """Return a copy with new ids everywhere, without grades."""
        with self.lock:
            return copying.copy_course(self, course, with_people=with_people)

    def duplicate_link(self, link: Link) -> Link:
        """Return a second activity with the same custom parameters in the same course."""
        with self.lock:
            return copying.duplicate_link(self, link)

    # Launches -----------------------------------------------------------------------------------

    def launch_form(
        self,
        person: Person,
        link: Link,
        *,
        about: Person | None = None,
        container: str = "iframe",
    ) -> dict[str, str]:
        """Return the fields of the login form of a launch, to be posted to ``login_url``.

        With *about*, the launch is a submission review of that person's work.
        """
        if about is not None:
            return launches.review_form(self, person, link, about, container)
        return launches.link_form(self, person, link, container)

    def deep_linking_form(
        self, person: Person, course: Course, tool: Tool, link: Link | None = None
    ) -> dict[str, str]:
        """Return the fields of the login form behind "Select content"."""
        return launches.deep_linking_form(self, person, course, tool, link)

    def authorize(
        self, query: Mapping[str, str], edit: Edit | None = None
    ) -> tuple[str, dict[str, str]]:
        """Answer an authorisation request: where to post, and the fields to post there."""
        return launches.authorize(self, query, edit)

    def finish_deep_linking(self, return_url: str, token: str) -> list[Link]:
        """Take the tool's deep linking response, press Save, and return the new activities."""
        return deep_linking.save(self, deep_linking.read_response(self, return_url, token))

    def cell(self, item: LineItem, person: Person) -> Cell:
        """Return what the gradebook shows for *person* in *item*; an empty cell if nothing."""
        empty = Cell(item.id, person.id)
        return self.tables.cells.get((item.id, person.id), empty)

    def override_grade(self, item: LineItem, person: Person, score: float) -> None:
        """Type a grade into the gradebook; what the tool sends no longer shows after that."""
        with self.lock:
            grading.override(self, item, person, score)

    def sign(self, claims: Claims, **headers: Any) -> str:
        """Return *claims* as a token signed by the platform."""
        return self.keys.sign(claims, **headers)

    def rotate_key(self, *, keep_old: bool = False) -> None:
        """Sign with a new key from now on."""
        self.keys.rotate(keep_old=keep_old)

    def save(self, path: Path | None = None) -> None:
        """Write the state to *path*, or to ``state_path``; do nothing without either."""
        target = path or self.state_path
        if target is not None:
            with self.lock:
                storage.save(self, target)

    @classmethod
    def load(cls, path: Path, base_url: str = "", **details: Any) -> Sandbox:
        """Return the sandbox kept at *path*, or a new one that will be kept there."""
        return storage.load(cls(base_url, state_path=path, **details), path)

    # Addresses ----------------------------------------------------------------------------------

    def line_items_url(self, course: Course, tool: Tool) -> str:
        """Return the address of the tool's columns in *course*."""
        return f"{self.base_url}/mod/lti/services.php/{course.id}/lineitems?type_id={tool.id}"

    def line_item_url(self, item: LineItem) -> str:
        """Return the address of one column, which ends in a query."""
        lines = f"{self.base_url}/mod/lti/services.php/{item.course_id}/lineitems"
        return f"{lines}/{item.id}/lineitem?type_id={item.tool_id}"

    def roster_url(self, course: Course, tool: Tool) -> str:
        """Return the address of the roster of *course*."""
        section = f"{self.base_url}/mod/lti/services.php/CourseSection/{course.id}"
        return f"{section}/bindings/{tool.id}/memberships"

    def is_used_in(self, tool: Tool, course: Course) -> bool:
        """Return whether *course* has an activity of *tool*; without one there is no roster."""
        return any(link.tool_id == tool.id for link in self.tables.links_in(course))
