"""What a logbook's form is made of, for the tutor who writes one."""

from flask import render_template
from markupsafe import Markup

from activities.logbook.content import TEXT_PREFIX
from activities.logbook.forms import entry_form
from lti_tool.sdk import (
    Attribute,
    AttributeKind,
    Json,
    PartKind,
    TemplateKind,
    lazy_gettext,
)


def preview(content: Json, audience: str) -> str:
    """Return an empty entry as the trainee writes it, the mentor reads it, or on paper."""
    form = entry_form({"fields": [], **content})
    page = render_template(
        "logbook/_preview.html", form=form, intro=content.get("intro"), audience=audience
    )
    return Markup(page)  # noqa: S704 - our own template, which escapes what it shows


def answers(draft: Json) -> dict[str, str]:
    """Return what was typed, by the id of the question."""
    return {
        name.removeprefix(TEXT_PREFIX): typed[0].strip()
        for name, typed in draft.items()
        if name.startswith(TEXT_PREFIX) and typed
    }


TEMPLATE = TemplateKind(
    attributes=[
        Attribute(key="intro", label=lazy_gettext("Introduction")),
        Attribute(
            key="max_minutes",
            label=lazy_gettext("Most minutes of one entry"),
            kind=AttributeKind.INTEGER,
            hint=lazy_gettext("Left empty, a whole day."),
        ),
    ],
    parts=[
        PartKind(
            key="fields",
            title=lazy_gettext("Question"),
            name="label",
            at_least=1,
            attributes=[
                Attribute(key="label", label=lazy_gettext("Question"), is_required=True),
                Attribute(key="hint", label=lazy_gettext("Help for answering")),
                Attribute(
                    key="required",
                    label=lazy_gettext("It must be answered"),
                    kind=AttributeKind.FLAG,
                ),
                Attribute(
                    key="clause",
                    label=lazy_gettext("It is a point to agree to, with a tick"),
                    kind=AttributeKind.FLAG,
                ),
                Attribute(
                    key="rows",
                    label=lazy_gettext("Height of the box in lines"),
                    kind=AttributeKind.INTEGER,
                ),
            ],
        )
    ],
    preview=preview,
    answers=answers,
)
