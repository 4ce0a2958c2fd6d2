"""The page behind "Send me no more reminders". Looking changes nothing; pressing does."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.domain.contacts import Contact
from lti_tool.domain.errors import NotFound
from lti_tool.domain.people import Person
from lti_tool.services.environment import environment
from lti_tool.services.mail_tokens import UNSUBSCRIBE, id_of, is_genuine
from lti_tool.services.mailing import switch_reminders
from lti_tool.web.i18n import match_language, speak
from lti_tool.web.storage import database, transaction

bp = Blueprint("mail", __name__)


@bp.get("/mail/reminders/<token>")
def reminders(token: str) -> ResponseReturnValue:
    """Ask whether reminders are to stop, or say that they have; programs that look stop none."""
    with database().reading() as session:
        contact = _find(session, token)
        _speak_to(session, contact.person_id)
    are_on = contact.reminders_off_at is None
    page = render_template("mail/reminders.html", are_on=are_on, token=token)
    return page, 200, {"X-Robots-Tag": "noindex"}


@bp.post("/mail/reminders/<token>")
def switch(token: str) -> ResponseReturnValue:
    """Stop or start reminders; mail systems press this themselves (RFC 8058)."""
    is_one_click = request.form.get("List-Unsubscribe") == "One-Click"
    wanted = "off" if is_one_click else request.form.get("reminders")
    with transaction() as session:
        contact = _find(session, token)
        if wanted in ("on", "off"):
            switch_reminders(session, contact, is_on=wanted == "on")
    if is_one_click:
        return "", 200, {"Content-Type": "text/plain"}
    return redirect(url_for(".reminders", token=token), code=303)


def _find(session: Session, token: str) -> Contact:
    """Return whose token it is; one that we did not write looks like no page at all."""
    id: UUID | None = id_of(token)
    if id is None or not is_genuine(token, UNSUBSCRIBE, environment(session).secret_key):
        raise _not_found()
    contact = session.get(Contact, id)
    if contact is None:
        raise _not_found()
    return contact


def _not_found() -> NotFound:
    return NotFound(_("This page does not exist, or is not yours to see."))


def _speak_to(session: Session, person_id: UUID) -> None:
    person = session.get_one(Person, person_id)
    speak(match_language(request.args.get("lang")) or person.chosen_locale or person.locale or "en")
