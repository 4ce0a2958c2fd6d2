"""The forms of the template editor, made from what an activity says its parts are."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import request
from flask_babel import gettext as _
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields import Field
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, Optional

from config.settings import LANGUAGES
from lti_tool.domain.base import Json
from lti_tool.domain.template_kinds import Attribute, AttributeKind
from lti_tool.web.forms import NumberField, TrellisForm
from lti_tool.web.i18n import OWN_NAMES

MOST_CHARACTERS = 5_000


def part_form(attributes: Sequence[Attribute], part: Json, default_locale: str) -> TrellisForm:
    """Return the form of a part: one field per value, a text once per language."""
    asked = [one for one in attributes if one.key != "kind" and one.belongs_to(part)]
    fields = dict(_fields(asked, default_locale))
    form_class: Any = type("PartForm", (TrellisForm,), fields)
    posted = request.form if request.method == "POST" else None
    form: TrellisForm = form_class(posted, data=dict(_values(asked, part)))
    return form


def languages(default_locale: str) -> list[str]:
    """Return all languages, the template's own first."""
    return [default_locale, *(code for code in LANGUAGES if code != default_locale)]


def field_name(key: str, locale: str = "") -> str:
    """Return the form's name for a value; a key may be any text."""
    return f"v-{key}-{locale}" if locale else f"v-{key}"


def read_part(attributes: Sequence[Attribute], part: Json, form: TrellisForm) -> None:
    """Put what was typed into *part*; what stays empty is left out."""
    for attribute in attributes:
        if attribute.key == "kind" or not attribute.belongs_to(part):
            continue
        value = _read(attribute, form)
        if value in (None, "", [], {}):
            part.pop(attribute.key, None)
        else:
            part[attribute.key] = value


def _fields(attributes: Sequence[Attribute], default_locale: str) -> Iterator[tuple[str, Field]]:
    for attribute in attributes:
        if attribute.kind is AttributeKind.TEXT:
            for locale in languages(default_locale):
                is_own = locale == default_locale
                yield field_name(attribute.key, locale), _text(attribute, locale, is_own=is_own)
        else:
            yield field_name(attribute.key), _MADE[attribute.kind](attribute)


def _text(attribute: Attribute, locale: str, *, is_own: bool) -> Field:
    label = str(attribute.label) if is_own else f"{attribute.label} ({OWN_NAMES[locale]})"
    return TextAreaField(
        label,
        validators=_checks(attribute, is_required=attribute.is_required and is_own),
        filters=[_clean],
        description=str(attribute.hint or "") if is_own else "",
        render_kw={"rows": 2, "lang": locale},
    )


def _checks(attribute: Attribute, *, is_required: bool) -> list[Any]:
    first = InputRequired(_("Fill this in.")) if is_required else Optional()
    return [first, Length(max=MOST_CHARACTERS, message=_("Make this text shorter."))]


def _line(attribute: Attribute) -> Field:
    checks = _checks(attribute, is_required=attribute.is_required)
    return StringField(str(attribute.label), checks, [_clean], str(attribute.hint or ""))


def _lines(attribute: Attribute) -> Field:
    checks = _checks(attribute, is_required=attribute.is_required)
    return TextAreaField(str(attribute.label), checks, [_clean], str(attribute.hint or ""))


def _integer(attribute: Attribute) -> Field:
    first = InputRequired(_("Type a whole number.")) if attribute.is_required else Optional()
    return IntegerField(str(attribute.label), [first], description=str(attribute.hint or ""))


def _decimal(attribute: Attribute) -> Field:
    first = InputRequired(_("Type a number.")) if attribute.is_required else Optional()
    made: Any = NumberField
    field: Field = made(str(attribute.label), [first], description=str(attribute.hint or ""))
    return field


def _flag(attribute: Attribute) -> Field:
    return BooleanField(str(attribute.label), description=str(attribute.hint or ""))


def _choice(attribute: Attribute) -> Field:
    choices = [SelectChoice(value, str(label)) for value, label in attribute.choices.items()]
    if not attribute.is_required:
        choices.insert(0, SelectChoice("", _("Nothing chosen")))
    hint = str(attribute.hint or "")
    return SelectField(str(attribute.label), description=hint, choices=choices)


_MADE = {
    AttributeKind.LINE: _line,
    AttributeKind.LINES: _lines,
    AttributeKind.INTEGER: _integer,
    AttributeKind.DECIMAL: _decimal,
    AttributeKind.FLAG: _flag,
    AttributeKind.CHOICE: _choice,
}


def _values(attributes: Sequence[Attribute], part: Json) -> Iterator[tuple[str, Any]]:
    for attribute in attributes:
        value = part.get(attribute.key)
        if attribute.kind is AttributeKind.TEXT:
            texts = value if isinstance(value, Mapping) else {}
            yield from ((field_name(attribute.key, code), texts.get(code)) for code in LANGUAGES)
        elif attribute.kind is AttributeKind.LINES:
            yield field_name(attribute.key), "\n".join(_all_lines(value))
        elif attribute.kind is AttributeKind.DECIMAL:
            yield field_name(attribute.key), Decimal(str(value)) if value is not None else None
        else:
            yield field_name(attribute.key), value


def _all_lines(value: Any) -> list[str]:
    """Lines, given as one list or as a list for each language."""
    lists = value.values() if isinstance(value, Mapping) else [value or []]
    return [str(line) for lines in lists for line in lines]


def _read(attribute: Attribute, form: TrellisForm) -> Any:
    if attribute.kind is AttributeKind.TEXT:
        typed = {code: form[field_name(attribute.key, code)].data for code in LANGUAGES}
        return {code: text for code, text in typed.items() if text}
    value = form[field_name(attribute.key)].data
    if attribute.kind is AttributeKind.LINES:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]
    if attribute.kind is AttributeKind.DECIMAL:
        return f"{value.normalize():f}" if value is not None and value.is_finite() else None
    return value


def _clean(text: str | None) -> str | None:
    return text.replace("\0", "").replace("\r\n", "\n").strip() if text else text
