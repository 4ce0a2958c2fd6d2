"""The host's own pages of a launch: where to go, language, autosave."""

from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import update
from werkzeug.exceptions import HTTPException

from config.settings import LANGUAGES
from lti_tool.domain.errors import NotFound
from lti_tool.domain.people import Person
from lti_tool.domain.roles import Role
from lti_tool.services.contacts import token_of
from lti_tool.services.environment import environment
from lti_tool.services.members import members_who_are
from lti_tool.services.mentor_launches import end_launch
from lti_tool.web.guards import current_plugin
from lti_tool.web.launch import cookie_name, current_launch
from lti_tool.web.storage import reading, transaction

bp = Blueprint("pages", __name__, url_prefix="/l/<uuid:launch_id>")


def home_endpoint(role: Role | None, kind: str | None) -> str:
    """Return the endpoint a launch starts on: depends on who it is and what is set up."""
    if role is None:
        return "pages.undecided"
    if kind is None:
        return "chooser.choose" if role is Role.TUTOR else "pages.not_set_up"
    if f"{kind}.home" not in current_app.view_functions:
        return "pages.not_installed"
    return f"{kind}.home" if role is Role.TRAINEE else "trainees.index"


@bp.get("/")
def home() -> ResponseReturnValue:
    """Go to where this reader starts."""
    return redirect(url_for(home_endpoint(current_launch.role, current_launch.kind)), code=303)


@bp.get("/undecided")
def undecided() -> ResponseReturnValue:
    """Tell an Instructor of whom nobody has said who they are, kindly, what happens next."""
    if current_launch.role is not None:
        return home()
    return render_template("pages/undecided.html", tutors=_tutor_names())


@bp.get("/not-set-up")
def not_set_up() -> ResponseReturnValue:
    """Tell a trainee who can fix a link without an activity."""
    if current_launch.kind is not None:
        return home()
    return render_template("pages/not_set_up.html", tutors=_tutor_names())


@bp.get("/not-installed")
def not_installed() -> ResponseReturnValue:
    """Say that the link opens a kind of activity which is not here any more."""
    current_plugin()
    return home()


def _tutor_names() -> list[str]:
    """Who can help: the course's tutors, those without a name left out."""
    with reading() as session:
        tutors = members_who_are(session, current_launch.course_id, Role.TUTOR)
    return [tutor.person.name for tutor in tutors if tutor.person.name]


@bp.post("/language")
def set_language() -> ResponseReturnValue:
    """Remember the reader's language, then show the same page in it."""
    wanted = request.form.get("lang", "")
    if wanted in LANGUAGES:
        with transaction() as session:
            session.execute(
                update(Person)
                .where(Person.id == current_launch.person_id)
                .values(chosen_locale=wanted)
            )
    return redirect(same_page(request.form.get("next", "")), code=303)


def same_page(back: str) -> str:
    """Return *back*, if it is a page of this launch that can be opened; else the start.

    The answer to a form cannot be: its address takes only what is posted.
    """
    home = url_for("pages.home")
    path = back.partition("?")[0]
    if not (path.startswith(home) and back.isascii() and back.isprintable()):
        return home
    try:
        current_app.url_map.bind("").match(path, "GET")
    except HTTPException:
        return home
    return back


@bp.post("/leave")
def leave() -> ResponseReturnValue:
    """End the launch of a mentor who came by mail, and go back to their list."""
    link_id = current_launch.mentor_link_id
    if link_id is None:
        raise NotFound(gettext("This page does not exist, or is not yours to see."))
    with transaction() as session:
        end_launch(session, current_launch.id)
        token = token_of(link_id, environment(session).secret_key)
    response = redirect(url_for("mentor.show", token=token), code=303)
    name = cookie_name(current_launch.id)
    response.delete_cookie(name, secure=request.is_secure, httponly=True, samesite="Lax")
    return response


def add_launch_to_urls(endpoint: str, values: dict[str, Any]) -> None:
    """Fill the launch id into every URL below ``/l/``, so that no view has to."""
    launch = g.get("launch")
    if launch is not None and "launch_id" not in values:
        values["launch_id"] = launch.id
