"""Pages for notes about a trainee, and for welfare matters: readers and the referral log."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import DateField, HiddenField, RadioField, SelectField, TextAreaField
from wtforms import StringField as TextField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from lti_tool.domain.courses import ResourceLink
from lti_tool.domain.errors import NotFound
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Record, RecordState, Visibility
from lti_tool.domain.roles import Role
from lti_tool.services.notes import (
    KIND,
    WRITERS,
    make_welfare,
    name_reader,
    notes_about,
    possible_readers,
    readers_of,
    refer,
    referrals_of,
    write_note,
)
from lti_tool.services.revisions import latest_revision
from lti_tool.services.visibility import visible_here
from lti_tool.web.forms import TEXT_LIMIT, TrellisForm
from lti_tool.web.guards import (
    current_person,
    find_attempt_or_404,
    find_trainee_or_404,
    role_required,
)
from lti_tool.web.i18n import today
from lti_tool.web.launch import current_launch
from lti_tool.web.notices import notify
from lti_tool.web.readings import note_reading
from lti_tool.web.storage import reading, transaction

bp = Blueprint("notes", __name__, url_prefix="/l/<uuid:launch_id>")
STAFF = (Role.MENTOR, Role.TUTOR, Role.ASSESSOR)
CLASSES = {
    Visibility.MENTOR_PRIVATE: lazy_gettext("A note for me alone"),
    Visibility.WELFARE: lazy_gettext("A welfare note: only people I name can read it"),
}


def _text(label: str, limit: int = 10_000) -> list[Any]:
    return [
        DataRequired(label),
        Length(max=limit, message=lazy_gettext("Make this text shorter.")),
    ]


class NoteForm(TrellisForm):
    """Asks for a note and who may read it."""

    record_id = HiddenField(default=lambda: str(uuid4()))
    text = TextAreaField(
        lazy_gettext("Note"), validators=_text(lazy_gettext("Write the note."), TEXT_LIMIT)
    )
    visibility = RadioField(
        lazy_gettext("Who can read it?"),
        validators=[InputRequired(lazy_gettext("Choose who can read it."))],
    )


class WelfareForm(TrellisForm):
    """Asks a tutor why they are entitled to know."""

    why = TextAreaField(
        lazy_gettext("Why are you entitled to know?"),
        validators=_text(lazy_gettext("Write the reason.")),
    )


class ReaderForm(TrellisForm):
    """Asks who else may read a welfare record."""

    person = SelectField(lazy_gettext("Who else may read it?"))
    why = TextAreaField(
        lazy_gettext("Why is this person entitled to know?"),
        validators=_text(lazy_gettext("Write the reason.")),
    )


class ReferralForm(TrellisForm):
    """Asks who was told of a welfare matter."""

    told = TextField(
        lazy_gettext("Who was told? Name and office."),
        validators=_text(lazy_gettext("Write who was told."), 500),
    )
    told_on = DateField(
        lazy_gettext("When?"),
        default=lambda: today(),
        validators=[InputRequired(lazy_gettext("Choose the day."))],
    )
    why = TextAreaField(
        lazy_gettext("Why is this person entitled to know?"),
        validators=_text(lazy_gettext("Write the reason.")),
    )

    def validate_told_on(self, field: DateField) -> None:
        """Refuse a day to come.

        Raises:
            ValidationError: The day is in the future, or long ago.
        """
        if field.data is None or not date(2000, 1, 1) <= field.data <= today():
            raise ValidationError(_("The day cannot lie in the future, nor before 2000."))


def _note_form() -> NoteForm:
    """The form, with the classes that this reader's role writes."""
    form = NoteForm.from_request()
    form.visibility.choices = [
        SelectChoice(one.value, words)
        for one, words in CLASSES.items()
        if current_launch.role in WRITERS[one]
    ]
    return form


@bp.route("/trainees/<uuid:person_id>/notes", methods=["GET", "POST"])
@role_required(*STAFF)
def about(person_id: UUID) -> ResponseReturnValue:
    """Show the reader's notes about a trainee, and keep a new one."""
    with reading() as session:
        person = find_trainee_or_404(session, person_id)
        form = _note_form()
        if request.method != "POST" or not form.validate():
            notes = notes_about(session, current_launch.course_id, person_id)
            for note in notes:
                note_reading(note.record)
            values = {"person": person, "notes": notes, "form": form, "form_errors": form.errors}
            return render_template("notes/about.html", **values), 422 if form.errors else 200
    with transaction() as session:
        write_note(
            session,
            find_attempt_or_404(session, person_id),
            form.text.data or "",
            id=_id_of(form),
            author=current_person(session),
            role=current_launch.role,
            visibility=Visibility(form.visibility.data),
        )
    notify(_("Note kept."))
    return redirect(url_for(".about", person_id=person_id), code=303)


def _id_of(form: NoteForm) -> UUID:
    try:
        return UUID(form.record_id.data or "")
    except ValueError:
        return uuid4()


@bp.get("/notes/<uuid:record_id>")
@role_required(*STAFF)
def show(record_id: UUID) -> ResponseReturnValue:
    """Show a note or welfare record: its text, who may read it, who was told."""
    with reading() as session:
        record, person = _find(session, record_id)
        return render_template("notes/show.html", **_context(session, record, person))


@bp.post("/notes/<uuid:record_id>/readers")
@role_required(*STAFF)
def add_reader(record_id: UUID) -> ResponseReturnValue:
    """Let one more person read a welfare record."""
    with transaction() as session:
        record, person = _find(session, record_id)
        form = _reader_form(session, person)
        if not form.validate():
            context = _context(session, record, person, reader_form=form)
            return render_template("notes/show.html", **context), 422
        reader = session.get_one(Person, UUID(form.person.data))
        name_reader(session, record, reader, form.why.data or "", by=current_person(session))
    notify(_("Named one more reader."))
    return redirect(url_for(".show", record_id=record_id), code=303)


@bp.post("/notes/<uuid:record_id>/referrals")
@role_required(*STAFF)
def add_referral(record_id: UUID) -> ResponseReturnValue:
    """Keep who was told of a welfare matter, when and why."""
    form = ReferralForm.from_request()
    with transaction() as session:
        record, person = _find(session, record_id)
        if not form.validate() or form.told_on.data is None:
            context = _context(session, record, person, referral_form=form)
            return render_template("notes/show.html", **context), 422
        refer(
            session,
            record,
            told=form.told.data or "",
            why=form.why.data or "",
            told_on=form.told_on.data,
            by=current_person(session),
        )
    notify(_("Kept in the referral log."))
    return redirect(url_for(".show", record_id=record_id), code=303)


@bp.route("/records/<uuid:record_id>/welfare", methods=["GET", "POST"])
@role_required(Role.TUTOR, Role.ASSESSOR)
def reclassify(record_id: UUID) -> ResponseReturnValue:
    """Make a record a welfare record: it vanishes at once for everybody who is not named."""
    form = WelfareForm.from_request()
    with transaction() as session:
        record, person = _find(session, record_id)
        if request.method != "POST" or not form.validate():
            values = {"record": record, "person": person, "form": form, "form_errors": form.errors}
            return render_template("notes/reclassify.html", **values), 422 if form.errors else 200
        make_welfare(
            session,
            record,
            by=current_person(session),
            role=current_launch.role,
            why=form.why.data or "",
        )
    notify(_("Only the people who are named here can see it now."))
    return redirect(url_for(".show", record_id=record_id), code=303)


def _find(session: Session, record_id: UUID) -> tuple[Record, Person]:
    """Return a record of this course that the reader may see, and whom it is about."""
    row = session.execute(
        select(Record, Person)
        .join(Attempt, Attempt.id == Record.attempt_id)
        .join(ResourceLink, ResourceLink.id == Attempt.resource_link_id)
        .join(Person, Person.id == Attempt.person_id)
        .where(Record.id == record_id, ResourceLink.course_id == current_launch.course_id)
        .where(visible_here(session), Record.state != RecordState.DRAFT)
    ).one_or_none()
    if row is None:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    record, person = row
    find_trainee_or_404(session, person.id)
    note_reading(record)
    return record, person


def _reader_form(session: Session, trainee: Person) -> ReaderForm:
    form = ReaderForm.from_request(prefix="reader")
    people = possible_readers(session, current_launch.course_id, trainee.id)
    form.person.choices = [(str(one.id), one.name or one.short_code) for one in people]
    return form


def _context(
    session: Session,
    record: Record,
    person: Person,
    *,
    reader_form: ReaderForm | None = None,
    referral_form: ReferralForm | None = None,
) -> dict[str, Any]:
    revision = latest_revision(session, record)
    wrong = reader_form or referral_form
    return {
        "record": record,
        "person": person,
        "author": session.get_one(Person, record.author_id),
        "text": revision.content.get("text") if revision and record.kind == KIND else None,
        "readers": readers_of(session, record),
        "referrals": referrals_of(session, record),
        "reader_form": reader_form or _plain_reader_form(session, person),
        "referral_form": referral_form or ReferralForm(),
        "wrong": wrong,
        "form_errors": wrong.errors if wrong else {},
    }


def _plain_reader_form(session: Session, trainee: Person) -> ReaderForm:
    form = ReaderForm(prefix="reader")
    people = possible_readers(session, current_launch.course_id, trainee.id)
    form.person.choices = [(str(one.id), one.name or one.short_code) for one in people]
    return form
