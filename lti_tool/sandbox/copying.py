"""Copies of courses and activities: every id is new, what was chosen is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lti_tool.sandbox.model import Course, Link

if TYPE_CHECKING:
    from lti_tool.sandbox.platform import Sandbox


def copy_course(sandbox: Sandbox, course: Course, *, with_people: bool) -> Course:
    """Return a copy of *course*: custom, resourceId and tag kept, grades and groups not."""
    tables = sandbox.tables
    number = 1 + sum(other.copied_from == course.id for other in list(tables.courses.values()))
    title = f"{course.title} copy {number}"
    copy = sandbox.add_course(f"{course.label}_{number}", title, copied_from=course.id)
    for link in tables.links_in(course):
        _copy_link(sandbox, link, copy)
    for item in tables.items_in(course):
        if item.link_id is None:
            fresh = replace(item, id=tables.take_id("item"), course_id=copy.id)
            tables.items[fresh.id] = fresh
    for person, enrolment in tables.enrolled_in(course) if with_people else ():
        sandbox.enrol(copy, person, enrolment.role).active = enrolment.active
    return copy


def duplicate_link(sandbox: Sandbox, link: Link) -> Link:
    """Return a second activity beside *link*, with the same custom and columns."""
    copy = _copy_link(sandbox, link, sandbox.tables.course(link.course_id))
    copy.title = f"{link.title} (copy)"
    return copy


def _copy_link(sandbox: Sandbox, link: Link, course: Course) -> Link:
    tables = sandbox.tables
    copy = replace(link, id=tables.take_id("link"), cmid=tables.take_id("cm"), course_id=course.id)
    items = tables.items_of(link)
    tables.links[copy.id] = copy
    for item in items:
        number = tables.take_id("item")
        fresh = replace(item, id=number, course_id=course.id, link_id=copy.id)
        tables.items[fresh.id] = fresh
    return copy
