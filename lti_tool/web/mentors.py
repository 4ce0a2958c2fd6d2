"""Mentors without an account, seen from the course: named, approved, reached at another address."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import EmailField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, Optional

from config.settings import LANGUAGES
from lti_tool.domain.addresses import LONGEST
from lti_tool.domain.errors import InvalidInput, NotFound
from lti_tool.domain.people import Person, RelationState
from lti_tool.domain.roles import Role
from lti_tool.services.contacts import MentorDetails, change_address
from lti_tool.services.mailing import plan_digest, queue_mail, silence_of
from lti_tool.services.members import find_member
from lti_tool.services.mentor_overview import (
    NamedMentor,
    find_named,
    flagged_signatures,
    named_mentors,
)
from lti_tool.services.naming import (
    NAME_LENGTH,
    approve_relation,
    decline_relation,
    is_introduced,
    is_known_here,
    name_mentor,
)
from lti_tool.services.people import mentors_of
from lti_tool.web.forms import TrellisForm
from lti_tool.web.guards import current_person, role_required
from lti_tool.web.i18n import OWN_NAMES, language_now
from lti_tool.web.launch import current_launch
from lti_tool.web.notices import notify
from lti_tool.web.storage import reading, transaction

bp = Blueprint("mentors", __name__, url_prefix="/l/<uuid:launch_id>/mentors")


class NameMentorForm(TrellisForm):
    """Who is to be asked, and where."""

    name = StringField(
        lazy_gettext("Name of the mentor"),
        validators=[
            InputRequired(lazy_gettext("Type the mentor's name.")),
            Length(max=NAME_LENGTH),
        ],
    )
    email = EmailField(
        lazy_gettext("E-mail address at work"),
        validators=[
            InputRequired(lazy_gettext("Type the mentor's e-mail address.")),
            Length(max=LONGEST),
        ],
    )
    language = SelectField(
        lazy_gettext("Language of the mentor"),
        choices=[SelectChoice(code, OWN_NAMES[code]) for code in LANGUAGES],
    )
    organisation = StringField(
        lazy_gettext("Workplace"), validators=[Optional(), Length(max=NAME_LENGTH)]
    )

    def details(self) -> MentorDetails:
        """Return what was typed."""
        return MentorDetails(
            name=(self.name.data or "").strip(),
            email=(self.email.data or "").strip(),
            locale=self.language.data or "en",
            organisation=(self.organisation.data or "").strip(),
        )


class AddressForm(TrellisForm):
    """Where a mentor is reached from now on."""

    email = EmailField(
        lazy_gettext("New e-mail address"),
        validators=[InputRequired(lazy_gettext("Type the mentor's e-mail address."))],
    )


@bp.get("/of/<uuid:person_id>")
@role_required(Role.TUTOR)
def ask(person_id: UUID) -> ResponseReturnValue:
    """Ask a tutor who mentors a trainee from outside the course."""
    with reading() as session:
        trainee = _find_mentee_or_404(session, person_id)
    return _form_page(NameMentorForm(language=language_now()), trainee)


@bp.post("/of/<uuid:person_id>")
@role_required(Role.TUTOR)
def name(person_id: UUID) -> ResponseReturnValue:
    """Name the mentor of a trainee; the mail to them leaves at once."""
    with reading() as session:
        trainee = _find_mentee_or_404(session, person_id)
    return _name(trainee, url_for("people.index", _anchor=f"p-{person_id}"), is_tutor=True)


def _find_mentee_or_404(session: Session, person_id: UUID) -> Person:
    """A trainee of this course, or somebody on its list of learners who was not here yet."""
    member = find_member(session, current_launch.course_id, person_id)
    if not member.may_be_mentored:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    return member.person


@bp.get("/mine")
@role_required(Role.TRAINEE)
def ask_me() -> ResponseReturnValue:
    """Ask a trainee who confirms their work; say who was named already."""
    with reading() as session:
        me = current_person(session)
        return _form_page(NameMentorForm(language=language_now()), me)


@bp.post("/mine")
@role_required(Role.TRAINEE)
def name_mine() -> ResponseReturnValue:
    """Name the own mentor; some addresses wait for a tutor."""
    with reading() as session:
        me = current_person(session)
    return _name(me, url_for("mentors.ask_me"), is_tutor=False)


def _name(trainee: Person, next_url: str, *, is_tutor: bool) -> ResponseReturnValue:
    form = NameMentorForm.from_request()
    if not form.validate():
        return _form_page(form, trainee, 422)
    try:
        with transaction() as session:
            relation = name_mentor(
                session,
                current_launch.course_id,
                trainee_id=trainee.id,
                details=form.details(),
                by=current_person(session),
                is_tutor=is_tutor,
            )
            knows_us = is_introduced(session, relation)
            if relation.state is RelationState.ACTIVE:
                _write_to(session, relation.person_id, relation.id, knows_us=knows_us)
    except InvalidInput as error:
        _show_on(form, error)
        return _form_page(form, trainee, 422)
    if relation.state is RelationState.ACTIVE and knows_us:
        notify(
            _(
                "Saved. %(name)s has had a mail from us this week, and gets the next when something"
                " waits.",
                name=form.details().name,
            )
        )
    elif relation.state is RelationState.ACTIVE:
        notify(_("Saved. We write to %(name)s.", name=form.details().name))
    else:
        notify(_("Saved. Your tutor has to agree before we write to this address."), "info")
    return redirect(next_url, code=303)


def _write_to(
    session: Session, person_id: UUID, relation_id: UUID, *, knows_us: bool = False
) -> None:
    if not knows_us:
        queue_mail(session, "named", session.get_one(Person, person_id), relation_id=relation_id)
    plan_digest(session, person_id)


def _show_on(form: TrellisForm, error: InvalidInput) -> None:
    """Put what a service said of a value below its field."""
    for name, text in (error.fields or {"email": error.message}).items():
        if name in form:
            form[name].errors = [str(text)]


def _form_page(form: NameMentorForm, trainee: Person, status: int = 200) -> ResponseReturnValue:
    course_id = current_launch.course_id
    with reading() as session:
        named = named_mentors(session, course_id, [trainee.id]).get(trainee.id, [])
        page = render_template(
            "mentors/name.html",
            form=form,
            form_errors=bool(form.errors),
            trainee=trainee,
            is_me=trainee.id == current_launch.person_id,
            named=named,
            mentors=mentors_of(session, course_id, trainee.id),
        )
    return page, status


@bp.get("/<uuid:relation_id>")
@role_required(Role.TUTOR)
def show(relation_id: UUID) -> ResponseReturnValue:
    """Show a tutor how a mentor without an account is reached, and what to look at."""
    return _show(relation_id, AddressForm())


def _show(relation_id: UUID, form: AddressForm, status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        named = find_named(session, current_launch.course_id, relation_id)
        page = render_template(
            "mentors/show.html",
            named=named,
            form=form,
            form_errors=bool(form.errors),
            silence=silence_of(session, named.contact),
            is_known=is_known_here(session, current_launch.course_id, named.contact),
            flagged=flagged_signatures(session, named),
        )
    return page, status


@bp.post("/<uuid:relation_id>/approve")
@role_required(Role.TUTOR)
def approve(relation_id: UUID) -> ResponseReturnValue:
    """Agree to a mentor whom somebody proposed; we write to them then."""
    with transaction() as session:
        contact = approve_relation(
            session, current_launch.course_id, relation_id, by=current_person(session)
        )
        _write_to(session, contact.person_id, relation_id)
    notify(_("Saved. We write to the mentor now."))
    return redirect(url_for("people.index"), code=303)


@bp.post("/<uuid:relation_id>/decline")
@role_required(Role.TUTOR)
def decline(relation_id: UUID) -> ResponseReturnValue:
    """Turn a proposed mentor down; nothing is sent."""
    with transaction() as session:
        by = current_person(session)
        decline_relation(session, current_launch.course_id, relation_id, by=by)
    notify(_("Saved. Nothing was sent to this address."))
    return redirect(url_for("people.index"), code=303)


@bp.post("/<uuid:relation_id>/address")
@role_required(Role.TUTOR)
def set_address(relation_id: UUID) -> ResponseReturnValue:
    """Reach a mentor at another address; all links sent so far end."""
    form = AddressForm.from_request()
    if not form.validate():
        return _show(relation_id, form, 422)
    try:
        with transaction() as session:
            named = _named_here(session, relation_id)
            change_address(
                session, named.contact, form.email.data or "", by=current_person(session)
            )
            _write_to(session, named.person.id, relation_id)
    except InvalidInput as error:
        _show_on(form, error)
        return _show(relation_id, form, 422)
    notify(_("Saved. Links that were sent before no longer open. We write to the new address."))
    return redirect(url_for(".show", relation_id=relation_id), code=303)


@bp.post("/<uuid:relation_id>/send")
@role_required(Role.TUTOR)
def send_again(relation_id: UUID) -> ResponseReturnValue:
    """Mail the mentor a new link now."""
    with transaction() as session:
        named = _named_here(session, relation_id)
        is_sent = queue_mail(session, "link", named.person) is not None
    if is_sent:
        notify(_("We mail a new link now."))
    else:
        notify(_("No mail can be sent to this mentor. The reason stands below."), "warning")
    return redirect(url_for(".show", relation_id=relation_id), code=303)


def _named_here(session: Session, relation_id: UUID) -> NamedMentor:
    return find_named(session, current_launch.course_id, relation_id)
