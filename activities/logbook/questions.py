"""Questions that several forms of a logbook ask."""

from typing import Any

from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length, Optional

from activities.logbook.content import clean
from lti_tool.sdk import CHOICES, Visibility, lazy_gettext

COMMENT_LIMIT = 10_000
WHO_SEES = {
    Visibility.SHARED: lazy_gettext("My mentor and my tutor"),
    Visibility.LEARNER_TUTOR: lazy_gettext("Only my tutor"),
    Visibility.LEARNER_PRIVATE: lazy_gettext(
        "Only me. Nobody decides on it, and it does not count."
    ),
}
"""Who sees an entry, as its author says it."""


def reason_field(label: str, hint: str = "") -> TextAreaField:
    """Return the question why, which has to be answered."""
    checks: list[Any] = [
        DataRequired(lazy_gettext("Write the reason.")),
        Length(max=COMMENT_LIMIT, message=lazy_gettext("Make this text shorter.")),
    ]
    return TextAreaField(
        label,
        validators=checks,
        filters=[lambda text: clean(text) if text else text],
        description=hint,
    )


def visibility_field() -> RadioField:
    """Return the question who may see an entry."""
    return RadioField(
        lazy_gettext("Who can see this entry?"),
        choices=[SelectChoice(choice.value, WHO_SEES[choice]) for choice in CHOICES],
        default=Visibility.SHARED.value,
        validators=[Optional()],
        validate_choice=False,
    )
