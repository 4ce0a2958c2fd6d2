"""Photos and files of what waits for a mentor; gone from here once it is decided."""

from uuid import UUID

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.domain.errors import NotFound
from lti_tool.domain.evidence import Evidence
from lti_tool.domain.records import Record
from lti_tool.services.evidence import ShownFile, find_file
from lti_tool.services.mentor_tasks import tasks_of
from lti_tool.web.file_answers import Copy, send_file
from lti_tool.web.files import keeping
from lti_tool.web.mentor.views import bp, opened_link
from lti_tool.web.storage import reading


@bp.get("/<token>/files/<uuid:evidence_id>")
def download_file(evidence_id: UUID) -> ResponseReturnValue:
    """Hand over a file of what waits, as everybody may have it."""
    return _send(evidence_id, Copy.SHARED)


@bp.get("/<token>/files/<uuid:evidence_id>/view")
def view_file(evidence_id: UUID) -> ResponseReturnValue:
    """Show a photo of what waits."""
    return _send(evidence_id, Copy.VIEW)


@bp.get("/<token>/files/<uuid:evidence_id>/thumbnail")
def thumbnail_file(evidence_id: UUID) -> ResponseReturnValue:
    """Show a photo of what waits, small."""
    return _send(evidence_id, Copy.THUMBNAIL)


def _send(evidence_id: UUID, copy: Copy) -> ResponseReturnValue:
    with reading() as session:
        file = _find(session, evidence_id)
    return send_file(keeping(), file, copy)


def _find(session: Session, evidence_id: UUID) -> ShownFile:
    """Return a file of a record that waits for the link's mentor, else a 404."""
    evidence = session.get(Evidence, evidence_id)
    waiting = {task.record_id for task in tasks_of(session, opened_link().person.id)}
    if evidence is None or evidence.record_id not in waiting:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    record = session.get_one(Record, evidence.record_id)
    return find_file(session, record, evidence_id, viewer_id=None)
