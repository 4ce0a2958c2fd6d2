"""The last step of writing a form: publish it, move drafts to it, take it elsewhere and back."""

import json
from collections.abc import Callable
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from config.settings import LANGUAGES
from lti_tool.domain.base import Json
from lti_tool.domain.courses import Template, TemplateVersion
from lti_tool.domain.errors import InvalidInput
from lti_tool.domain.template_kinds import TemplateKind, places
from lti_tool.services import template_drafts as drafts
from lti_tool.services import template_publishing as publishing
from lti_tool.services.template_changes import compare
from lti_tool.web.authoring_access import (
    TUTOR,
    bp,
    draft_in_course,
    seen_number,
    template_kind,
)
from lti_tool.web.guards import current_person, current_plugin, current_setup
from lti_tool.web.i18n import OWN_NAMES
from lti_tool.web.notices import notify
from lti_tool.web.storage import reading, transaction


@bp.route("/publish", methods=["GET", "POST"])
@TUTOR
def publish() -> ResponseReturnValue:
    """Say what publishing changes and for whom; on POST do it."""
    kind = template_kind()
    with transaction() as session:
        setup, template = current_setup(session), draft_in_course(session)
        before = session.get_one(TemplateVersion, setup.template_version_id)
        if request.method == "POST":
            _require_seen(template)
            publishing.publish(session, template, setup, kind, by=current_person(session))
            notify(_("Published. New work uses this version; all other work keeps its own."))
            return redirect(url_for(".index"), code=303)
        content = drafts.content_of(template.draft or {})
        return render_template(
            "authoring/publish.html",
            template=template,
            changes=_told(kind, before.content, content),
            problems=drafts.problems(kind, content, template.default_locale),
            uses=publishing.version_uses(session, setup),
            untranslated=drafts.missing_translations(kind, content, LANGUAGES),
            own_names=OWN_NAMES,
        )


@bp.route("/drafts", methods=["GET", "POST"])
@TUTOR
def move_drafts() -> ResponseReturnValue:
    """Show what moving learners' drafts to the present version does; on POST move those chosen."""
    kind = template_kind()
    with transaction() as session:
        setup = current_setup(session)
        found = publishing.movable_drafts(session, setup, kind)
        if request.method == "POST":
            chosen = set(request.form.getlist("record"))
            for one in found:
                if str(one.record.id) in chosen:
                    person = current_person(session)
                    publishing.move_draft(session, setup, one.record, by=person)
            notify(_("Drafts moved. Nothing that was written is lost."))
            return redirect(url_for(".move_drafts"), code=303)
        version = session.get_one(TemplateVersion, setup.template_version_id)
        return render_template(
            "authoring/drafts.html", moves=found, names=_names(kind, version.content)
        )


@bp.get("/export.json")
@TUTOR
def export() -> ResponseReturnValue:
    """Give the whole template as a file: all versions and the draft."""
    with reading() as session:
        setup = current_setup(session)
        template = drafts.begun_template(session, setup) or drafts.template_of(session, setup)
        text = json.dumps(publishing.export_template(session, template), ensure_ascii=False)
    name = f"{setup.kind}-form.json"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, content_type="application/json; charset=utf-8", headers=disposition)


@bp.post("/import")
@TUTOR
def import_file() -> ResponseReturnValue:
    """Take the newest content of an exported file as the draft."""
    content = publishing.newest_content(_uploaded(), current_plugin().key, template_kind())
    with transaction() as session:
        person = current_person(session)
        own = drafts.own_template(session, current_setup(session), by=person)
        drafts.edit(session, own, _replace_by(content), seen=own.draft_number, by=person)
    notify(_("The form was read. Look at it, then publish it."))
    return redirect(url_for(".index"), code=303)


def _replace_by(content: Json) -> Callable[[Json], None]:
    def change(draft: Json) -> None:
        kept = {key: value for key, value in draft.items() if key.startswith("_")}
        draft.clear()
        draft.update({**content, **kept})

    return change


def _uploaded() -> Any:
    file = request.files.get("file")
    text = file.read(publishing.LARGEST_EXPORT + 1) if file else b""
    if not text or len(text) > publishing.LARGEST_EXPORT:
        raise InvalidInput(_("Choose the JSON file that “Export” gave you."))
    try:
        return json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise InvalidInput(
            _("This file is not a form that was exported here."),
            next_step=_("Choose the JSON file that “Export” gave you."),
        ) from None


def _require_seen(template: Template) -> None:
    if template.draft_number != seen_number():
        raise InvalidInput(
            _("Somebody else changed this form after you opened this page."),
            next_step=_("Look at the changes again, then publish."),
        )


def _names(kind: TemplateKind, content: Json) -> dict[str, Json]:
    return {
        place.path: place.part.get(place.kind.name) or {} for place in places(kind.parts, content)
    }


def _told(kind: TemplateKind, before: Json, after: Json) -> list[Json]:
    names = _names(kind, before) | _names(kind, after)
    return [change | {"name": names.get(change["part"])} for change in compare(kind, before, after)]
