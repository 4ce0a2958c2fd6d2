"""The trainees of one activity: where each stands, the grade, and where the grade stands."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.grading import Grade, Score
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, attempt_id
from lti_tool.domain.roles import Role
from lti_tool.plugins import Standing, Waiting
from lti_tool.services.environment import environment
from lti_tool.services.grades import (
    DeliveryStanding,
    give_grade,
    latest_grades,
    retry_score,
    score_standings,
)
from lti_tool.services.people import visible_trainees
from lti_tool.web.gradebook import REASONS, grade_form, grade_panel
from lti_tool.web.guards import (
    current_person,
    current_setup,
    find_attempt_or_404,
    find_trainee_or_404,
    role_required,
)
from lti_tool.web.launch import current_launch
from lti_tool.web.notices import notify
from lti_tool.web.storage import reading, transaction

bp = Blueprint("trainees", __name__, url_prefix="/l/<uuid:launch_id>/trainees")
PAGE_SIZE = 50


@dataclass(frozen=True, kw_only=True)
class Row:
    """One trainee in the table."""

    person: Person
    standing: Standing | None
    grade: Grade | None
    delivery: DeliveryStanding | None


@bp.get("")
@role_required(Role.TUTOR, Role.ASSESSOR, Role.MENTOR)
def index() -> ResponseReturnValue:
    """List the trainees the reader may see, a page of 50 at a time, by name."""
    number = request.args.get("page", 1, type=int)
    with reading() as session:
        setup = current_setup(session)
        people, has_more = _page_of_trainees(session, max(1, number))
        attempts = _attempts(session, people)
        page = render_template(
            "trainees/index.html",
            rows=_rows(session, people, attempts),
            waiting=_waiting(session, attempts),
            number=max(1, number),
            has_more=has_more,
            setup=setup,
            reasons=REASONS,
        )
    return page


def _page_of_trainees(session: Session, number: int) -> tuple[list[Person], bool]:
    query = visible_trainees(
        current_launch.course_id, current_launch.person_id, current_launch.role
    )
    start = (number - 1) * PAGE_SIZE
    query = query.order_by(Person.name, Person.id).offset(start).limit(PAGE_SIZE + 1)
    found = list(session.scalars(query))
    return found[:PAGE_SIZE], len(found) > PAGE_SIZE


def _attempts(session: Session, people: list[Person]) -> dict[UUID, Attempt]:
    ids = [attempt_id(current_launch.resource_link_id, person.id) for person in people]
    rows = session.scalars(select(Attempt).where(Attempt.id.in_(ids)))
    return {attempt.person_id: attempt for attempt in rows}


def _rows(session: Session, people: list[Person], attempts: dict[UUID, Attempt]) -> list[Row]:
    plugin = environment(session).registry.get(current_launch.kind or "")
    known = list(attempts.values())
    standings = plugin.standing(session, known)
    grades = latest_grades(session, [attempt.id for attempt in known])
    deliveries = score_standings(session, [attempt.id for attempt in known])
    return [
        Row(
            person=person,
            standing=standings.get(attempts[person.id].id) if person.id in attempts else None,
            grade=grades.get(attempts[person.id].id) if person.id in attempts else None,
            delivery=deliveries.get(attempts[person.id].id) if person.id in attempts else None,
        )
        for person in people
    ]


def _waiting(session: Session, attempts: dict[UUID, Attempt]) -> list[Waiting]:
    """What waits for a mentor or observer here; tutors see it in the table instead."""
    plugin = environment(session).registry.get(current_launch.kind or "")
    if plugin.waiting is None or current_launch.role is not Role.MENTOR:
        return []
    return list(plugin.waiting(session, list(attempts.values())))


@bp.get("/<uuid:person_id>")
@role_required(Role.TUTOR, Role.ASSESSOR, Role.MENTOR)
def show(person_id: UUID) -> ResponseReturnValue:
    """Go to a trainee's record in this activity."""
    with reading() as session:
        find_trainee_or_404(session, person_id)
    return redirect(url_for(f"{current_launch.kind}.show_trainee", person_id=person_id), code=303)


@bp.post("/<uuid:person_id>/grade")
@role_required(Role.TUTOR, Role.ASSESSOR)
def grade(person_id: UUID) -> ResponseReturnValue:
    """Give a grade, send it on its way and show where it stands."""
    with transaction() as session:
        attempt = find_attempt_or_404(session, person_id)
        maximum = current_setup(session).grade_maximum
        if maximum is None:
            return redirect(url_for(".show", person_id=person_id), code=303)
        form = grade_form(maximum)
        if not form.validate():
            return _form_again(session, attempt, form)
        give_grade(
            session,
            attempt,
            Score(given=form.given.data, maximum=maximum),
            author=current_person(session),
            comment=(form.comment.data or "").strip(),
            seen_number=int(form.seen_number.data) if form.seen_number.data.isdigit() else 0,
        )
    notify(_("Grade saved. It is on its way to the gradebook."))
    return redirect(url_for(f"{current_launch.kind}.show_trainee", person_id=person_id), code=303)


def _form_again(session: Session, attempt: Attempt, form: object) -> ResponseReturnValue:
    page = render_template(
        "trainees/grade.html",
        panel=grade_panel(session, attempt, form=form),  # type: ignore[arg-type]
        person=find_trainee_or_404(session, attempt.person_id),
        form_errors=True,
    )
    return page, 422


@bp.post("/<uuid:person_id>/grade/retry")
@role_required(Role.TUTOR, Role.ASSESSOR)
def retry_score_again(person_id: UUID) -> ResponseReturnValue:
    """Send the newest grade again, now."""
    with transaction() as session:
        attempt = find_attempt_or_404(session, person_id)
        retry_score(session, attempt)
    notify(_("The grade will be sent again within a minute."), "info")
    return redirect(url_for(f"{current_launch.kind}.show_trainee", person_id=person_id), code=303)
