"""The trainees of one activity: where each stands, the grade, and where the grade stands."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lti_tool.domain.errors import StaleEdit
from lti_tool.domain.grading import Grade, Score
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.records import Attempt, attempt_id
from lti_tool.domain.roles import Role
from lti_tool.plugins import Standing, Waiting
from lti_tool.services.grade_grounds import unfounded_grades
from lti_tool.services.grades import (
    give_grade,
    latest_grade,
    latest_grades,
    retry_score,
)
from lti_tool.services.members import by_name, name_matches
from lti_tool.services.moves import reopened_for
from lti_tool.services.people import is_trainee, listed_trainees, visible_trainees
from lti_tool.services.score_standing import score_standings
from lti_tool.web.gradebook import DeliveryView, GradeForm, delivery_view, grade_form, grade_panel
from lti_tool.web.guards import (
    current_person,
    current_plugin,
    current_setup,
    find_attempt_or_404,
    find_trainee_or_404,
    role_required,
    view_attempt,
)
from lti_tool.web.launch import current_launch
from lti_tool.web.notices import notify
from lti_tool.web.paging import PAGE_SIZE, Paging, asked_search, page_number
from lti_tool.web.storage import reading, transaction

bp = Blueprint("trainees", __name__, url_prefix="/l/<uuid:launch_id>/trainees")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One trainee in the table."""

    is_reopened: bool
    """Something that the reader signed was opened again, and waits for a new signature."""
    person: Person
    is_here: bool
    """False for who is on the platform's list alone: there is nothing to open yet."""
    left_at: datetime | None
    standing: Standing | None
    grade: Grade | None
    is_unfounded: bool
    """What the grade was worked out from was taken back."""
    delivery: DeliveryView | None


@bp.get("")
@role_required(Role.TUTOR, Role.ASSESSOR, Role.MENTOR)
def index() -> ResponseReturnValue:
    """List the trainees the reader may see, a page of 50 at a time, by name."""
    search, number = asked_search(), page_number()
    with reading() as session:
        setup = current_setup(session)
        viewer = (current_launch.course_id, current_launch.person_id, current_launch.role)
        everyone = listed_trainees(*viewer)
        query = everyone.where(name_matches(search)) if search else everyone
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        filters = {"q": search} if search else {}
        return render_template(
            "trainees/index.html",
            rows=_rows(session, query, start=(number - 1) * PAGE_SIZE),
            waiting=_waiting(session, visible_trainees(*viewer)),
            paging=Paging(endpoint=".index", number=number, total=total, filters=filters),
            search=search,
            setup=setup,
        )


def _rows(session: Session, query: Select[Person], *, start: int) -> list[Row]:
    columns = (Membership.left_at, is_trainee().label("is_here"))
    part = query.add_columns(*columns).order_by(Membership.left_at.is_not(None), *by_name())
    people = session.execute(part.offset(start).limit(PAGE_SIZE)).all()
    link_id = current_launch.resource_link_id
    ids = [attempt_id(link_id, row.Person.id) for row in people]
    attempts = session.scalars(select(Attempt).where(Attempt.id.in_(ids))).all()
    standings = current_plugin().standing(session, attempts)
    grades = latest_grades(session, ids)
    unfounded = unfounded_grades(session, attempts, grades)
    deliveries = score_standings(session, ids)
    reopened = reopened_for(session, current_launch.person_id, ids)
    return [
        Row(
            is_reopened=id in reopened,
            person=row.Person,
            is_here=row.is_here,
            left_at=row.left_at,
            standing=standings.get(id),
            grade=grades.get(id),
            is_unfounded=id in unfounded,
            delivery=delivery_view(deliveries.get(id)),
        )
        for id, row in zip(ids, people, strict=True)
    ]


def _waiting(session: Session, mentees: Select[Person]) -> list[Waiting]:
    """What waits for a mentor here, of all mentees; tutors see it in the table instead."""
    plugin = current_plugin()
    if plugin.waiting is None or current_launch.role is not Role.MENTOR:
        return []
    link_id = current_launch.resource_link_id
    ids = [attempt_id(link_id, person.id) for person in session.scalars(mentees)]
    attempts = session.scalars(select(Attempt).where(Attempt.id.in_(ids))).all()
    return list(plugin.waiting(session, attempts))


@bp.get("/<uuid:person_id>")
@role_required(Role.TUTOR, Role.ASSESSOR, Role.MENTOR)
def show(person_id: UUID) -> ResponseReturnValue:
    """Go to a trainee's record in this activity."""
    with reading() as session:
        find_trainee_or_404(session, person_id)
    return _to_record(person_id)


def _to_record(person_id: UUID) -> ResponseReturnValue:
    endpoint = f"{current_plugin().key}.show_trainee"
    return redirect(url_for(endpoint, person_id=person_id), code=303)


@bp.post("/<uuid:person_id>/grade")
@role_required(Role.TUTOR, Role.ASSESSOR)
def grade(person_id: UUID) -> ResponseReturnValue:
    """Give a grade, send it on its way and show where it stands."""
    try:
        return _grade(person_id)
    except StaleEdit as error:
        return _compare(person_id, error)


def _grade(person_id: UUID) -> ResponseReturnValue:
    current_plugin()  # without it nobody can tell the LRS what was graded
    with transaction() as session:
        attempt = find_attempt_or_404(session, person_id)
        maximum = current_setup(session).grade_maximum
        if maximum is None:
            return redirect(url_for(".show", person_id=person_id), code=303)
        form = grade_form(maximum)
        if not form.validate():
            return _form_again(session, attempt, form), 422
        give_grade(
            session,
            attempt,
            Score(given=_to_five_places(form.given.data), maximum=maximum),
            author=current_person(session),
            comment=(form.comment.data or "").strip(),
            seen_number=form.seen,
        )
    notify(_("Grade saved. It is on its way to the gradebook."))
    return _to_record(person_id)


def _compare(person_id: UUID, error: StaleEdit) -> ResponseReturnValue:
    """Show the newer grade above what was typed; saving once more then means it."""
    with reading() as session:
        attempt = view_attempt(session, person_id)
        newest = latest_grade(session, attempt)
        form = grade_form(current_setup(session).grade_maximum or Decimal(1))
        form.seen_number.data = str(newest.number if newest else 0)
        notify(f"{error.message} {error.next_step}", "warning")
        return _form_again(session, attempt, form), error.status


def _to_five_places(given: Decimal | None) -> Decimal:
    """Return a validated mark as precise as databases and platforms keep it."""
    assert given is not None  # noqa: S101 - the form asked for it
    return given.quantize(Decimal("0.00001"))


def _form_again(session: Session, attempt: Attempt, form: GradeForm) -> str:
    return render_template(
        "trainees/grade.html",
        panel=grade_panel(session, attempt, form=form),
        person=find_trainee_or_404(session, attempt.person_id),
        form_errors=bool(form.errors),
    )


@bp.post("/<uuid:person_id>/grade/retry")
@role_required(Role.TUTOR, Role.ASSESSOR)
def retry_score_again(person_id: UUID) -> ResponseReturnValue:
    """Send the newest grade again, now; ``?list`` comes back to the table."""
    current_plugin()
    with transaction() as session:
        attempt = find_attempt_or_404(session, person_id)
        retry_score(session, attempt)
    notify(_("The grade will be sent again within a minute."), "info")
    if "list" in request.args:
        return redirect(url_for(".index", page=page_number(), _anchor=f"p-{person_id}"), code=303)
    return _to_record(person_id)
