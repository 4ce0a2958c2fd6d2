"""Files of a record: added by an ordinary form, taken out again, looked at."""

from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.domain.errors import NotFound
from lti_tool.domain.evidence import Evidence
from lti_tool.services.evidence import ShownFile, find_file, remove_file
from lti_tool.web.file_answers import Copy, send_file
from lti_tool.web.files import add_chosen, chosen_files, find_own, keeping
from lti_tool.web.guards import current_person, find_record_or_404
from lti_tool.web.launch import current_launch
from lti_tool.web.notices import notify
from lti_tool.web.pages import same_page
from lti_tool.web.storage import reading, transaction

bp = Blueprint("evidence", __name__, url_prefix="/l/<uuid:launch_id>")


@bp.post("/records/<uuid:record_id>/evidence")
def add(record_id: UUID) -> ResponseReturnValue:
    """Add the files of a form and keep its text, then show the form again."""
    if add_chosen(record_id):
        if chosen_files():
            notify(_("Files added."))
        else:
            notify(_("Choose a file first."), "info")
    return _back()


add.takes_files = True  # type: ignore[attr-defined]


@bp.post("/records/<uuid:record_id>/evidence/<uuid:evidence_id>/remove")
def remove(record_id: UUID, evidence_id: UUID) -> ResponseReturnValue:
    """Take a file out of a draft; scripts get JSON, others the form again with its text."""
    if request.accept_mimetypes.best == "application/json":
        _remove(record_id, evidence_id)
        return jsonify(removed=str(evidence_id))
    add_chosen(record_id)
    _remove(record_id, evidence_id)
    return _back()


remove.takes_files = True  # type: ignore[attr-defined]


def _remove(record_id: UUID, evidence_id: UUID) -> None:
    with transaction() as session:
        record = find_own(session, record_id)
        remove_file(session, record, evidence_id, by=current_person(session))


def _back() -> ResponseReturnValue:
    return redirect(same_page(request.form.get("_back", "")) + "#evidence", code=303)


@bp.get("/evidence/<uuid:evidence_id>")
def download(evidence_id: UUID) -> ResponseReturnValue:
    """Hand a file over as everybody may have it who sees the record."""
    return _send(evidence_id, Copy.SHARED)


@bp.get("/evidence/<uuid:evidence_id>/view")
def view(evidence_id: UUID) -> ResponseReturnValue:
    """Show a photo."""
    return _send(evidence_id, Copy.VIEW)


@bp.get("/evidence/<uuid:evidence_id>/thumbnail")
def thumbnail(evidence_id: UUID) -> ResponseReturnValue:
    """Show a photo small."""
    return _send(evidence_id, Copy.THUMBNAIL)


@bp.get("/evidence/<uuid:evidence_id>/original")
def original(evidence_id: UUID) -> ResponseReturnValue:
    """Hand over the very bytes that were signed, to who added them and to tutors."""
    return _send(evidence_id, Copy.ORIGINAL)


def _send(evidence_id: UUID, copy: Copy) -> Response:
    with reading() as session:
        file, is_own = _find(session, evidence_id)
    if copy is Copy.ORIGINAL and not (is_own or current_launch.is_staff):
        raise NotFound(_("This page does not exist, or is not yours to see."))
    return send_file(keeping(), file, copy)


def _find(session: Session, evidence_id: UUID) -> tuple[ShownFile, bool]:
    """Return a file within this launch, and whether the reader added it."""
    evidence = session.get(Evidence, evidence_id)
    if evidence is None:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    record = find_record_or_404(session, evidence.record_id, kind=None)
    viewer_id = current_launch.person_id
    file = find_file(session, record, evidence_id, viewer_id=viewer_id)
    return file, evidence.person_id == viewer_id
