"""Uploads in pieces, as `static/js/evidence.js` sends them. Every answer is JSON.

A piece is kept in the store first and counted in the row afterwards, so that a count never
stands for bytes that are not there.
"""

import io
from collections.abc import Callable
from functools import wraps
from uuid import UUID

from flask import Blueprint, get_template_attribute, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_tool.domain.base import Json
from lti_tool.domain.errors import DomainError, InvalidInput
from lti_tool.domain.evidence import Evidence, Upload
from lti_tool.evidence.intake import take_in
from lti_tool.evidence.store import piece_key
from lti_tool.services.evidence import find_file
from lti_tool.services.records import require_open
from lti_tool.services.uploads import (
    PIECE,
    begin_upload,
    drop_upload,
    find_upload,
    finish_upload,
    is_new_piece,
    note_piece,
    piece_keys,
    pieces,
)
from lti_tool.web.files import find_own, keeping
from lti_tool.web.guards import current_person
from lti_tool.web.launch import current_launch
from lti_tool.web.storage import reading, transaction

bp = Blueprint("uploads", __name__, url_prefix="/l/<uuid:launch_id>/records/<uuid:record_id>")
View = Callable[..., ResponseReturnValue]


def answers_json(view: View) -> View:
    """Say problems in JSON: ``error`` for the reader, ``status`` as in the pages."""

    @wraps(view)
    def saying(**values: UUID) -> ResponseReturnValue:
        try:
            return view(**values)
        except DomainError as error:
            words = " ".join(str(part) for part in (error.message, error.next_step) if part)
            return jsonify(error=words), error.status

    return saying


@bp.post("/uploads")
@answers_json
def begin(record_id: UUID) -> ResponseReturnValue:
    """Announce a file; answers where its pieces go, and how much is there from before."""
    with transaction() as session:
        upload = begin_upload(
            session,
            find_own(session, record_id),
            by=current_person(session),
            name=request.form.get("name", ""),
            size=_number(request.form.get("size", "")),
            sha256=request.form.get("sha256", "")[:64],
        )
        answer = _progress(upload)
    return jsonify(answer), 201


@bp.get("/uploads/<uuid:upload_id>")
@answers_json
def progress(record_id: UUID, upload_id: UUID) -> ResponseReturnValue:
    """Say how much of a file is there."""
    return jsonify(_progress(_find(record_id, upload_id)))


@bp.post("/uploads/<uuid:upload_id>")
@answers_json
def piece(record_id: UUID, upload_id: UUID) -> ResponseReturnValue:
    """Take one piece, at the place that the header Upload-Offset names; the last one ends it."""
    upload, offset = _find(record_id, upload_id), _number(request.headers.get("Upload-Offset", ""))
    content = request.get_data()
    if is_new_piece(upload, offset, len(content)):
        keeping().store.put(piece_key(upload.id, offset), io.BytesIO(content))
        with transaction() as session:
            upload.received = note_piece(session, upload, offset, len(content))
    if upload.received < upload.size:
        return jsonify(_progress(upload))
    return jsonify(_progress(upload) | {"html": _finish(record_id, upload)})


@bp.post("/uploads/<uuid:upload_id>/drop")
@answers_json
def drop(record_id: UUID, upload_id: UUID) -> ResponseReturnValue:
    """Forget an upload, finished or not; a finished one stays as a file of the record."""
    store = keeping().store
    with transaction() as session:
        record = find_own(session, record_id)
        upload = find_upload(session, record, upload_id, by_id=current_launch.person_id)
        keys = drop_upload(session, upload)
    store.delete(keys)
    return jsonify(dropped=str(upload_id))


def _find(record_id: UUID, upload_id: UUID) -> Upload:
    with reading() as session:
        record = find_own(session, record_id)
        upload = find_upload(session, record, upload_id, by_id=current_launch.person_id)
        if upload.evidence_id is None:
            require_open(record)
        return upload


def _finish(record_id: UUID, upload: Upload) -> str:
    """Check the whole file and add it to the record; return its line for the page."""
    if upload.evidence_id is None:
        store = keeping().store
        whole = pieces(store, upload)
        taken = take_in(keeping(), whole, upload.name, expected_sha256=upload.sha256)
        with transaction() as session:
            record = find_own(session, record_id)
            by = current_person(session)
            upload.evidence_id = finish_upload(session, record, upload.id, taken, by=by).id
        store.delete(piece_keys(upload))
    return _line(record_id, upload.evidence_id)


def _line(record_id: UUID, evidence_id: UUID) -> str:
    with reading() as session:
        if session.get(Evidence, evidence_id) is None:
            return ""  # taken out again meanwhile
        record = find_own(session, record_id)
        file = find_file(session, record, evidence_id, viewer_id=current_launch.person_id)
        line = get_template_attribute("macros/evidence.html", "evidence_line")
        return str(line(file, is_open=True))


def _progress(upload: Upload) -> Json:
    record_id, id = upload.record_id, upload.id
    return {
        "url": url_for("uploads.piece", record_id=record_id, upload_id=id),
        "drop": url_for("uploads.drop", record_id=record_id, upload_id=id),
        "received": upload.received,
        "size": upload.size,
        "piece": PIECE,
    }


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise InvalidInput(_("We could not understand this request."))
    return int(text)
