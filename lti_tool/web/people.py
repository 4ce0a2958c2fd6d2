"""The People page of a course: who somebody is here, and who mentors whom. For tutors."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from lti_tool.domain.courses import Course
from lti_tool.domain.errors import InvalidInput
from lti_tool.domain.people import Person
from lti_tool.domain.platforms import Platform
from lti_tool.domain.roles import Hint, Role
from lti_tool.services.members import (
    Member,
    add_mentor,
    change_role,
    find_member,
    list_members,
    members_who_are,
    mentors_by_trainee,
    remove_mentor,
    set_course_switch,
    trainees_by_mentor,
    undecided_members,
)
from lti_tool.services.mentor_overview import NamedMentor, named_mentors, proposed_mentors
from lti_tool.services.rosters import queue_roster
from lti_tool.web.guards import role_required
from lti_tool.web.launch import current_launch
from lti_tool.web.navigation import role_name
from lti_tool.web.notices import notify
from lti_tool.web.paging import PAGE_SIZE, Paging, asked_search, page_number
from lti_tool.web.storage import reading, transaction

bp = Blueprint("people", __name__, url_prefix="/l/<uuid:launch_id>/people")
log = structlog.get_logger()

ASKED_TWICE = timedelta(minutes=1)
"""A second press of the button within this asks for nothing new."""

ROSTER_REASONS = {
    "empty": lazy_gettext("The list came back empty, so we kept what we had."),
    "TokenRefused": lazy_gettext("The platform refused our access. Tell your administrator."),
    "Unreachable": lazy_gettext("The platform could not be reached. We keep trying."),
}
"""`Course.roster_error` -> what the tutor reads."""

ROSTER_FAILED = lazy_gettext("Something went wrong while we read the list. We keep trying.")

SWITCH = {"follow": None, "yes": True, "no": False}
"""Value of the radio button -> `Course.instructors_are_tutors`."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One person in the table."""

    member: Member
    mentors: list[Person]
    trainees: list[Person]
    named: dict[UUID, NamedMentor]
    """The mentors without an account, by person."""


@dataclass(frozen=True, kw_only=True)
class RosterView:
    """What the page says about the platform's list."""

    is_offered: bool
    read_at: datetime | None
    is_under_way: bool
    problem: object
    """Why it could not be read last time, in the reader's words; None if it could."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the tutor looks for; goes along with every form, so that the page stays put."""

    search: str
    role: Role | None

    @property
    def arguments(self) -> dict[str, str]:
        """As query arguments, without the empty ones."""
        values = {"q": self.search, "role": self.role.value if self.role else ""}
        return {name: value for name, value in values.items() if value}


def asked_filters() -> Filters:
    """Return what the address asks for; what makes no sense is left out."""
    wanted = request.args.get("role", "")
    return Filters(search=asked_search(), role=Role(wanted) if wanted in set(Role) else None)


@bp.get("")
@role_required(Role.TUTOR)
def index() -> ResponseReturnValue:
    """Show who is to be decided on, then everybody, 50 at a time."""
    filters, number = asked_filters(), page_number()
    with reading() as session:
        course = session.get_one(Course, current_launch.course_id)
        members, total = list_members(
            session,
            course.id,
            search=filters.search,
            role=filters.role,
            start=(number - 1) * PAGE_SIZE,
        )
        paging = Paging(
            endpoint="people.index", number=number, total=total, filters=filters.arguments
        )
        return render_template(
            "people/index.html",
            undecided=undecided_members(session, course.id),
            rows=_rows(session, members),
            proposed=proposed_mentors(session, course.id),
            mentor_state=mentor_state,
            all_mentors=members_who_are(session, course.id, Role.MENTOR),
            filters=filters,
            paging=paging,
            here={**filters.arguments, "page": number},
            roster=_roster(course),
            course=course,
            site_switch=session.get_one(Platform, course.platform_id).instructors_are_tutors,
            role_name=role_name,
            hint_name=hint_name,
            roles=list(Role),
        )


def mentor_state(named: NamedMentor) -> str:
    """Return in a few words how a mentor without an account is reached."""
    contact = named.contact
    states = {
        _("The mail did not arrive"): contact.bounced_at,
        _("Wants no reminders"): contact.reminders_off_at,
        _("Has answered by mail"): contact.verified_at,
        _("Was asked by mail, no answer yet"): contact.last_mailed_at,
    }
    return str(next((text for text, at in states.items() if at), _("Reached by mail")))


def hint_name(hint: Hint) -> str:
    """Return the reader's word for what a platform called somebody."""
    names = {
        Hint.LEARNER: _("learner"),
        Hint.INSTRUCTOR: _("teacher"),
        Hint.MENTOR: _("mentor"),
        Hint.ADMINISTRATOR: _("administrator"),
    }
    return str(names.get(hint, _("nothing")))


def _rows(session: Session, members: list[Member]) -> list[Row]:
    ids = [member.person.id for member in members]
    mentors = mentors_by_trainee(session, current_launch.course_id, ids)
    trainees = trainees_by_mentor(session, current_launch.course_id, ids)
    named = named_mentors(session, current_launch.course_id, ids)
    return [
        Row(
            member=member,
            named={one.person.id: one for one in named.get(member.person.id, [])},
            mentors=mentors.get(member.person.id, []),
            trainees=trainees.get(member.person.id, []),
        )
        for member in members
    ]


def _roster(course: Course) -> RosterView:
    asked, read, error = course.roster_queued_at, course.roster_synced_at, course.roster_error
    return RosterView(
        is_offered=course.memberships_url is not None,
        read_at=read,
        is_under_way=not error and asked is not None and (read is None or read < asked),
        problem=ROSTER_REASONS.get(error, ROSTER_FAILED) if error else None,
    )


@bp.post("/<uuid:person_id>/role")
@role_required(Role.TUTOR)
def set_role(person_id: UUID) -> ResponseReturnValue:
    """Say what somebody is here, with one click."""
    role = _wanted_role()
    with transaction() as session:
        member = change_role(session, current_launch.course_id, person_id, role)
    log.info(
        "role_set",
        course=str(current_launch.course_id),
        person=str(person_id),
        role=role,
        by=str(current_launch.person_id),
    )
    notify(_("Saved. %(name)s: %(role)s.", name=member.label, role=role_name(member.role)))
    if role is Role.MENTOR:
        notify(_("Now add this mentor in the row of each of their trainees."), "info")
    if person_id == current_launch.person_id and member.role is not Role.TUTOR:
        return redirect(url_for("pages.home"), code=303)
    return _back(person_id)


def _wanted_role() -> Role | None:
    wanted = request.form.get("role", "?")
    if wanted not in {"", *Role}:
        raise InvalidInput(_("Choose one of the roles in the list."))
    return Role(wanted) if wanted else None


def _back(person_id: UUID | None = None) -> ResponseReturnValue:
    """Go to the same part of the list, at the person it was about."""
    arguments: dict[str, Any] = {**asked_filters().arguments, "page": page_number()}
    anchor = f"p-{person_id}" if person_id else None
    return redirect(url_for(".index", **arguments, _anchor=anchor), code=303)


@bp.post("/<uuid:person_id>/mentors")
@role_required(Role.TUTOR)
def add_mentor_to(person_id: UUID) -> ResponseReturnValue:
    """Give a trainee one more mentor."""
    try:
        mentor_id = UUID(request.form.get("mentor", ""))
    except ValueError:
        raise InvalidInput(_("Choose a mentor from the list.")) from None
    with transaction() as session:
        add_mentor(
            session,
            current_launch.course_id,
            trainee_id=person_id,
            mentor_id=mentor_id,
            by=current_launch.person_id,
        )
        notify(_mentoring(session, person_id, mentor_id))
    return _back(person_id)


def _mentoring(session: Session, trainee_id: UUID, mentor_id: UUID) -> str:
    trainee = find_member(session, current_launch.course_id, trainee_id)
    mentor = find_member(session, current_launch.course_id, mentor_id)
    text = _("%(mentor)s is now a mentor of %(name)s.", mentor=mentor.label, name=trainee.label)
    return str(text)


@bp.post("/<uuid:person_id>/mentors/<uuid:mentor_id>/remove")
@role_required(Role.TUTOR)
def remove_mentor_from(person_id: UUID, mentor_id: UUID) -> ResponseReturnValue:
    """End a mentoring; what the mentor signed stays signed."""
    with transaction() as session:
        remove_mentor(session, current_launch.course_id, trainee_id=person_id, mentor_id=mentor_id)
    notify(_("The mentor was removed. What they signed stays signed."))
    return _back(person_id)


@bp.post("/switch")
@role_required(Role.TUTOR)
def set_switch() -> ResponseReturnValue:
    """Say whether whoever comes in as a teacher is a tutor in this course."""
    wanted = request.form.get("instructors_are_tutors", "")
    if wanted not in SWITCH:
        raise InvalidInput(_("Choose one of the three answers."))
    with transaction() as session:
        set_course_switch(
            session, current_launch.course_id, SWITCH[wanted], by=current_launch.person_id
        )
    log.info(
        "course_switch_set",
        course=str(current_launch.course_id),
        value=wanted,
        by=str(current_launch.person_id),
    )
    notify(_("Saved."))
    return _back()


@bp.post("/update")
@role_required(Role.TUTOR)
def update_list() -> ResponseReturnValue:
    """Have the platform's list read now, in the background."""
    with transaction() as session:
        course = session.get_one(Course, current_launch.course_id)
        is_asked = queue_roster(session, course, wait=ASKED_TWICE)
    if is_asked:
        notify(_("We are reading the list now. Reload the page in a minute."), "info")
    else:
        notify(_("The list was asked for a moment ago. Reload the page in a minute."), "info")
    return _back()
