"""The pages of a logbook: find what the URL names, act through the service, answer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from activities.logbook import service
from activities.logbook.content import KIND, EntryContent
from activities.logbook.decision_forms import VisibilityForm
from activities.logbook.entry_page import entry_context, template_of
from activities.logbook.forms import EntryForm, entry_form
from activities.logbook.grading import HANDED_IN
from activities.logbook.overview import EntryRow, entries_of, in_state, total_in_state
from activities.logbook.settings import LogbookSettings
from lti_tool.sdk import (
    Record,
    RecordState,
    Role,
    Visibility,
    current_launch,
    current_person,
    current_template,
    evidence_box,
    find_record_or_404,
    grade_panel,
    last_reopening,
    latest_revision,
    mentor_names,
    my_attempt,
    notify,
    person_of,
    posted_draft,
    reading,
    role_required,
    save_draft,
    shown_signatures,
    signed_revision,
    standing_decision,
    takes_files,
    transaction,
    view_attempt,
    view_my_attempt,
)
from lti_tool.sdk import gettext as _

bp = Blueprint("logbook", __name__, template_folder="templates")
OPEN = (RecordState.RETURNED, RecordState.DRAFT)
CLOSED = (RecordState.SUBMITTED, RecordState.COUNTERSIGNED)
DECIDED = (RecordState.RETURNED, RecordState.COUNTERSIGNED)
DECIDERS = (Role.MENTOR, Role.TUTOR, Role.ASSESSOR)


@bp.get("/")
@role_required(Role.TRAINEE)
def home() -> ResponseReturnValue:
    """Show a trainee the own logbook: what is needed, what is to do, all entries."""
    with reading() as session:
        attempt = view_my_attempt(session)
        rows = entries_of(session, attempt)
        context = {
            "to_do": in_state(rows, OPEN),
            "entries": [row for row in rows if row.record.state in CLOSED],
            "mentors": mentor_names(session, current_launch.course_id, attempt.person_id),
            "template": current_template(session).content,
            "panel": grade_panel(session, attempt),
            **_progress(rows),
        }
    return render_template("logbook/home.html", new_id=uuid4(), **context)


@bp.get("/trainees/<uuid:person_id>")
@role_required(*DECIDERS)
def show_trainee(person_id: UUID) -> ResponseReturnValue:
    """Show a mentor, tutor or assessor what a trainee has handed in, what waits first."""
    with reading() as session:
        attempt = view_attempt(session, person_id)
        rows = entries_of(session, attempt)
        context = {
            "person": person_of(session, attempt),
            "waiting": in_state(rows, [RecordState.SUBMITTED]),
            "entries": [row for row in rows if row.record.state in DECIDED],
            "panel": grade_panel(session, attempt) if current_launch.is_staff else None,
            **_progress(rows),
        }
    name = "grade_trainee" if context["panel"] else "show_trainee"
    return render_template(f"logbook/{name}.html", **context)


def _progress(rows: Sequence[EntryRow]) -> dict[str, Any]:
    settings = LogbookSettings.read(current_launch.settings)
    return {
        "settings": settings,
        "counted": total_in_state(rows, settings.counted_states),
        "handed_in": total_in_state(rows, HANDED_IN),
    }


@bp.post("/entries/<uuid:record_id>/start")
@role_required(Role.TRAINEE)
def start(record_id: UUID) -> ResponseReturnValue:
    """Begin an entry under the id that the page brought, so that a resend begins only one."""
    with transaction() as session:
        attempt = my_attempt(session)
        service.start_entry(session, attempt, id=record_id, author=current_person(session))
    return redirect(url_for(".edit", record_id=record_id), code=303)


@bp.get("/entries/<uuid:record_id>/edit")
@role_required(Role.TRAINEE)
def edit(record_id: UUID) -> ResponseReturnValue:
    """Show the form of an entry with what was typed last; it saves itself while typing."""
    with reading() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        if record.state not in OPEN:
            return redirect(url_for(".show_entry", record_id=record_id), code=303)
        form = _form_of(session, record, _typed_last(session, record))
        context = _form_context(session, record, form)
    return render_template("logbook/edit.html", **context)


@bp.post("/entries/<uuid:record_id>/edit")
@role_required(Role.TRAINEE)
@takes_files(".edit")
def save(record_id: UUID) -> ResponseReturnValue:
    """Keep a draft as it is, to go on later; for browsers in which it cannot save itself."""
    with transaction() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        save_draft(session, record, posted_draft())
    notify(_("Draft saved. Only you can see it."))
    return redirect(url_for(".home"), code=303)


@bp.post("/entries/<uuid:record_id>/submit")
@role_required(Role.TRAINEE)
@takes_files(".edit")
def submit(record_id: UUID) -> ResponseReturnValue:
    """Hand an entry in, or show what is missing with everything kept that was typed."""
    with transaction() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        form = _form_of(session, record)
        if form.validate():
            service.submit_entry(
                session,
                record,
                form.content(),
                author=current_person(session),
                reason=form.amending_reason,
                visibility=form.chosen_visibility,
            )
        else:
            save_draft(session, record, posted_draft())
            context = _form_context(session, record, form)
        is_shared = record.visibility is not Visibility.LEARNER_PRIVATE
    if form.errors:
        return render_template("logbook/edit.html", **context), 422
    notify(_("Entry submitted.") if is_shared else _("Entry kept. Only you can see it."))
    return redirect(url_for(".show_entry", record_id=record_id), code=303)


@bp.post("/entries/<uuid:record_id>/withdraw")
@role_required(Role.TRAINEE)
def withdraw(record_id: UUID) -> ResponseReturnValue:
    """Take a submitted entry back, as long as nobody has decided on it."""
    with transaction() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        service.withdraw_entry(session, record, author=current_person(session))
    notify(_("You have taken the entry back. Submit it again when it is ready."), "info")
    return redirect(url_for(".edit", record_id=record_id), code=303)


@bp.post("/entries/<uuid:record_id>/visibility")
@role_required(Role.TRAINEE)
def choose_visibility(record_id: UUID) -> ResponseReturnValue:
    """Let the author say who sees an entry from now on."""
    form = VisibilityForm.from_request()
    with transaction() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        service.show_entry_to(session, record, form.chosen, author=current_person(session))
    notify(_("Changed who sees this entry."))
    return redirect(url_for(".show_entry", record_id=record_id), code=303)


@bp.post("/entries/<uuid:record_id>/discard")
@role_required(Role.TRAINEE)
def discard(record_id: UUID) -> ResponseReturnValue:
    """Delete a draft."""
    with transaction() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        service.discard_entry(session, record, author=current_person(session))
    notify(_("Draft deleted."), "info")
    return redirect(url_for(".home"), code=303)


@bp.get("/entries/<uuid:record_id>")
@role_required(Role.TRAINEE, *DECIDERS)
def show_entry(record_id: UUID) -> ResponseReturnValue:
    """Show an entry as it was last handed in, and to mentors and tutors what they can do."""
    with reading() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        if record.state is RecordState.DRAFT:
            return redirect(url_for(".edit", record_id=record_id), code=303)
        context = entry_context(session, record)
    return render_template("logbook/show_entry.html", **context)


def _form_of(
    session: Session, record: Record, typed: dict[str, list[str]] | None = None
) -> EntryForm:
    return entry_form(
        template_of(session, record),
        typed,
        is_new=latest_revision(session, record) is None,
        is_amending=signed_revision(session, record) is not None,
    )


def _typed_last(session: Session, record: Record) -> dict[str, list[str]]:
    if record.draft:
        return record.draft
    revision = latest_revision(session, record)
    return EntryContent.from_json(revision.content).as_typed() if revision else {}


def _form_context(session: Session, record: Record, form: EntryForm) -> dict[str, Any]:
    return {
        "record": record,
        "form": form,
        "intro": template_of(session, record).get("intro"),
        "files": evidence_box(session, record),
        "asked": standing_decision(shown_signatures(session, record)),
        "reopening": last_reopening(session, record),
    }
