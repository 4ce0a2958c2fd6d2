"""What every page of the template editor asks first: which form, which draft, seen when."""

import json

from flask import Blueprint, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.domain.base import Json
from lti_tool.domain.courses import ActivitySetup, Template, TemplateVersion
from lti_tool.domain.errors import NotFound
from lti_tool.domain.roles import Role
from lti_tool.domain.template_kinds import TemplateKind
from lti_tool.services import template_drafts as drafts
from lti_tool.web.guards import current_plugin, current_setup, role_required

bp = Blueprint("authoring", __name__, url_prefix="/l/<uuid:launch_id>/form")
TUTOR = role_required(Role.TUTOR)


def template_kind() -> TemplateKind:
    """Return what the templates of this activity are made of.

    Raises:
        NotFound: Nobody can change them.
    """
    kind = current_plugin().template
    if kind is None:
        raise NotFound(_("The form of this kind of activity cannot be changed."))
    return kind


def draft_in_course(session: Session) -> Template:
    """Return the template whose next version is being written here.

    Raises:
        NotFound: There is none (any more).
    """
    template = drafts.begun_template(session, current_setup(session))
    if template is None:
        raise NotFound(
            _("There is no draft of this form any more."),
            next_step=_("Open the form again, and begin a new version."),
        )
    return template


def content_shown(template: Template | None, version: TemplateVersion) -> Json:
    """Return a copy of what a page shows: the draft, or else what is published."""
    draft = template.draft if template else None
    return drafts.content_of(draft) if draft else json.loads(json.dumps(version.content))


def locale_of(session: Session, setup: ActivitySetup, template: Template | None) -> str:
    """Return the language that the form was written in first."""
    return (template or drafts.template_of(session, setup)).default_locale


def seen_number() -> int:
    """Return the number of the draft that was on the screen; -1 for none."""
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1
