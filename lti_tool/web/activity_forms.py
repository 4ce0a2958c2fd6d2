"""The questions that make an activity: kind and template, name, grade, the kind's settings.

Asked on the set-up page of a launch and, several times over, on the page where content is
selected for a course (`lti_tool.lti.deep_linking`). The macros in
``chooser/_activity_fields.html`` show them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import new_class
from typing import Any, TypeVar, cast

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import Field, Form, FormField, HiddenField, IntegerField, RadioField, SelectField
from wtforms import StringField as TextField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import AnyOf, Length, StopValidation, ValidationError

from lti_tool.domain.base import Json
from lti_tool.domain.courses import ActivitySetup
from lti_tool.plugins import ActivityPlugin, GalleryTemplate
from lti_tool.services.mail_codes import PROOF
from lti_tool.services.setups import TITLE_LENGTH
from lti_tool.web.forms import TrellisForm

F = TypeVar("F", bound="SetupForm")

GRADE_LIMIT = 100
"""Highest maximum of a column: Moodle's default ``gradepointmax``."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One template of one kind of activity."""

    plugin: ActivityPlugin
    template: GalleryTemplate

    @property
    def value(self) -> str:
        """How a form says it, such as ``logbook:placement``."""
        return f"{self.plugin.key}:{self.template.key}"


def gallery_choices(plugins: Iterable[ActivityPlugin]) -> dict[str, Choice]:
    """Return every template of every installed activity, by the value that forms use."""
    offered = [Choice(plugin=p, template=t) for p in plugins for t in p.gallery()]
    return {choice.value: choice for choice in offered}


def one_line(text: str | None) -> str:
    """Return *text* with single spaces, and without NUL, which PostgreSQL refuses."""
    return " ".join((text or "").replace("\0", "").split())


def _whole_number_if_graded(form: Form, field: Field) -> None:
    """Check the maximum where there is a grade; left empty, it is the usual one."""
    typed = any(text.strip() for text in field.raw_data or [])
    if form["graded"].data == "no" or not typed:
        field.errors = []
        raise StopValidation
    if field.data is None or not 1 <= field.data <= GRADE_LIMIT:
        field.errors = []
        raise StopValidation(_("Type a whole number from 1 to 100."))


class SettingsField(FormField):  # type: ignore[type-arg]
    """The questions of one kind of activity, as a part of a form."""

    is_asked = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make it; macros treat it as the FormField that it is."""
        super().__init__(*args, **kwargs)
        self.type = "FormField"

    def use_usual(self) -> None:
        """Take the kind's usual answers: the page did not ask these questions."""
        self.is_asked = False
        self.process(None)

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        """Check the answers, if there was a question."""
        return not self.is_asked or bool(super().validate(form, extra_validators))


class SetupForm(TrellisForm):
    """Name, grade and settings of an activity whose kind is known."""

    title = TextField(
        lazy_gettext("Name of the activity"),
        filters=[one_line],
        validators=[Length(max=TITLE_LENGTH, message=lazy_gettext("Use at most 255 characters."))],
        description=lazy_gettext("Your trainees see it. Left empty, it is called like the form."),
    )
    graded = RadioField(
        lazy_gettext("Grade"),
        choices=[
            SelectChoice("yes", lazy_gettext("Give a grade and send it to the course's gradebook")),
            SelectChoice("no", lazy_gettext("No grade")),
        ],
        default="yes",
        validate_choice=False,
        validators=[AnyOf(["yes", "no"], message=lazy_gettext("Choose one of the answers."))],
    )
    maximum = IntegerField(
        lazy_gettext("Highest grade"),
        description=lazy_gettext("A whole number from 1 to 100."),
        default=GRADE_LIMIT,
        validators=[_whole_number_if_graded],
    )

    def chosen_settings(self, plugin: ActivityPlugin) -> Json:
        """Return what was answered about the kind, or its usual settings if nothing was asked."""
        asked = self["settings"] if "settings" in self else plugin.settings_form()
        return cast(Json, asked.data)

    def grade_maximum(self, plugin: ActivityPlugin) -> Decimal | None:
        """Return the maximum, or None for no grade."""
        if self.graded.data == "no":
            return None
        usual = plugin.default_maximum or Decimal(GRADE_LIMIT)
        return Decimal(self.maximum.data) if self.maximum.data is not None else usual


class ProvedSetupForm(SetupForm):
    """The same, for a kind whose records are signed by mentors who come by mail."""

    mentor_proof = RadioField(
        lazy_gettext("Mentors without an account sign"),
        choices=[
            SelectChoice("link", lazy_gettext("With the personal link in their mail")),
            SelectChoice("code", lazy_gettext("With the link, and a code that we mail them then")),
        ],
        default="link",
        validate_choice=False,
        validators=[AnyOf(["link", "code"], message=lazy_gettext("Choose one of the answers."))],
    )


class ActivityForm(SetupForm):
    """Everything about a new activity, its kind and template first."""

    choice = SelectField(lazy_gettext("Kind of activity"), validate_choice=False, validators=[])
    settings_of = HiddenField()
    """Key of the kind whose settings were on the page; others get their usual ones."""

    offered: Mapping[str, Choice] = {}

    def validate_choice(self, field: SelectField) -> None:
        """Accept only what the installed activities offer.

        Raises:
            ValidationError: Nothing was chosen, or it is not in the list.
        """
        if field.data not in self.offered:
            raise ValidationError(_("Choose a kind of activity from the list."))

    @property
    def chosen(self) -> Choice | None:
        """What was chosen so far."""
        return self.offered.get(self.choice.data or "")

    def ask_for_choice(self) -> None:
        """Say that the kind comes first, if it was left open."""
        if self.chosen is None:
            self.choice.errors = [_("Choose a kind of activity from the list.")]

    def fit_to(self, chosen: Choice) -> None:
        """Take the usual settings, and name, where the page asked for another kind's."""
        if self.settings_of.data != chosen.plugin.key:
            cast(SettingsField, self["settings"]).use_usual()
            if self.title.data in {str(choice.template.title) for choice in self.offered.values()}:
                self.title.data = str(chosen.template.title)
        self.settings_of.data = chosen.plugin.key

    def to_setup_values(self) -> dict[str, Any]:
        """Return the keyword arguments for `create_setup`; the form has been validated."""
        choice = self.offered[self.choice.data]
        return {
            "kind": choice.plugin.key,
            "title": self.title.data or str(choice.template.title),
            "template_key": choice.template.key,
            "settings": self.chosen_settings(choice.plugin),
            "grade_maximum": self.grade_maximum(choice.plugin),
        }


def activity_form(
    plugins: Iterable[ActivityPlugin], prefix: str = "", *, posted: bool | None = None
) -> ActivityForm:
    """Return the form for one new activity, filled with what was posted under *prefix*.

    The rest is asked once the kind is known: chosen in the posted page, or by ``?choice=``.
    *posted* says whether this request brings answers; by default every POST does.
    """
    is_posted = request.method == "POST" if posted is None else posted
    offered = gallery_choices(plugins)
    name = f"{prefix}choice" if prefix[-1:] in ("", "-") else f"{prefix}-choice"
    chosen = offered.get((request.form if is_posted else request.args).get(name, ""))
    form_class = _with_settings(ActivityForm, chosen.plugin) if chosen else ActivityForm
    form = form_class(
        request.form if is_posted else None,
        prefix=prefix,
        data=_usual_values(chosen) if chosen else None,
    )
    form.offered = offered
    form.choice.choices = _options(offered.values())
    if chosen:
        form.fit_to(chosen)
    return form


def setup_form(plugin: ActivityPlugin, setup: ActivitySetup, *, is_graded: bool) -> SetupForm:
    """Return the form that changes an existing activity.

    While somebody *is_graded* the questions about the grade are left out.
    """
    values = {
        "title": setup.title,
        "graded": "no" if setup.grade_maximum is None else "yes",
        "maximum": None if setup.grade_maximum is None else int(setup.grade_maximum),
        "settings": setup.settings,
        "mentor_proof": setup.settings.get(PROOF, "link"),
    }
    asked = ProvedSetupForm if plugin.signing or plugin.mentors_begin else SetupForm
    form = _with_settings(asked, plugin).from_request(data=values)
    if is_graded:
        del form.graded, form.maximum
    return form


def _with_settings(form_class: type[F], plugin: ActivityPlugin) -> type[F]:
    """Return *form_class* with the kind's own questions at its end."""
    parts = {"settings": SettingsField(plugin.settings_form, label=str(plugin.title))}
    made = new_class(form_class.__name__, (form_class,), exec_body=lambda body: body.update(parts))
    return cast(type[F], made)


def _usual_values(choice: Choice) -> dict[str, Any]:
    usual = choice.plugin.default_maximum
    return {
        "choice": choice.value,
        "title": str(choice.template.title),
        "graded": "yes" if usual is not None else "no",
        "maximum": int(usual) if usual is not None else GRADE_LIMIT,
    }


def _options(offered: Iterable[Choice]) -> list[SelectChoice]:
    templates = [
        SelectChoice(choice.value, str(choice.template.title), optgroup=str(choice.plugin.title))
        for choice in offered
    ]
    return [SelectChoice("", _("Choose from the list")), *templates]
