"""The checklist's forms: one observation, and what a tutor sets."""

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields import Field
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length, Optional

from activities.checklist.content import Checklist, Criterion
from activities.checklist.models import Outcome
from activities.checklist.reading import COMMENT_LIMIT, DAY, OVERALL, comment_field, outcome_field
from activities.checklist.rule import Required
from lti_tool.sdk import SigningForm, TrellisForm, gettext, lazy_gettext, pick_text

OUTCOMES = {
    Outcome.MET: lazy_gettext("Met"),
    Outcome.NOT_YET: lazy_gettext("Not yet"),
    Outcome.NOT_SEEN: lazy_gettext("Not seen"),
}
"""The reader's words for each outcome."""
SIGNING = lazy_gettext("I sign with my name that it is as written here.")
"""What an observer signs."""
TAKING_BACK = lazy_gettext("I take my signature back. This observation does not count any more.")


class ChecklistSettingsForm(TrellisForm):
    """Asks a tutor what has to be met."""

    required = RadioField(
        lazy_gettext("The checklist is complete when"),
        choices=[
            SelectChoice(Required.ALL.value, lazy_gettext("every point is met")),
            SelectChoice(Required.CRITICAL.value, lazy_gettext("every critical point is met")),
        ],
        default=Required.ALL.value,
    )


class TakeBackForm(SigningForm):
    """Asks why an observer takes a signature back."""

    capacity = None
    reason = TextAreaField(
        lazy_gettext("Reason"),
        validators=[
            DataRequired(lazy_gettext("Write the reason.")),
            Length(max=COMMENT_LIMIT, message=lazy_gettext("Make this text shorter.")),
        ],
        filters=[lambda text: text.strip() if text else text],
        description=lazy_gettext("The trainee will see it."),
    )


def observation_form(
    checklist: Checklist, draft: Mapping[str, Any], problems: Mapping[str, str] | None = None
) -> TrellisForm:
    """Return the form with what was typed so far and a message at each unusable value.

    What may be typed is decided in `reading`; the fields only show it.
    """
    fields: dict[str, Field] = {
        DAY: StringField(lazy_gettext("When did you see it?")),
    }
    for criterion in checklist.criteria:
        fields[outcome_field(criterion.id)] = _outcomes(criterion)
        fields[comment_field(criterion.id)] = TextAreaField(lazy_gettext("Comment on this point"))
    fields[OVERALL] = TextAreaField(
        lazy_gettext("Comment on the whole"),
        description=lazy_gettext("What went well, and what is the next step?"),
        validators=[Optional()],
    )
    form = type("ObservationForm", (TrellisForm,), fields)(formdata=MultiDict(_lists(draft)))
    for name, message in (problems or {}).items():
        form[name].errors = [message]
    assert isinstance(form, TrellisForm)  # noqa: S101 - tells the type checker
    return form


def _lists(draft: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: values for name, values in draft.items() if isinstance(values, list)}


def _outcomes(criterion: Criterion) -> Field:
    text = pick_text(criterion.text)
    label = gettext("%(criterion)s (critical)", criterion=text) if criterion.is_critical else text
    return RadioField(
        label,
        choices=[SelectChoice(outcome.value, words) for outcome, words in OUTCOMES.items()],
        default=Outcome.NOT_SEEN.value,
        description=pick_text(criterion.help),
        validate_choice=False,
    )
