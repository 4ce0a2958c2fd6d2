"""What the demo's course holds when it is opened for the first time."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from lti_tool.domain.courses import ActivitySetup, Course
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.roles import Hint, Role
from lti_tool.sandbox import Sandbox
from lti_tool.sandbox.model import Person as SandboxPerson
from lti_tool.sandbox.model import Tool
from lti_tool.services.environment import environment
from lti_tool.services.people import relate
from lti_tool.services.setups import create_setup


@dataclass(frozen=True, kw_only=True)
class DemoCourse:
    """Where the demo happens."""

    platform_id: UUID
    tool: Tool


def furnish(session: Session, sandbox: Sandbox, where: DemoCourse) -> None:
    """Put one activity of each kind into the course and make Meera the mentor of Tomas."""
    stage = sandbox.tables.person_named
    home = next(iter(sandbox.tables.courses.values()))
    course = Course(
        platform_id=where.platform_id,
        deployment_id=str(where.tool.id),
        context_id=str(home.id),
        label=home.label,
        title=home.title,
    )
    session.add(course)
    session.flush()
    for setup in _setups(session, course):
        maximum = setup.grade_maximum
        sandbox.add_link(
            home,
            where.tool,
            setup.title,
            custom={"trellis_activity": str(setup.id)},
            score_maximum=float(maximum) if maximum is not None else None,
            resource_id=str(setup.id),
            tag="grade",
        )
    tomas = _member(session, course, stage("tomas"), Hint.LEARNER, None)
    meera = _member(session, course, stage("meera"), Hint.INSTRUCTOR, Role.MENTOR)
    tilda = _member(session, course, stage("tilda"), Hint.INSTRUCTOR, Role.TUTOR)
    relate(session, course.id, trainee_id=tomas, person_id=meera, set_by=tilda)


def _setups(session: Session, course: Course) -> list[ActivitySetup]:
    return [
        create_setup(
            session,
            course,
            kind=plugin.key,
            title=f"{plugin.title}: {plugin.gallery()[0].title}",
            template_key=plugin.gallery()[0].key,
            settings={},
            grade_maximum=plugin.default_maximum and Decimal(plugin.default_maximum),
        )
        for plugin in environment(session).registry
    ]


def _member(
    session: Session, course: Course, who: SandboxPerson, hint: Hint, role: Role | None
) -> UUID:
    person = Person(platform_id=course.platform_id, sub=str(who.id), name=who.full_name)
    session.add(person)
    session.flush()
    session.add(Membership(course_id=course.id, person_id=person.id, launch_hint=hint, role=role))
    session.flush()
    return person.id
