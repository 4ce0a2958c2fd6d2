"""Setting a link up inside a launch: which activity it opens, and its settings later on."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.base import Json
from lti_tool.domain.courses import ActivitySetup, Course, ResourceLink
from lti_tool.domain.roles import Role
from lti_tool.services.environment import environment
from lti_tool.services.mail_codes import PROOF
from lti_tool.services.setup_changes import change_setup, is_graded
from lti_tool.services.setups import create_setup, place_setup
from lti_tool.web.activity_forms import ActivityForm, SetupForm, activity_form, setup_form
from lti_tool.web.guards import current_plugin, current_setup, role_required
from lti_tool.web.launch import current_launch
from lti_tool.web.notices import notify
from lti_tool.web.storage import database, reading, transaction

bp = Blueprint("chooser", __name__, url_prefix="/l/<uuid:launch_id>/set-up")


@bp.get("")
@role_required(Role.TUTOR)
def choose() -> ResponseReturnValue:
    """Show what can be placed here; once a template is chosen, ask for the rest."""
    if current_launch.kind is not None:
        return redirect(url_for(".settings"), code=303)
    plugins = list(database().info["environment"].registry)
    form = activity_form(plugins)
    if form.chosen is not None:
        return _ask(form)
    return render_template("chooser/choose.html", plugins=plugins)


def _ask(form: ActivityForm, status: int = 200) -> ResponseReturnValue:
    page = render_template("chooser/details.html", form=form, form_errors=bool(form.errors))
    return page, status


@bp.post("")
@role_required(Role.TUTOR)
def create() -> ResponseReturnValue:
    """Make the activity and place it on this link, unless somebody just did."""
    with transaction() as session:
        form = activity_form(environment(session).registry)
        if not form.validate():
            return _ask(form, 422) if form.chosen else redirect(url_for(".choose"), code=303)
        link = _locked_link(session)
        if link.setup_id is None:
            course = session.get_one(Course, link.course_id)
            setup = create_setup(session, course, **form.to_setup_values())
            place_setup(session, link, setup, line_item_url=None)
            notify(_("The activity is ready. Your trainees can start."))
        else:
            notify(_("Somebody else has just set this activity up."), "info")
    return redirect(url_for("pages.home"), code=303)


def _locked_link(session: Session) -> ResourceLink:
    """Let two tutors who set the same link up at once come one after the other."""
    query = select(ResourceLink).where(ResourceLink.id == current_launch.resource_link_id)
    return session.scalars(query.with_for_update(key_share=True)).one()


@bp.get("/settings")
@role_required(Role.TUTOR)
def settings() -> ResponseReturnValue:
    """Show name, grade and settings of the activity."""
    with reading() as session:
        setup = current_setup(session)
        graded = is_graded(session, setup)
        return _show(setup, setup_form(current_plugin(), setup, is_graded=graded))


@bp.post("/settings")
@role_required(Role.TUTOR)
def save_settings() -> ResponseReturnValue:
    """Keep what the tutor changed."""
    with transaction() as session:
        setup = current_setup(session)
        plugin = current_plugin()
        form = setup_form(plugin, setup, is_graded=is_graded(session, setup))
        if not form.validate():
            return _show(setup, form, 422)
        change_setup(
            session,
            setup,
            title=form.title.data or setup.title,
            settings=setup.settings | form.chosen_settings(plugin) | _proof(setup, form),
            grade_maximum=form.grade_maximum(plugin) if "graded" in form else setup.grade_maximum,
        )
    notify(_("The settings are saved."))
    return redirect(url_for(".settings"), code=303)


def _proof(setup: ActivitySetup, form: SetupForm) -> Json:
    """What mentors without an account have to show, where the kind asks for it."""
    if "mentor_proof" not in form:
        return {}
    wanted = form["mentor_proof"].data
    return {} if wanted == setup.settings.get(PROOF, "link") else {PROOF: wanted}


def _show(setup: ActivitySetup, form: SetupForm, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "chooser/settings.html",
        form=form,
        form_errors=bool(form.errors),
        grade_maximum=setup.grade_maximum,
        is_form_sent=request.method == "POST",
    )
    return page, status
