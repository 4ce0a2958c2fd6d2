"""Writing the form of an activity: a tutor's own version of it, part by part, then published.

Every act is a plain form; nothing is dragged. The draft's number travels along, so that two
tutors never overwrite each other.
"""

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from config.settings import LANGUAGES
from lti_tool.domain.base import Json
from lti_tool.domain.courses import ActivitySetup, Template, TemplateVersion
from lti_tool.domain.errors import InvalidInput, NotFound
from lti_tool.domain.roles import Role
from lti_tool.domain.template_kinds import PartKind, TemplateKind, places
from lti_tool.services import template_drafts as drafts
from lti_tool.services import template_publishing as publishing
from lti_tool.services.template_changes import compare
from lti_tool.web.authoring_forms import field_name, languages, part_form, read_part
from lti_tool.web.guards import current_person, current_plugin, current_setup, role_required
from lti_tool.web.i18n import OWN_NAMES
from lti_tool.web.notices import notify
from lti_tool.web.storage import reading, transaction

bp = Blueprint("authoring", __name__, url_prefix="/l/<uuid:launch_id>/form")
AUDIENCES = ("trainee", "mentor", "print")
TUTOR = role_required(Role.TUTOR)


def _kind() -> TemplateKind:
    kind = current_plugin().template
    if kind is None:
        raise NotFound(_("The form of this kind of activity cannot be changed."))
    return kind


@bp.get("")
@TUTOR
def index() -> ResponseReturnValue:
    """Show the form's parts: the draft if there is one, else what is published."""
    kind = _kind()
    with reading() as session:
        setup = current_setup(session)
        template = drafts.begun_template(session, setup)
        version = session.get_one(TemplateVersion, setup.template_version_id)
        content = _content(template, version)
        locale = _locale(session, setup, template)
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
        template = _draft(session)
        drafts.discard_draft(session, template, seen=_seen(), by=current_person(session))
    notify(_("Draft of the form deleted. What is published stays."))
    return redirect(url_for(".index"), code=303)


@bp.route("/parts/<string:path>", methods=["GET", "POST"])
@TUTOR
def edit_part(path: str) -> ResponseReturnValue:
    """Ask for the values of one part; ``whole`` stands for the form's own."""
    kind = _kind()
    with transaction() as session:
        template = _draft(session)
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
    kind, made = _kind(), ""
    given = {"kind": request.form["kind"]} if request.form.get("kind") else {}

    def change(draft: Json) -> None:
        nonlocal made
        parent = request.form.get("parent") or None
        made = drafts.add_part(kind, draft, request.form.get("list", ""), parent, given)

    with transaction() as session:
        _refuse_unknown_kind(kind, request.form.get("list", ""), given.get("kind"))
        drafts.edit(session, _draft(session), change, seen=_seen(), by=current_person(session))
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
    kind = _kind()
    with transaction() as session:
        drafts.edit(
            session,
            _draft(session),
            lambda draft: act(drafts.find_part(kind, draft, path)),
            seen=_seen(),
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
        content = _content(template, version)
        if drafts.problems(_kind(), content, _locale(session, setup, template)):
            shown = None
        else:
            shown = _kind().preview(content, audience)
    return render_template("authoring/preview.html", shown=shown, audience=audience)


@bp.route("/publish", methods=["GET", "POST"])
@TUTOR
def publish() -> ResponseReturnValue:
    """Say what publishing changes and for whom; on POST do it."""
    kind = _kind()
    with transaction() as session:
        setup, template = current_setup(session), _draft(session)
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
    kind = _kind()
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
    data = _uploaded()
    kind, key = _kind(), current_plugin().key
    with transaction() as session:
        person, setup = current_person(session), current_setup(session)
        taken = publishing.import_template(session, setup.course_id, {key: kind}, data, by=person)
        versions = publishing.versions_of(session, taken)
        content = taken.draft or (versions[-1].content if versions else None)
        taken.draft = None
        if content is None:
            raise InvalidInput(_("This file holds no form."))
        own = drafts.own_template(session, setup, by=person)
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


def _draft(session: Session) -> Template:
    template = drafts.begun_template(session, current_setup(session))
    if template is None:
        raise NotFound(
            _("There is no draft of this form any more."),
            next_step=_("Open the form again, and begin a new version."),
        )
    return template


def _content(template: Template | None, version: TemplateVersion) -> Json:
    draft = template.draft if template else None
    return drafts.content_of(draft) if draft else json.loads(json.dumps(version.content))


def _locale(session: Session, setup: ActivitySetup, template: Template | None) -> str:
    return (template or drafts.template_of(session, setup)).default_locale


def _seen() -> int:
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1


def _require_seen(template: Template) -> None:
    if template.draft_number != _seen():
        raise InvalidInput(
            _("Somebody else changed this form after you opened this page."),
            next_step=_("Look at the changes again, then publish."),
        )


def _holder(kind: TemplateKind, template: Template, path: str) -> tuple[Json, PartKind | None]:
    draft = template.draft or {}
    if path == "whole":
        return draft, None
    place = drafts.find_part(kind, draft, path)
    return place.part, place.kind


def _change(session: Session, template: Template, path: str, act: Callable[[Json], None]) -> None:
    kind = _kind()

    def change(draft: Json) -> None:
        act(draft if path == "whole" else drafts.find_part(kind, draft, path).part)

    drafts.edit(session, template, change, seen=_seen(), by=current_person(session))


def _refuse_unknown_kind(kind: TemplateKind, key: str, chosen: str | None) -> None:
    """Check the kind of a new part against what its list offers.

    Raises:
        InvalidInput: It has to be chosen, and was not.
    """
    wanted = next((part for part in kind.parts if part.key == key), None)
    asked = next((a for a in wanted.attributes if a.key == "kind"), None) if wanted else None
    if asked is not None and chosen not in asked.choices:
        raise InvalidInput(_("Choose one of the kinds in the list."))


def _names(kind: TemplateKind, content: Json) -> dict[str, Json]:
    return {
        place.path: place.part.get(place.kind.name) or {} for place in places(kind.parts, content)
    }


def _told(kind: TemplateKind, before: Json, after: Json) -> list[Json]:
    names = _names(kind, before) | _names(kind, after)
    return [change | {"name": names.get(change["part"])} for change in compare(kind, before, after)]
