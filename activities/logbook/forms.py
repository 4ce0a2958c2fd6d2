"""The forms of a logbook: an entry, a decision on one, and the tutor's settings."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from textwrap import shorten
from typing import Any, cast

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    Field,
    IntegerField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)
from wtforms.widgets import TextInput

from activities.logbook.clauses import is_clause
from activities.logbook.content import TEXT_PREFIX, EntryContent, clean
from activities.logbook.questions import reason_field, visibility_field
from activities.logbook.settings import LogbookSettings
from lti_tool.sdk import (
    CHOICES,
    TEXT_LIMIT,
    Json,
    TrellisForm,
    Visibility,
    lazy_gettext,
    pick_text,
    today,
)
from lti_tool.sdk import gettext as _

MINUTES_OF_A_DAY = 24 * 60
EARLIEST_YEAR = 2000
MOST_ENTRIES = 500
MOST_EARLIER = 50
FIELD_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
HOURS_AND_MINUTES = re.compile(r"([0-9]{1,3}):([0-5][0-9])")
WHOLE_NUMBER = re.compile(r"[0-9]{1,6}")


class MinutesField(IntegerField):
    """A length of time: whole minutes, or hours and minutes such as ``1:30``."""

    widget = TextInput()  # a number box throws away what it does not understand

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed.

        Raises:
            ValueError: It is neither minutes nor hours and minutes.
        """
        typed = clean(valuelist[0]) if valuelist else ""
        self.data = None
        if both := HOURS_AND_MINUTES.fullmatch(typed):
            self.data = int(both[1]) * 60 + int(both[2])
        elif WHOLE_NUMBER.fullmatch(typed):
            self.data = int(typed)
        elif typed:
            raise ValueError(
                _("Type the time in minutes, such as 45, or in hours and minutes, such as 1:30.")
            )


class EntryForm(TrellisForm):
    """The day and the time of an entry; `entry_form` adds the texts of the template."""

    practised_on = DateField(
        lazy_gettext("Date"),
        format=["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"],
        validators=[InputRequired(lazy_gettext("Choose the day this happened."))],
    )
    duration_minutes = MinutesField(
        lazy_gettext("Time spent"),
        validators=[InputRequired(lazy_gettext("Type how many minutes it took."))],
        description=lazy_gettext("Minutes, such as 45, or hours and minutes, such as 1:30"),
    )
    max_minutes = MINUTES_OF_A_DAY
    earlier: Mapping[str, str] = {}
    """Answers, by id, to questions that this version of the form does not ask any more."""

    def validate_practised_on(self, field: DateField) -> None:
        """Take only days that were, and that can be meant.

        Raises:
            ValidationError: Not a day, a day to come, or one of the last century.
        """
        if field.data is None:
            field.errors = []
            raise ValidationError(_("Type the date as day, month and year, such as 21.11.2026."))
        if field.data > today():
            raise ValidationError(_("The day cannot be in the future."))
        if field.data.year < EARLIEST_YEAR:
            raise ValidationError(_("Check the year."))

    def validate_duration_minutes(self, field: MinutesField) -> None:
        """Keep the time within what the template allows, a day if it says nothing.

        Raises:
            ValidationError: No time at all, or too much.
        """
        if field.data is None and not field.process_errors:  # white space alone
            raise ValidationError(_("Type how many minutes it took."))
        if field.data is not None and not 1 <= field.data <= self.max_minutes:
            hours = self.max_minutes // 60
            raise ValidationError(
                _("Type a time between 1 minute and %(hours)s hours.", hours=hours)
            )

    def texts(self) -> list[Field]:
        """Return the fields of the template's texts, in its order."""
        return [field for field in self if field.name.startswith(TEXT_PREFIX)]

    @property
    def amending_reason(self) -> str:
        """Why it is changed after it was signed; empty where that was not asked."""
        return (self["reason"].data or "") if "reason" in self else ""

    @property
    def chosen_visibility(self) -> Visibility | None:
        """Who may see it, or None where that was not asked, or not answered."""
        given = self["visibility"].data if "visibility" in self else None
        return Visibility(given) if given in [choice.value for choice in CHOICES] else None

    def content(self) -> EntryContent:
        """Return what was typed; call it after `validate` said yes."""
        assert self.practised_on.data is not None  # noqa: S101 - validated
        assert self.duration_minutes.data is not None  # noqa: S101 - validated
        return EntryContent(
            practised_on=self.practised_on.data,
            duration_minutes=self.duration_minutes.data,
            texts={
                **{
                    field.name.removeprefix(TEXT_PREFIX): field.data or "" for field in self.texts()
                },
                **self.earlier,
            },
        )


def entry_form(
    template: Json,
    typed: dict[str, list[str]] | None = None,
    *,
    is_new: bool = False,
    is_amending: bool = False,
) -> EntryForm:
    """Return the form of a template, filled from what was posted or else from *typed*.

    *typed* are form values as they were typed, right or wrong, such as a draft's. A new entry
    is asked for who may see it, one that was signed for why it is changed.
    """
    more: dict[str, Any] = {"visibility": visibility_field()} if is_new else {}
    if is_amending:
        more["reason"] = reason_field(lazy_gettext("Why do you change it?"))
    texts = {TEXT_PREFIX + field["id"]: _text_field(field) for field in template["fields"]}
    limit = {"max_minutes": template.get("max_minutes", MINUTES_OF_A_DAY)}
    made = cast("type[EntryForm]", type("TemplateEntryForm", (EntryForm,), texts | limit | more))
    values: Any = request.form if request.method == "POST" else MultiDict(typed or {})
    form = made(formdata=values)
    form.earlier = dict(islice(_earlier(values, set(texts)), MOST_EARLIER))
    return form


def _earlier(values: MultiDict[str, str], asked: set[str]) -> Iterator[tuple[str, str]]:
    """What was answered before the tutor changed the form: it stays with the entry."""
    for name, typed in values.items():
        id = name.removeprefix(TEXT_PREFIX)
        if name not in asked and id != name and FIELD_ID.fullmatch(id) and clean(typed):
            yield id, clean(typed)[:TEXT_LIMIT]


BEGINNING = 36
"""Characters of a clause that tell which one a message is about."""


class ClauseField(BooleanField):
    """A clause to tick; its data are the words that were agreed to, or nothing."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the words of the page for a tick."""
        is_ticked = bool(valuelist) and valuelist[0] not in self.false_values
        self.data = self.label.text if is_ticked else ""


def _text_field(field: Json) -> Field:
    label = pick_text(field["label"])
    if is_clause(field):
        which = shorten(label, BEGINNING, placeholder="…")
        missing = _("Tick this when you agree: %(clause)s", clause=which)
        return ClauseField(
            label,
            validators=[DataRequired(missing)] * bool(field.get("required")),
            description=pick_text(field.get("hint")),
        )
    too_long = lazy_gettext("Make this text shorter.")
    checks: list[Any] = [Length(max=TEXT_LIMIT, message=too_long)]
    if field.get("required"):
        missing = _("Write something here: %(question)s", question=label)
        checks.insert(0, DataRequired(missing))
    else:
        checks.insert(0, Optional())
    return TextAreaField(
        label,
        validators=checks,
        filters=[lambda text: clean(text) if text else text],
        description=pick_text(field.get("hint")),
        render_kw={"rows": field.get("rows", 4)},
    )


class LogbookSettingsForm(TrellisForm):
    """What a tutor decides when placing a logbook in a course."""

    required_entries = IntegerField(
        lazy_gettext("Number of entries needed"),
        default=LogbookSettings.required_entries,
        validators=[
            InputRequired(lazy_gettext("Type a number.")),
            NumberRange(
                min=1, max=MOST_ENTRIES, message=lazy_gettext("Type a number from 1 to 500.")
            ),
        ],
    )
    mentor_confirms = BooleanField(
        lazy_gettext("The mentor must confirm an entry before it counts"),
        default=LogbookSettings.mentor_confirms,
    )
