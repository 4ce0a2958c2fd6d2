"""The checklist's pages: where a trainee stands, and observing, checking and signing."""

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from activities.checklist.forms import SIGNING, TakeBackForm, observation_form
from activities.checklist.grading import result_of
from activities.checklist.models import KIND, ChecklistObservation, Outcome
from activities.checklist.overview import result_view, said_sections, signed_sections
from activities.checklist.reading import (
    DAY,
    OVERALL,
    Observation,
    comment_field,
    outcome_field,
    read_observation,
)
from activities.checklist.service import (
    OBSERVERS,
    checklist_of,
    keep_observation,
    observation_hash,
    own_drafts,
    refuse_oneself,
    sign_observation,
    signed_observations,
    start_observation,
)
from lti_tool.sdk import (
    Attempt,
    InvalidInput,
    Record,
    RecordState,
    Role,
    ShownFile,
    SigningForm,
    StaleEdit,
    current_launch,
    current_person,
    current_setup,
    current_template,
    evidence_box,
    files_of,
    files_of_revision,
    find_attempt_or_404,
    find_record_or_404,
    find_trainee_or_404,
    gettext,
    grade_panel,
    is_grade_unfounded,
    latest_grade,
    latest_revision,
    notify,
    own_signature,
    person_of,
    pick_text,
    reading,
    role_required,
    shown_signatures,
    signing_context,
    takes_files,
    today,
    transaction,
    view_my_attempt,
)

bp = Blueprint("checklist", __name__, template_folder="templates")


@bp.get("/")
@role_required(Role.TRAINEE)
def home() -> ResponseReturnValue:
    """Show the trainee what is asked for, what was seen and what is still open."""
    with reading() as session:
        attempt = view_my_attempt(session)
        setup, grade = current_setup(session), latest_grade(session, attempt)
        return render_template(
            "checklist/home.html",
            result=result_view(session, result_of(session, attempt), setup.grade_maximum),
            observations=signed_observations(session, attempt),
            grade=grade,
            grade_is_unfounded=is_grade_unfounded(session, attempt, grade),
        )


@bp.get("/trainees/<uuid:person_id>")
@role_required(*OBSERVERS)
def show_trainee(person_id: UUID) -> ResponseReturnValue:
    """Show where a trainee stands, with the way to a new observation."""
    with transaction() as session:
        attempt = find_attempt_or_404(session, person_id)
        setup = current_setup(session)
        return render_template(
            "checklist/trainee.html",
            person=find_trainee_or_404(session, person_id),
            result=result_view(session, result_of(session, attempt), setup.grade_maximum),
            observations=signed_observations(session, attempt),
            drafts=own_drafts(session, attempt, current_person(session)),
            new_id=uuid4(),
            panel=grade_panel(session, attempt),
        )


@bp.post("/trainees/<uuid:person_id>/observations")
@role_required(*OBSERVERS)
def start(person_id: UUID) -> ResponseReturnValue:
    """Begin an observation of a trainee."""
    with transaction() as session:
        record = start_observation(
            session,
            find_attempt_or_404(session, person_id),
            id=_posted_id(),
            observer=current_person(session),
            template=current_template(session),
        )
    return redirect(url_for(".observe", record_id=record.id), code=303)


@bp.get("/observations/<uuid:record_id>")
@role_required(*OBSERVERS)
def observe(record_id: UUID) -> ResponseReturnValue:
    """Show the observation for writing, with what was written so far."""
    with reading() as session:
        record = _find(session, record_id)
        if record.state is not RecordState.DRAFT:
            return redirect(url_for(".show", record_id=record_id), code=303)
        return _form_page(session, record)


@bp.post("/observations/<uuid:record_id>")
@role_required(*OBSERVERS)
@takes_files(".observe")
def keep(record_id: UUID) -> ResponseReturnValue:
    """Keep the observation, then show it for checking."""
    with transaction() as session:
        record = _find(session, record_id)
        if record.state is not RecordState.DRAFT:
            return redirect(url_for(".show", record_id=record_id), code=303)
        said = keep_observation(session, record, _posted_values(), today=today())
        if said.problems:
            return _form_page(session, record, said), 422
    return redirect(url_for(".check", record_id=record_id), code=303)


@bp.get("/observations/<uuid:record_id>/check")
@role_required(*OBSERVERS)
def check(record_id: UUID) -> ResponseReturnValue:
    """Show what will be signed, and what signing means."""
    with reading() as session:
        record = _find(session, record_id)
        if record.state is not RecordState.DRAFT:
            return redirect(url_for(".show", record_id=record_id), code=303)
        said = _said(session, record)
        if said.problems:
            return redirect(url_for(".observe", record_id=record_id), code=303)
        return _check_page(session, record, said)


@bp.post("/observations/<uuid:record_id>/sign")
@role_required(*OBSERVERS)
def sign(record_id: UUID) -> ResponseReturnValue:
    """Sign the observation as it was checked."""
    form, seen = SigningForm.from_request(), request.form.get("seen", "")
    if not form.validate():
        return _again(record_id, form)
    try:
        with transaction() as session:
            record = _find(session, record_id)
            sign_observation(
                session,
                record,
                signing_context(session, form, SIGNING, record=record, seen_sha256=seen),
                today=today(),
            )
    except (InvalidInput, StaleEdit) as error:
        return _again(record_id, form, error)
    notify(gettext("Observation signed."))
    return redirect(url_for(".show", record_id=record_id), code=303)


@bp.get("/observations/<uuid:record_id>/signed")
@role_required(Role.TRAINEE, *OBSERVERS)
def show(record_id: UUID) -> ResponseReturnValue:
    """Show a signed observation, to the trainee too."""
    with reading() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        if record.state is RecordState.DRAFT:
            return redirect(url_for(".observe", record_id=record_id), code=303)
        return render_template("checklist/signed.html", **signed_context(session, record))


def signed_context(session: Session, record: Record) -> dict[str, Any]:
    """Return what the page of a signed observation needs."""
    mine = own_signature(session, record, current_launch.person_id)
    return {
        "record": record,
        "trainee": person_of(session, session.get_one(Attempt, record.attempt_id)),
        "signed": session.get_one(ChecklistObservation, record.id),
        "sections": signed_sections(session, record),
        "signatures": shown_signatures(session, record),
        "back": TakeBackForm() if mine else None,
        "files": _signed_files(session, record),
    }


def _find(session: Session, record_id: UUID) -> Record:
    """Return an observation to write to; never one of oneself."""
    record = find_record_or_404(session, record_id, kind=KIND)
    refuse_oneself(session.get_one(Attempt, record.attempt_id), current_person(session))
    return record


def _signed_files(session: Session, record: Record) -> list[ShownFile]:
    revision = latest_revision(session, record)
    return files_of_revision(session, revision) if revision else []


def _said(session: Session, record: Record) -> Observation:
    return read_observation(checklist_of(session, record), record.draft, today=today())


def _form_page(session: Session, record: Record, said: Observation | None = None) -> str:
    """Return the page to write on; *said* brings the messages after a failed check."""
    checklist = checklist_of(session, record)
    draft = record.draft or {DAY: [today().isoformat()]}
    form = observation_form(checklist, draft, said.problems if said else None)
    attempt = session.get_one(Attempt, record.attempt_id)
    return render_template(
        "checklist/observe.html",
        form=form,
        form_errors=form.errors,
        introduction=pick_text(checklist.introduction),
        day=form[DAY],
        overall=form[OVERALL],
        criteria=[
            (c, form[outcome_field(c.id)], form[comment_field(c.id)]) for c in checklist.criteria
        ],
        record=record,
        files=evidence_box(session, record),
        trainee=person_of(session, attempt),
    )


def _check_page(
    session: Session, record: Record, said: Observation, form: SigningForm | None = None
) -> str:
    attempt = session.get_one(Attempt, record.attempt_id)
    return render_template(
        "checklist/check.html",
        record=record,
        files=files_of(session, record),
        trainee=person_of(session, attempt),
        said=said,
        sections=said_sections(checklist_of(session, record), said),
        counts={outcome.value: len(said.ids(outcome)) for outcome in Outcome},
        seen=observation_hash(said),
        statement=SIGNING,
        form=form or SigningForm(),
    )


def _again(
    record_id: UUID, form: SigningForm, error: InvalidInput | StaleEdit | None = None
) -> ResponseReturnValue:
    """Show the observation as it is now, with what stood in the way."""
    status = error.status if error else 422
    with reading() as session:
        record = _find(session, record_id)
        if record.state is not RecordState.DRAFT:
            return redirect(url_for(".show", record_id=record_id), code=303)
        said = _said(session, record)
        if said.problems:
            return _form_page(session, record, said), status
        if error:
            notify(error.message, "warning")
        return _check_page(session, record, said, form), status


def _posted_values() -> dict[str, list[str]]:
    values = request.form.to_dict(flat=False)
    return {
        name: found
        for name, found in values.items()
        if name in (DAY, OVERALL) or name.startswith(("o-", "c-"))
    }


def _posted_id() -> UUID:
    try:
        return UUID(request.form.get("record_id", ""))
    except ValueError:
        raise InvalidInput(
            gettext("This page is out of date."),
            next_step=gettext("Open the activity again from your course."),
        ) from None
