"""A trainee hands the phone to their mentor, who decides on one entry and gets a receipt."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length

from lti_tool.domain.errors import InvalidInput, NotFound
from lti_tool.domain.people import Person
from lti_tool.domain.records import Record
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Decision, Method
from lti_tool.plugins import Card
from lti_tool.services.mail_codes import asks_for_code
from lti_tool.services.mailing import may_be_mailed, queue_mail
from lti_tool.services.mentor_overview import named_mentors
from lti_tool.services.mentor_signing import (
    LONGEST_COMMENT,
    QUICK,
    Circumstances,
    Word,
    decide,
    is_waiting,
    said_hash,
    say_not_mine,
)
from lti_tool.services.visibility import may_leave
from lti_tool.web.device import this_device
from lti_tool.web.guards import current_plugin, find_record_or_404, role_required
from lti_tool.web.i18n import language_now
from lti_tool.web.launch import current_launch
from lti_tool.web.mentor.posted import clean
from lti_tool.web.notices import notify
from lti_tool.web.signing import SigningForm, capacity_field
from lti_tool.web.storage import reading, transaction

bp = Blueprint("handover", __name__, url_prefix="/l/<uuid:launch_id>/handover")

ACTS = {"confirm": Decision.CONFIRMED, "return": Decision.RETURNED, "not-mine": None}


class HandoverForm(SigningForm):
    """What the mentor says on the trainee's phone."""

    mentor = RadioField(
        lazy_gettext("You are"),
        validators=[InputRequired(lazy_gettext("Choose who you are."))],
    )
    capacity = capacity_field(is_required=False)
    comment = TextAreaField(
        lazy_gettext("Comment"),
        validators=[Length(max=LONGEST_COMMENT, message=lazy_gettext("Make this text shorter."))],
        filters=[lambda text: clean(text) if text else ""],
        description=lazy_gettext("To send it back, say why."),
    )
    seen_sha256 = HiddenField()
    said = HiddenField()


def handover_mentors(session: Session, trainee_id: UUID) -> list[Person]:
    """Return the mentors of a trainee who can be handed the phone: a receipt reaches them."""
    named = named_mentors(session, current_launch.course_id, [trainee_id]).get(trainee_id, [])
    return [
        one.person for one in named if not one.is_proposed and may_be_mailed(session, one.person)
    ]


def handover_url(session: Session, record: Record) -> str | None:
    """Return where a trainee hands the phone over for *record*; None where that cannot be.

    An activity that asks mentors for a code wants more than the trainee's own phone proves.
    """
    if current_launch.role is not Role.TRAINEE or not (is_waiting(record) and may_leave(record)):
        return None
    if current_plugin().signing is None or asks_for_code(session, [record.id]):
        return None
    mentors = handover_mentors(session, current_launch.person_id)
    return url_for("handover.show", record_id=record.id) if mentors else None


@bp.get("/<uuid:record_id>")
@role_required(Role.TRAINEE)
def show(record_id: UUID) -> ResponseReturnValue:
    """Show the mentor, on the trainee's device, what is to be decided on."""
    with reading() as session:
        _record, card, mentors = _find(session, record_id)
        form = _form(card, mentors)
        return _page(form, card, mentors)


def _find(session: Session, record_id: UUID) -> tuple[Record, Card, list[Person]]:
    desk = current_plugin().signing
    kind = desk.kind if desk else ""
    record = find_record_or_404(session, record_id, kind=kind)
    if desk is None or handover_url(session, record) is None:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    return record, desk.card(session, record), handover_mentors(session, current_launch.person_id)


def _form(card: Card, mentors: list[Person], **data: Any) -> HandoverForm:
    form = HandoverForm.from_request(
        data={"seen_sha256": card.seen_sha256, "said": said_hash(card.wording), **data}
    )
    form.mentor.choices = [SelectChoice(str(one.id), one.name or one.short_code) for one in mentors]
    return form


def _page(
    form: HandoverForm, card: Card, mentors: list[Person], status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "handover/show.html",
        form=form,
        form_errors=bool(form.errors),
        card=card,
        mentors=mentors,
    )
    return page, status


@bp.post("/<uuid:record_id>")
@role_required(Role.TRAINEE)
def sign(record_id: UUID) -> ResponseReturnValue:
    """Sign in the mentor's name, and mail the mentor what was signed."""
    act = request.form.get("do", "")
    with reading() as session:
        _record, card, mentors = _find(session, record_id)
    form = _form(card, mentors)
    if act not in ACTS:
        form.form_errors.append(_("Nothing was chosen."))
    if not form.validate() or act not in ACTS:
        return _page(form, card, mentors, 422)
    try:
        _act(record_id, ACTS[act], form)
    except InvalidInput as error:
        for name, text in error.fields.items():
            form[name].errors = [str(text)]
        return _page(form, card, mentors, 422)
    notify(_("Saved. Your mentor gets a receipt by mail."))
    return redirect(url_for("pages.home"), code=303)


def _act(record_id: UUID, decision: Decision | None, form: HandoverForm) -> None:
    word = Word(
        record_id=record_id,
        decision=decision or Decision.RETURNED,
        seen_sha256=form.seen_sha256.data or "",
        said=form.said.data or "",
        capacity=form.chosen_capacity,
        comment=form.comment.data or "",
    )
    how = Circumstances(
        method=Method.HANDOVER,
        locale=language_now(),
        link_id=None,
        device_mark=this_device(),
        after=max(QUICK, timedelta()),
    )
    with transaction() as session:
        mentor = session.get_one(Person, UUID(form.mentor.data))
        if decision is None:
            say_not_mine(session, mentor, word)
            return
        signature = decide(session, mentor, word, how)
        queue_mail(session, "receipt", mentor, signature_id=signature.id)
