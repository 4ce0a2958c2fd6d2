"""What happened to a record, whether it still is what it was, and all of it to take away."""

from uuid import UUID

from flask import Blueprint, Response, render_template, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.domain.errors import NotFound
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Record
from lti_tool.domain.roles import Role
from lti_tool.services import proof_words
from lti_tool.services.audit import record_audit
from lti_tool.services.bundle import Reader
from lti_tool.services.timeline import timeline_of
from lti_tool.web.guards import (
    current_person,
    current_plugin,
    find_record_or_404,
    find_trainee_or_404,
    role_required,
)
from lti_tool.web.launch import current_launch
from lti_tool.web.storage import database, reading, transaction
from lti_tool.web.takeaway import file_name, in_parts, zip_of

bp = Blueprint("proof", __name__, url_prefix="/l/<uuid:launch_id>")


@bp.record_once
def share_words(state: BlueprintSetupState) -> None:
    """Give templates the words; as a global, because imported macros see no context."""
    state.app.jinja_env.globals["proof_words"] = proof_words


@bp.get("/records/<uuid:record_id>/timeline")
def timeline(record_id: UUID) -> ResponseReturnValue:
    """Show a tutor, the author or the learner everything that ever happened to a record."""
    with database().snapshot() as session:
        record = find_record_or_404(session, record_id, kind=None)
        learner = _learner_of(session, record)
        history = timeline_of(session, record)
    return render_template(
        "proof/timeline.html",
        record=record,
        learner=learner,
        history=history,
        back_url=_back_url(learner),
    )


def _learner_of(session: Session, record: Record) -> Person:
    """The learner, if the reader is one whom the history concerns.

    Raises:
        NotFound: A mentor asks for what somebody else wrote.
    """
    learner_id = session.get_one(Attempt, record.attempt_id).person_id
    concerned = (record.author_id, learner_id)
    if not current_launch.is_staff and current_launch.person_id not in concerned:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    return session.get_one(Person, learner_id)


def _back_url(learner: Person) -> str:
    key = current_plugin().key
    if current_launch.role is Role.TRAINEE:
        return url_for(f"{key}.home")
    return url_for(f"{key}.show_trainee", person_id=learner.id)


@bp.get("/download/<uuid:person_id>")
@role_required(Role.TRAINEE, Role.TUTOR, Role.ASSESSOR)
def download(person_id: UUID) -> ResponseReturnValue:
    """Say what stands in the download of one trainee, before it is made."""
    with reading() as session:
        learner = find_trainee_or_404(session, person_id)
    return render_template("proof/download.html", learner=learner, back_url=_back_url(learner))


@bp.post("/download/<uuid:person_id>")
@role_required(Role.TRAINEE, Role.TUTOR, Role.ASSESSOR)
def make_download(person_id: UUID) -> ResponseReturnValue:
    """Give a trainee everything of theirs, or a tutor what one did in this course."""
    with transaction() as session:
        learner = find_trainee_or_404(session, person_id)
        _audit_download(session, learner)
    with database().snapshot() as session:
        file = zip_of(session, learner, _reader(learner))
    headers = {"Content-Disposition": f'attachment; filename="{file_name(learner)}"'}
    return Response(in_parts(file), mimetype="application/zip", headers=headers)


def _reader(learner: Person) -> Reader:
    assert current_launch.role is not None  # noqa: S101 - `role_required` saw to it
    is_own = current_launch.role is Role.TRAINEE and current_launch.person_id == learner.id
    return Reader(
        person_id=current_launch.person_id,
        role=current_launch.role,
        course_id=None if is_own else current_launch.course_id,
    )


def _audit_download(session: Session, learner: Person) -> None:
    record_audit(
        session,
        "person.exported",
        by=current_person(session),
        subject=("person", learner.id),
        course_id=current_launch.course_id,
    )
