"""WTForms in the reader's language, and the way from a form to the page it came from."""

from typing import Any, Self

from flask import request
from flask_babel import get_domain, gettext
from wtforms import Form
from wtforms.fields import DecimalField, Field

TEXT_LIMIT = 50_000
"""Most characters of one text; longer input is refused with the text kept."""


def N_(text: str) -> str:
    """Mark *text* for the catalogues; it is translated where it is shown."""
    return text


WTFORMS_MESSAGES = (
    N_("Not a valid choice."),
    N_("Not a valid date value."),
    N_("Not a valid decimal value."),
    N_("Not a valid integer value."),
    N_("This field is required."),
    N_("Invalid Choice: could not coerce."),
    N_("'%(value)s' is not a valid choice for this field."),
)
"""What WTForms itself may say, so that the catalogues hold it."""


class _Translations:
    """WTForms' own messages, through our catalogues."""

    def gettext(self, string: str) -> str:
        """Translate *string*."""
        return str(gettext(string))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Translate by number."""
        # Flask-Babel's own would put only the number in, and WTForms' texts have other parts.
        return str(get_domain().get_translations().ngettext(singular, plural, n))


class NumberField(DecimalField):
    """A decimal number, written with a point or, as most of our languages do, a comma."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read "7,5" as 7.5.

        Raises:
            ValueError: It is no number.
        """
        super().process_formdata([value.strip().replace(",", ".") for value in valuelist])


class TrellisForm(Form):
    """A form whose messages are translated; `from_request` fills it from what was posted."""

    class Meta:
        """WTForms configuration."""

        def get_translations(self, form: Form) -> _Translations:
            """Use our catalogues for WTForms' own messages."""
            return _Translations()

    @classmethod
    def from_request(cls, **kwargs: Any) -> Self:
        """Return the form with the posted values (none on GET); *kwargs* as in WTForms."""
        posted = request.form if request.method == "POST" else None
        return cls(formdata=posted, **kwargs)

    def error_list(self) -> list[tuple[str, str]]:
        """Return (field id, message) pairs for the error summary, in field order."""
        fields: list[Field] = list(self)
        return [(field.id, str(message)) for field in fields for message in field.errors]
