"""Files in an ordinary form, for browsers without scripts: taken, or told why not, text kept."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from uuid import UUID

from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from lti_tool.domain.base import Json
from lti_tool.domain.errors import NotFound
from lti_tool.domain.records import Record
from lti_tool.evidence.errors import FileRefused, StoreProblem
from lti_tool.evidence.intake import take_in
from lti_tool.evidence.keeping import MEGABYTE, Keeping
from lti_tool.evidence.store import CHUNK
from lti_tool.services.evidence import attach_file, readable_name
from lti_tool.services.records import (
    OPEN,
    DraftConflict,
    keep_copy,
    require_open,
    save_draft,
)
from lti_tool.web.drafts import posted_draft
from lti_tool.web.guards import current_person, find_record_or_404
from lti_tool.web.launch import current_launch
from lti_tool.web.notices import notify
from lti_tool.web.requests import CleanRequest
from lti_tool.web.storage import database, reading, transaction

FIELD = "evidence"
"""Name of every field for files."""
TEXT_ROOM = 2 * MEGABYTE
View = Callable[..., ResponseReturnValue]


def keeping() -> Keeping:
    """Return where files go and how much is taken."""
    found: Keeping = database().info["environment"].keeping
    return found


def takes_files(back: str) -> Callable[[View], View]:
    """Let the view of a record's form take files, too; they are added before it runs.

    If one cannot be taken, the text is kept as a draft and the reader is back at the
    endpoint *back*, with the reason. Order matters: put it below `role_required`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def taking(*args: Any, record_id: UUID, **kwargs: Any) -> ResponseReturnValue:
            if chosen_files() and _is_open(record_id) and not add_chosen(record_id):
                return redirect(url_for(back, record_id=record_id), code=303)
            return view(*args, record_id=record_id, **kwargs)

        taking.takes_files = True  # type: ignore[attr-defined]
        return taking

    return decorate


def allow_files() -> None:
    """Let this request be as large as files are, if its view takes any."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method == "POST" and getattr(view, "takes_files", False):
        limits = keeping()
        # Somewhat more than is taken, because only what was read can be answered in words.
        request.max_content_length = limits.files * limits.file_bytes + TEXT_ROOM
        cast(CleanRequest, request).max_file_bytes = limits.file_bytes


def chosen_files() -> list[FileStorage]:
    """Return the files of the form; a field left alone sends one without a name and bytes."""
    return [file for file in request.files.getlist(FIELD) if file.filename or _is_there(file)]


def _is_there(file: FileStorage) -> bool:
    first = file.stream.read(1)
    file.stream.seek(0)
    return bool(first)


def add_chosen(record_id: UUID) -> bool:
    """Add the form's files to a record and keep its text; say whether all were taken.

    Raises:
        NotFound: Not the reader's own record.
        WrongState: It was handed in.
    """
    with transaction() as session:
        record = find_own(session, record_id)
        require_open(record)
        if typed := posted_draft():
            _keep_text(session, record, typed)
    done = [_add(record_id, file) for file in chosen_files()]
    return all(done)


def find_own(session: Session, record_id: UUID) -> Record:
    """Return a record that the reader writes, else a 404."""
    record = find_record_or_404(session, record_id, kind=None)
    if record.author_id != current_launch.person_id:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    return record


def _add(record_id: UUID, file: FileStorage) -> bool:
    name = readable_name(file.filename or "")
    try:
        taken = take_in(keeping(), iter(lambda: file.stream.read(CHUNK), b""), name)
        with transaction() as session:
            attach_file(session, find_own(session, record_id), taken, by=current_person(session))
    except (FileRefused, StoreProblem) as error:
        words = {"name": name, "what": error.message, "next": error.next_step or ""}
        notify(_("%(name)s was not added. %(what)s %(next)s", **words), "warning")
        return False
    return True


def _keep_text(session: Session, record: Record, typed: Json) -> None:
    """Keep what was typed; beside what another page saved meanwhile, if one did."""
    try:
        save_draft(session, record, typed)
    except DraftConflict:
        keep_copy(session, record, typed)


def _is_open(record_id: UUID) -> bool:
    """Say whether files may be added; a form that is sent twice was handed in by the first."""
    with reading() as session:
        return find_own(session, record_id).state in OPEN
