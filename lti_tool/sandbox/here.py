"""Who looks at which course: the address says so, not a cookie, so that one browser can be many."""

from __future__ import annotations

from dataclasses import dataclass

from lti_tool.sandbox.errors import NotAllowed
from lti_tool.sandbox.model import Course, Enrolment, Link, Person
from lti_tool.sandbox.web import the_sandbox


@dataclass(frozen=True)
class Here:
    """A person in a course, as the first half of an address names them."""

    person: Person
    course: Course
    place: Enrolment | None

    @property
    def edits(self) -> bool:
        """Whether the person may change the course."""
        return self.person.admin or (self.place is not None and self.place.rights.edits)

    @property
    def teaches(self) -> bool:
        """Whether the person sees everybody's grades."""
        return self.edits or (self.place is not None and self.place.rights.teaches)

    @property
    def role(self) -> str:
        """What the person is here, in words."""
        return self.place.rights.label if self.place else "Administrator"


def find_here(username: str, course_id: int) -> Here:
    """Return the person in the course, or raise `SandboxError` when they are not in it."""
    tables = the_sandbox().tables
    person, course = tables.person_named(username), tables.course(course_id)
    place = tables.enrolment(course, person)
    if not (person.admin or (place and place.active)):
        raise NotAllowed(f"{person.full_name} is not enrolled in this course.")
    return Here(person, course, place)


def editor_here(username: str, course_id: int) -> Here:
    """Return the person in the course, or raise `NotAllowed` when they may not edit it."""
    here = find_here(username, course_id)
    if not here.edits:
        raise NotAllowed("Only somebody who may edit the course can do this.")
    return here


def link_here(here: Here, link_id: int) -> Link:
    """Return the activity, or raise `SandboxError` when it is not in this course."""
    link = the_sandbox().tables.link(link_id)
    if link.course_id != here.course.id:
        raise NotAllowed("This activity is in another course.")
    return link
