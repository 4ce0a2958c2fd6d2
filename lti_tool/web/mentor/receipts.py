"""What was signed in a mentor's name, and "this was not me"; opened from a receipt by mail."""

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.domain.people import Person
from lti_tool.domain.signing import Method, Signing
from lti_tool.services.receipts import Signed, receipt_of
from lti_tool.services.taking_back import take_back
from lti_tool.web.device import this_device
from lti_tool.web.i18n import language_now
from lti_tool.web.mentor.stamps import new_stamp
from lti_tool.web.mentor.views import bp, capacities, opened_link
from lti_tool.web.storage import reading, transaction


@bp.get("/receipt/<token>")
def show_receipt() -> ResponseReturnValue:
    """Show what was signed; changes nothing."""
    return receipt_page()


def receipt_page(*, problem: str | None = None, status: int = 200) -> ResponseReturnValue:
    """Return the page of a receipt as it stands now."""
    opened = opened_link()
    with reading() as session:
        lines = receipt_of(session, opened)
    html = render_template(
        "mentor/receipt.html",
        opened=opened,
        lines=lines,
        words=dict(capacities()),
        stamp=new_stamp(opened.link.id),
        problem=problem,
        notice=_("Thank you. The tutor sees it.") if "done" in request.args else None,
    )
    return html, status


@bp.post("/receipt/<token>")
def not_me() -> ResponseReturnValue:
    """Take back what was ticked, in the name of the mentor whose mailbox it is."""
    wanted = set(request.form.getlist("signature"))
    if not wanted:
        return receipt_page(problem=_("Tick what was not you."), status=422)
    with transaction() as session:
        person = session.get_one(Person, opened_link().person.id)
        lines = receipt_of(session, opened_link())
        chosen = [one for one in lines if str(one.signature.id) in wanted and not one.is_withdrawn]
        for line in chosen:
            _take_back(session, person, line)
    if not chosen:
        return receipt_page(problem=_("This was taken back already."), status=409)
    lang = request.form.get("lang") or None
    return redirect(url_for("mentor.show_receipt", done="1", lang=lang), code=303)


def _take_back(session: Session, person: Person, line: Signed) -> None:
    signing = Signing(
        signer=person,
        role=line.signature.role,
        locale=language_now(),
        seen_sha256=line.signature.revision_sha256,
        wording=_("This was not me."),
        comment=_("This was not me."),
        method=Method.MAIL_LINK,
        link_id=g.mentor_link.id,
        device_mark=this_device(),
    )
    take_back(session, line.record, line.signature, signing)
