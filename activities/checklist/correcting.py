"""Taking a signed observation back: it stays, marked, and counts for nothing any more."""

from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from activities.checklist.forms import TAKING_BACK, TakeBackForm
from activities.checklist.models import KIND
from activities.checklist.service import OBSERVERS
from activities.checklist.views import bp, signed_context
from lti_tool.sdk import (
    find_record_or_404,
    gettext,
    notify,
    role_required,
    signing_context,
    take_own_back,
    transaction,
)

__all__ = ["bp"]


@bp.post("/observations/<uuid:record_id>/take-back")
@role_required(*OBSERVERS)
def take_back(record_id: UUID) -> ResponseReturnValue:
    """Take the reader's own observation back, with a reason."""
    form = TakeBackForm.from_request()
    with transaction() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        if not form.validate():
            return render_template(
                "checklist/signed.html", **signed_context(session, record) | {"back": form}
            ), 422
        signing = signing_context(
            session,
            form,
            TAKING_BACK,
            record=record,
            seen_sha256="",
            comment=form.reason.data or "",
        )
        take_own_back(session, record, signing)
    notify(gettext("You have taken the observation back. The reason is kept with it."))
    return redirect(url_for(".show", record_id=record_id), code=303)
