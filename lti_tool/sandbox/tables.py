"""Everything that outlives a restart, with the look-ups that every part needs."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from lti_tool.sandbox.errors import NoSuchPage
from lti_tool.sandbox.model import (
    AccessToken,
    Cell,
    Course,
    Enrolment,
    Group,
    LineItem,
    Link,
    Person,
    Tool,
)

Row = TypeVar("Row")
_LETTERS = string.ascii_letters + string.digits


def random_text(length: int) -> str:
    """Return random letters and digits, as Moodle makes its client ids and session keys."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _first_ids() -> dict[str, int]:
    # As on a fresh Moodle: course 1 is the site, people 1 and 2 are guest and administrator.
    return {"course": 2, "person": 3, "tool": 1, "link": 1, "cm": 2, "item": 1, "group": 1}


@dataclass
class Tables:
    """The rows of the site, by id.

    Several threads read and write at once, so every walk over a table is over a list of it.
    """

    people: dict[int, Person] = field(default_factory=dict)
    courses: dict[int, Course] = field(default_factory=dict)
    tools: dict[int, Tool] = field(default_factory=dict)
    links: dict[int, Link] = field(default_factory=dict)
    items: dict[int, LineItem] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    enrolments: dict[tuple[int, int], Enrolment] = field(default_factory=dict)
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    session_keys: dict[int, str] = field(default_factory=dict)
    next_ids: dict[str, int] = field(default_factory=_first_ids)

    def take_id(self, kind: str) -> int:
        """Return the next free id of *kind* and count on."""
        taken = self.next_ids[kind]
        self.next_ids[kind] = taken + 1
        return taken

    def person(self, person_id: object) -> Person:
        """Return the person with this id, given as number or text."""
        return _found(self.people, person_id, "person")

    def person_named(self, username: str) -> Person:
        """Return the person with this user name."""
        for person in list(self.people.values()):
            if person.username == username:
                return person
        raise NoSuchPage("There is no such person.")

    def course(self, course_id: object) -> Course:
        """Return the course with this id."""
        return _found(self.courses, course_id, "course")

    def tool(self, tool_id: object) -> Tool:
        """Return the tool with this id."""
        return _found(self.tools, tool_id, "tool")

    def link(self, link_id: object) -> Link:
        """Return the activity with this resource link id."""
        return _found(self.links, link_id, "activity")

    def item(self, item_id: object) -> LineItem:
        """Return the gradebook column with this id."""
        return _found(self.items, item_id, "gradebook column")

    def tool_with_client_id(self, client_id: object) -> Tool | None:
        """Return the tool that was given this client id, if any."""
        return next((t for t in list(self.tools.values()) if t.client_id == client_id), None)

    def links_in(self, course: Course) -> list[Link]:
        """Return the activities of *course*, oldest first."""
        return [link for link in list(self.links.values()) if link.course_id == course.id]

    def items_in(self, course: Course) -> list[LineItem]:
        """Return the gradebook columns of *course*, oldest first."""
        return [item for item in list(self.items.values()) if item.course_id == course.id]

    def items_of(self, link: Link) -> list[LineItem]:
        """Return the columns that are tied to *link*, its own and the tool's."""
        return [item for item in list(self.items.values()) if item.link_id == link.id]

    def enrolled_in(self, course: Course) -> Iterator[tuple[Person, Enrolment]]:
        """Yield who is in *course* by family name, as Moodle lists them; suspended too."""
        rows = [e for e in list(self.enrolments.values()) if e.course_id == course.id]
        pairs = [(self.people[row.person_id], row) for row in rows]
        yield from sorted(
            pairs, key=lambda pair: (pair[0].family_name, pair[0].given_name, pair[0].id)
        )

    def enrolment(self, course: Course, person: Person) -> Enrolment | None:
        """Return the person's place in *course*, or None."""
        return self.enrolments.get((course.id, person.id))

    def group_ids(self, course: Course, person: Person) -> list[int]:
        """Return the ids of the person's groups in *course*."""
        mine = (g for g in list(self.groups.values()) if person.id in g.member_ids)
        return [group.id for group in mine if group.course_id == course.id]

    def history(self, course: Course) -> list[int]:
        """Return the ids of the courses that *course* descends from, nearest first."""
        found: list[int] = []
        parent = course.copied_from
        while parent and parent not in found:
            found.append(parent)
            parent = self.courses[parent].copied_from if parent in self.courses else 0
        return found

    def session_key(self, person: Person) -> str:
        """Return the person's session key, which Moodle puts into return addresses."""
        return self.session_keys.setdefault(person.id, random_text(10))

    def person_with_session_key(self, key: str) -> Person:
        """Return whose session key this is."""
        for person_id, mine in list(self.session_keys.items()):
            if secrets.compare_digest(mine.encode(), key.encode()):
                return self.people[person_id]
        raise NoSuchPage("This session has ended.")


def _found(rows: Mapping[int, Row], row_id: object, kind: str) -> Row:
    text = str(row_id)
    usable = text.isascii() and text.isdigit() and len(text) < 19
    row = rows.get(int(text)) if usable else None
    if row is None:
        raise NoSuchPage(f"There is no such {kind}.")
    return row
