"""The quiz's forms: the answers of a trainee, and what a tutor sets."""

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields import Field
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, NumberRange, Optional

from activities.quiz.answers import field_name
from activities.quiz.content import Kind, Question, Quiz
from activities.quiz.rules import Method
from lti_tool.sdk import Json, TrellisForm, gettext, lazy_gettext, pick_text

MOST_TRIES = 100


class QuizSettingsForm(TrellisForm):
    """Asks a tutor how often the quiz may be tried, which try counts and what is shown."""

    max_tries = IntegerField(
        lazy_gettext("How many tries"),
        description=lazy_gettext("0 means as often as they like."),
        default=0,
        validators=[
            InputRequired(lazy_gettext("Type a whole number.")),
            NumberRange(0, MOST_TRIES, lazy_gettext("Type a whole number from 0 to 100.")),
        ],
    )
    method = RadioField(
        lazy_gettext("Which try counts"),
        choices=[
            SelectChoice(Method.HIGHEST.value, lazy_gettext("The best try")),
            SelectChoice(Method.LATEST.value, lazy_gettext("The latest try")),
        ],
        default=Method.HIGHEST.value,
    )
    shows_feedback = BooleanField(
        lazy_gettext("Show what was right, with feedback, after a try"), default=True
    )
    pass_percent = IntegerField(
        lazy_gettext("Pass mark in percent"),
        description=lazy_gettext("Leave it empty if nobody passes or fails this quiz."),
        validators=[
            Optional(),
            NumberRange(1, 100, lazy_gettext("Type a whole number from 1 to 100.")),
        ],
    )


def answer_form(
    quiz: Quiz, draft: Mapping[str, Any] | None, problems: Mapping[str, str] | None = None
) -> TrellisForm:
    """Return the form with what was typed so far and a message at each unusable answer.

    What an answer may be is decided in `answers`; the fields only show it.
    """
    fields = {
        field_name(question): _field(question, number)
        for number, question in enumerate(quiz.questions, start=1)
    }
    form = type("AnswerForm", (TrellisForm,), fields)(formdata=MultiDict(_lists(draft)))
    for id, message in (problems or {}).items():
        form[f"q-{id}"].errors = [message]
    assert isinstance(form, TrellisForm)  # noqa: S101 - tells the type checker
    return form


def _lists(draft: Mapping[str, Any] | None) -> Json:
    return {name: values for name, values in (draft or {}).items() if isinstance(values, list)}


def _field(question: Question, number: int) -> Field:
    label = gettext("%(number)s. %(question)s", number=number, question=pick_text(question.text))
    if question.kind is Kind.MULTIPLE:
        hint = gettext("Choose all that fit.")
        return SelectMultipleField(
            label, choices=_choices(question), description=hint, validate_choice=False
        )
    if question.kind in (Kind.SINGLE, Kind.RATING):
        return RadioField(label, choices=_choices(question), validate_choice=False)
    return StringField(label)


def _choices(question: Question) -> list[SelectChoice]:
    if question.kind is Kind.RATING:
        return [SelectChoice(str(p.value), point_label(p.value, p.text)) for p in question.scale]
    return [SelectChoice(option.id, pick_text(option.text)) for option in question.options]


def point_label(value: int, text: object) -> str:
    """Return a point of a scale for reading: its number and its words."""
    return str(gettext("%(number)s – %(words)s", number=value, words=pick_text(text)))
