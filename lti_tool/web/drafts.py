"""Drafts between pages: which page saved last, and the one that outlives its session.

A form carries the id of its page, the number of the draft it has seen, and a token with which
this one draft can still be saved for a day after the launch has ended.
"""

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, current_app, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import format_time
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer

from lti_tool.domain.base import Json
from lti_tool.domain.errors import DomainError, NotFound, WrongState
from lti_tool.domain.records import Attempt, Record
from lti_tool.services.records import DraftConflict, keep_copy, other_copy, save_draft
from lti_tool.web.launch import current_launch, is_from_our_page
from lti_tool.web.pages import bp as pages
from lti_tool.web.pages import same_page
from lti_tool.web.storage import reading, transaction

TOKEN_SECONDS = 24 * 60 * 60
FIELDS = ("draft_page", "draft_seen", "draft_token", "draft_keep", "csrf_token", "next")
"""What a form carries about its draft; never part of what was typed."""

bp = Blueprint("drafts", __name__)


def posted_draft() -> dict[str, list[str]]:
    """Return what was typed, as a draft keeps it; without NUL, which no database takes."""
    return {
        name.replace("\0", ""): [text.replace("\0", "") for text in typed]
        for name, typed in request.form.to_dict(flat=False).items()
        if name not in FIELDS and not name.startswith("_")
    }


def draft_fields(record: Record) -> dict[str, str]:
    """Return the hidden fields of a form that saves itself into *record*."""
    token = _signer().dumps([record.id.hex, record.author_id.hex])
    return {
        "draft_page": uuid4().hex,
        "draft_seen": str(record.draft_number),
        "draft_token": str(token),
    }


def copy_texts(values: Json | None) -> list[str]:
    """Return the texts of a draft, for showing; times and choices of one word are left out."""
    texts = [text for typed in (values or {}).values() if isinstance(typed, list) for text in typed]
    return [text for text in texts if isinstance(text, str) and (len(text) > 20 or " " in text)]


def kept_texts(record: Record) -> list[str]:
    """Return the texts of the copy that another page's draft was kept in."""
    return copy_texts(other_copy(record))


@pages.post("/records/<uuid:record_id>/draft")
def autosave(record_id: UUID) -> ResponseReturnValue:
    """Keep what is being typed into a record; answers JSON with the time it was kept.

    Another page's newer draft is not overwritten: the answer is 409 with its number, and the
    page asks again with ``draft_keep``, ``mine`` or ``other``. Both texts are kept.
    """
    with transaction() as session:
        record = _own(session.get(Record, record_id), current_launch.person_id)
        attempt = session.get_one(Attempt, record.attempt_id)
        if attempt.resource_link_id != current_launch.resource_link_id:
            raise NotFound(_("This page does not exist, or is not yours to see."))
        try:
            return jsonify(saved_at=_save(session, record))
        except DraftConflict as error:
            return jsonify(error=str(error.message), conflict=error.number), 409
        except WrongState as error:
            return jsonify(error=str(error.message)), 409


@pages.post("/records/<uuid:record_id>/other-draft")
def show_other(record_id: UUID) -> ResponseReturnValue:
    """Keep what was typed as a copy, and go on with what another page saved."""
    with transaction() as session:
        record = _own(session.get(Record, record_id), current_launch.person_id)
        attempt = session.get_one(Attempt, record.attempt_id)
        if attempt.resource_link_id != current_launch.resource_link_id:
            raise NotFound(_("This page does not exist, or is not yours to see."))
        keep_copy(session, record, posted_draft())
    return redirect(same_page(request.form.get("next", "")), code=303)


@bp.post("/drafts/<uuid:record_id>")
def save_late(record_id: UUID) -> ResponseReturnValue:
    """Save one draft for somebody whose launch has ended; shows nothing of what is stored."""
    try:
        saved_at = save_with_token(record_id)
    except DomainError as error:
        return jsonify(error=str(error.message)), error.status
    message = _("Saved. Open the activity from your course to go on.")
    if request.accept_mimetypes.best == "application/json":
        return jsonify(saved_at=saved_at, message=message)
    return f"{message}\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


def save_with_token(record_id: UUID | None = None) -> str:
    """Save what was posted into the draft that its token names; return the time.

    What another page saved since is not overwritten: then this text is kept as the copy.

    Raises:
        NotFound: There is no valid token, or it is for another record.
        WrongState: The record has been handed in.
    """
    named, person_id = _read_token()
    if record_id not in (None, named) or not is_from_our_page():
        raise _unknown()
    with transaction() as session:
        record = _own(session.get(Record, named), person_id)
        try:
            return _save(session, record)
        except DraftConflict:
            keep_copy(session, record, posted_draft())
            return str(format_time(None, "short"))


def _save(session: Any, record: Record) -> str:
    if request.form.get("draft_keep") == "other":
        keep_copy(session, record, posted_draft())
        return str(format_time(None, "short"))
    return str(format_time(save_draft(session, record, posted_draft()), "short"))


def _own(record: Record | None, person_id: UUID) -> Record:
    if record is None or record.author_id != person_id:
        raise _unknown()
    return record


def _unknown() -> NotFound:
    return NotFound(_("This page does not exist, or is not yours to see."))


def _read_token() -> tuple[UUID, UUID]:
    try:
        values = _signer().loads(request.form.get("draft_token", ""), max_age=TOKEN_SECONDS)
        record_id, person_id = values
        return UUID(record_id), UUID(person_id)
    except (BadSignature, ValueError, TypeError, AttributeError):
        raise _unknown() from None


def _signer() -> URLSafeTimedSerializer:
    key = current_app.extensions["trellis"].settings.secret_key.get_secret_value()
    return URLSafeTimedSerializer(key, salt="one late draft")


def other_draft(record_id: UUID) -> list[str]:
    """Return the texts that are stored in a record's draft now, for its author to compare."""
    with reading() as session:
        record = session.get(Record, record_id)
        return copy_texts(record.draft if record else None)
