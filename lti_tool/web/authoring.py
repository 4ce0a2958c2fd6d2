"""Writing the form of an activity: a tutor's own version of it, part by part, then published.

Every act is a plain form; nothing is dragged. The draft's number travels along, so that two
tutors never overwrite each other.
"""

from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from config.settings import LANGUAGES
from lti_tool.domain.base import Json
from lti_tool.domain.courses import Template, TemplateVersion
from lti_tool.domain.errors import InvalidInput, NotFound
from lti_tool.domain.template_kinds import PartKind, TemplateKind
from lti_tool.services import template_drafts as drafts
from lti_tool.services import template_publishing as publishing
from lti_tool.web.authoring_access import (
    TUTOR,
    bp,
    content_shown,
    draft_in_course,
    locale_of,
    seen_number,
    template_kind,
)
from lti_tool.web.authoring_forms import field_name, languages, part_form, read_part
from lti_tool.web.guards import current_person, current_setup
from lti_tool.web.i18n import OWN_NAMES
from lti_tool.web.notices import notify
from lti_tool.web.storage import reading, transaction

AUDIENCES = ("trainee", "mentor", "print")


@bp.get("")
@TUTOR
def index() -> ResponseReturnValue:
    """Show the form's parts: the draft if there is one, else what is published."""
    kind = template_kind()
    with reading() as session:
        setup = current_setup(session)
        template = drafts.begun_template(session, setup)
        version = session.get_one(TemplateVersion, setup.template_version_id)
        content = content_shown(template, version)
        locale = locale_of(session, setup, template)
        return render_template(
            "authoring/index.html",
            kind=kind,
            content=content,
            template=template,
            version=version,
            uses=publishing.version_uses(session, setup),
            problems=drafts.problems(kind, content, locale),
            untranslated=drafts.missing_translations(kind, content, LANGUAGES),
            movable=len(publishing.movable_drafts(session, setup, kind)),
            own_names=OWN_NAMES,
        )


@bp.post("/start")
@TUTOR
def start() -> ResponseReturnValue:
    """Begin the next version."""
    with transaction() as session:
        drafts.own_template(session, current_setup(session), by=current_person(session))
    return redirect(url_for(".index"), code=303)


@bp.post("/discard")
@TUTOR
def discard() -> ResponseReturnValue:
    """Throw the draft away."""
    with transaction() as session:
        template = draft_in_course(session)
        drafts.discard_draft(session, template, seen=seen_number(), by=current_person(session))
    notify(_("Draft of the form deleted. What is published stays."))
    return redirect(url_for(".index"), code=303)


@bp.route("/parts/<string:path>", methods=["GET", "POST"])
@TUTOR
def edit_part(path: str) -> ResponseReturnValue:
    """Ask for the values of one part; ``whole`` stands for the form's own."""
    kind = template_kind()
    with transaction() as session:
        template = draft_in_course(session)
        holder, part_kind = _holder(kind, template, path)
        attributes = part_kind.attributes if part_kind else kind.attributes
        form = part_form(attributes, holder, template.default_locale)
        if request.method == "POST" and form.validate():
            _change(session, template, path, lambda part: read_part(attributes, part, form))
            return redirect(url_for(".index", _anchor=f"part-{path}"), code=303)
        page = render_template(
            "authoring/part.html",
            form=form,
            form_errors=bool(form.errors),
            attributes=[a for a in attributes if a.key != "kind" and a.belongs_to(holder)],
            part=holder,
            part_kind=part_kind,
            path=path,
            template=template,
            own=template.default_locale,
            others=languages(template.default_locale)[1:],
            field_name=field_name,
        )
    return page, 422 if form.errors else 200


@bp.post("/parts")
@TUTOR
def add() -> ResponseReturnValue:
    """Add a part to a list of the form, or of one of its parts, then ask for its values."""
    kind, made = template_kind(), ""
    given = {"kind": request.form["kind"]} if request.form.get("kind") else {}

    def change(draft: Json) -> None:
        nonlocal made
        parent = request.form.get("parent") or None
        made = drafts.add_part(kind, draft, request.form.get("list", ""), parent, given)

    with transaction() as session:
        _refuse_unknown_kind(kind, request.form.get("list", ""), given.get("kind"))
        drafts.edit(
            session,
            draft_in_course(session),
            change,
            seen=seen_number(),
            by=current_person(session),
        )
    return redirect(url_for(".edit_part", path=made), code=303)


@bp.post("/parts/<string:path>/move")
@TUTOR
def move(path: str) -> ResponseReturnValue:
    """Move a part one place up or down."""
    by = -1 if request.form.get("to") == "up" else 1
    return _on_place(path, lambda place: drafts.move_part(place, by=by), f"part-{path}")


@bp.post("/parts/<string:path>/remove")
@TUTOR
def remove(path: str) -> ResponseReturnValue:
    """Take a part out of the draft."""
    return _on_place(path, drafts.remove_part, "parts")


def _on_place(path: str, act: Callable[[Any], None], anchor: str) -> ResponseReturnValue:
    kind = template_kind()
    with transaction() as session:
        drafts.edit(
            session,
            draft_in_course(session),
            lambda draft: act(drafts.find_part(kind, draft, path)),
            seen=seen_number(),
            by=current_person(session),
        )
    return redirect(url_for(".index", _anchor=anchor), code=303)


@bp.get("/preview")
@TUTOR
def preview() -> ResponseReturnValue:
    """Show the draft, or what is published, as trainee or mentor see it, or on paper."""
    audience = request.args.get("audience", "trainee")
    if audience not in AUDIENCES:
        raise NotFound(_("This page does not exist."))
    with reading() as session:
        setup = current_setup(session)
        template = drafts.begun_template(session, setup)
        version = session.get_one(TemplateVersion, setup.template_version_id)
        content = content_shown(template, version)
        if drafts.problems(template_kind(), content, locale_of(session, setup, template)):
            shown = None
        else:
            shown = template_kind().preview(content, audience)
    return render_template("authoring/preview.html", shown=shown, audience=audience)


def _holder(kind: TemplateKind, template: Template, path: str) -> tuple[Json, PartKind | None]:
    draft = template.draft or {}
    if path == "whole":
        return draft, None
    place = drafts.find_part(kind, draft, path)
    return place.part, place.kind


def _change(session: Session, template: Template, path: str, act: Callable[[Json], None]) -> None:
    kind = template_kind()

    def change(draft: Json) -> None:
        act(draft if path == "whole" else drafts.find_part(kind, draft, path).part)

    drafts.edit(session, template, change, seen=seen_number(), by=current_person(session))


def _refuse_unknown_kind(kind: TemplateKind, key: str, chosen: str | None) -> None:
    """Check the kind of a new part against what its list offers.

    Raises:
        InvalidInput: It has to be chosen, and was not.
    """
    wanted = next((part for part in kind.parts if part.key == key), None)
    asked = next((a for a in wanted.attributes if a.key == "kind"), None) if wanted else None
    if asked is not None and chosen not in asked.choices:
        raise InvalidInput(_("Choose one of the kinds in the list."))
