"""Two pages and one act."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from diary_tick.rules import days_text, tick, ticks
from lti_tool.sdk import (
    Role,
    current_launch,
    find_attempt_or_404,
    grade_panel,
    my_attempt,
    notify,
    person_of,
    role_required,
    today,
    transaction,
)

bp = Blueprint("diary_tick", __name__, template_folder="templates")


@bp.get("/")
@role_required(Role.TRAINEE)
def home() -> ResponseReturnValue:
    """Show the trainee the own ticks."""
    return _page(current_launch.person_id)


@bp.get("/trainees/<uuid:person_id>")
@role_required(Role.MENTOR, Role.TUTOR, Role.ASSESSOR)
def show_trainee(person_id: UUID) -> ResponseReturnValue:
    """Show somebody else's ticks, to whom may see them."""
    return _page(person_id)


@bp.post("/ticks")
@role_required(Role.TRAINEE)
def tick_today() -> ResponseReturnValue:
    """Tick today."""
    with transaction() as session:
        tick(session, my_attempt(session), today())
    notify("Ticked.")
    return redirect(url_for(".home"), code=303)


def _page(person_id: UUID) -> ResponseReturnValue:
    with transaction() as session:
        attempt = find_attempt_or_404(session, person_id)
        person = person_of(session, attempt)
        done = ticks(session, [attempt]).get(attempt.id, 0)
        panel = grade_panel(session, attempt)
    text = days_text(done)
    return render_template("diary_tick/home.html", person=person, text=text, panel=panel)
