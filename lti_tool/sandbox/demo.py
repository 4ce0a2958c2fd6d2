"""The cast of the demo: two courses and everybody who is needed to try a tool out."""

from __future__ import annotations

from dataclasses import dataclass

from lti_tool.sandbox.model import Course, CourseRole, Person
from lti_tool.sandbox.platform import Sandbox

_TRAINEES = [
    ("Tomas", "Trainee", "tomas"),
    ("Sigrún", "Jónsdóttir", "sigrun"),
    ("Omar", "Haddad", "omar"),
    ("Bea", "O'Neill", "bea"),
    ("Chidi", "Okafor", "chidi"),
]


@dataclass(frozen=True)
class Cast:
    """Who is who; Otto and Olga belong to another course and must see nothing of the first."""

    course: Course
    other_course: Course
    tilda: Person
    nils: Person
    meera: Person
    tomas: Person
    sigrun: Person
    omar: Person
    otto: Person
    olga: Person
    ada: Person


def seed(sandbox: Sandbox) -> Cast:
    """Fill an empty sandbox with the cast and return it; a filled one is only read."""
    if not sandbox.tables.people:
        _first_course(sandbox)
        _second_course(sandbox)
        sandbox.add_person("Ada", "Administrator", admin=True)
    return _cast(sandbox)


def _first_course(sandbox: Sandbox) -> None:
    course = sandbox.add_course("WBL101", "Work-based learning 101")
    staff = [
        ("Tilda", "Tutor", CourseRole.TUTOR),
        ("Nils", "Nonediting", CourseRole.ASSISTANT),
        ("Meera", "Mentor", CourseRole.MENTOR),
    ]
    for given, family, role in staff:
        sandbox.enrol(course, sandbox.add_person(given, family), role)
    for given, family, username in _TRAINEES:
        sandbox.enrol(course, sandbox.add_person(given, family, username=username))
    named = sandbox.tables.person_named
    sandbox.add_group(course, "Bakery A", named("meera"), named("tomas"), named("sigrun"))


def _second_course(sandbox: Sandbox) -> None:
    course = sandbox.add_course("KIT2", "Kitchen practice 2")
    sandbox.enrol(course, sandbox.add_person("Olga", "Other"), CourseRole.TUTOR)
    sandbox.enrol(course, sandbox.add_person("Otto", "Outsider"))


def _cast(sandbox: Sandbox) -> Cast:
    by_label = {course.label: course for course in sandbox.tables.courses.values()}
    names = ["tilda", "nils", "meera", "tomas", "sigrun", "omar", "otto", "olga", "ada"]
    people = {name: sandbox.tables.person_named(name) for name in names}
    return Cast(course=by_label["WBL101"], other_course=by_label["KIT2"], **people)
