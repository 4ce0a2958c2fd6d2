"""Decisions on an entry, and the steps that need a reason: each answers with a page."""

from collections.abc import Callable
from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from activities.logbook import corrections, service
from activities.logbook.content import KIND
from activities.logbook.decision_forms import (
    TAKING_BACK,
    WAIVING,
    DecisionForm,
    ReasonForm,
    SendBackForm,
)
from activities.logbook.entry_page import DECIDERS, entry_context
from activities.logbook.views import bp
from lti_tool.sdk import (
    Record,
    Role,
    Signing,
    find_record_or_404,
    notify,
    role_required,
    take_own_back,
    transaction,
)
from lti_tool.sdk import gettext as _

__all__ = ["bp"]

Act = Callable[[Session, Record, Signing], object]


@bp.post("/entries/<uuid:record_id>/countersign")
@role_required(*DECIDERS)
def countersign(record_id: UUID) -> ResponseReturnValue:
    """Confirm that the practice took place, then show what else waits."""
    return _decide(record_id, DecisionForm, service.countersign, _("Entry confirmed."))


@bp.post("/entries/<uuid:record_id>/send-back")
@role_required(*DECIDERS)
def send_back(record_id: UUID) -> ResponseReturnValue:
    """Ask the trainee to change the entry, then show what else waits."""
    done = _("Entry sent back. The trainee sees your comment and can change it.")
    return _decide(record_id, SendBackForm, service.send_back, done)


def _decide(
    record_id: UUID, form_class: type[DecisionForm], act: Act, done: str
) -> ResponseReturnValue:
    form = form_class.from_request()
    with transaction() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        if form.validate():
            act(session, record, form.signing(session, record))
        context = entry_context(session, record, form)
    if form.errors:
        return render_template("logbook/show_entry.html", **context), 422
    notify(done)
    return redirect(url_for(".show_trainee", person_id=context["person"].id), code=303)


@bp.post("/entries/<uuid:record_id>/take-back")
@role_required(*DECIDERS)
def take_back(record_id: UUID) -> ResponseReturnValue:
    """Take the reader's own signature back, with a reason."""
    done = _("You have taken your signature back. The reason is kept with it.")
    return _step(record_id, "back", TAKING_BACK, take_own_back, done)


@bp.post("/entries/<uuid:record_id>/reopen")
@role_required(Role.TUTOR, Role.ASSESSOR)
def reopen(record_id: UUID) -> ResponseReturnValue:
    """Open a signed entry again, with a reason."""
    done = _("The entry is open again. The trainee can change it and submit it once more.")
    return _step(record_id, "reopen", "", corrections.open_again, done)


@bp.post("/entries/<uuid:record_id>/waive")
@role_required(Role.TUTOR, Role.ASSESSOR)
def waive(record_id: UUID) -> ResponseReturnValue:
    """Let an entry count although nobody can be reached to confirm it, with a reason."""
    done = _("The entry counts now. Everybody who sees it sees your reason.")
    return _step(record_id, "waive", WAIVING, corrections.waive, done)


def _step(
    record_id: UUID, name: str, statement: object, act: Act, done: str
) -> ResponseReturnValue:
    form = ReasonForm.from_request(prefix=name)
    with transaction() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        if form.validate():
            act(session, record, form.signing(session, record, statement))
        context = entry_context(session, record, steps={name: form} if form.errors else None)
    if form.errors:
        return render_template("logbook/show_entry.html", **context), 422
    notify(done)
    return redirect(url_for(".show_entry", record_id=record_id), code=303)
