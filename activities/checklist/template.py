"""What a checklist is made of, for the tutor who writes one."""

from flask import render_template
from markupsafe import Markup

from activities.checklist.content import Checklist
from activities.checklist.forms import observation_form
from activities.checklist.reading import comment_field
from lti_tool.sdk import (
    Attribute,
    AttributeKind,
    Json,
    PartKind,
    TemplateKind,
    lazy_gettext,
)


def preview(content: Json, audience: str) -> str:
    """Return the points as an observer judges them, or as a list."""
    checklist = Checklist.parse(content)
    page = render_template(
        "checklist/_preview.html",
        checklist=checklist,
        form=observation_form(checklist, {}),
        audience=audience,
    )
    return Markup(page)  # noqa: S704 - our own template, which escapes what it shows


def answers(draft: Json) -> dict[str, str]:
    """Return the comments that were typed, by the id of the point."""
    start = comment_field("")
    return {
        name.removeprefix(start): typed[0].strip()
        for name, typed in draft.items()
        if name.startswith(start) and typed
    }


TEMPLATE = TemplateKind(
    attributes=[Attribute(key="introduction", label=lazy_gettext("Introduction"))],
    parts=[
        PartKind(
            key="sections",
            title=lazy_gettext("Heading"),
            name="text",
            attributes=[Attribute(key="text", label=lazy_gettext("Heading"), is_required=True)],
        ),
        PartKind(
            key="criteria",
            title=lazy_gettext("Point"),
            name="text",
            at_least=1,
            attributes=[
                Attribute(key="text", label=lazy_gettext("What is to be seen"), is_required=True),
                Attribute(key="help", label=lazy_gettext("What the observer looks for")),
                Attribute(
                    key="is_critical",
                    label=lazy_gettext("It is critical"),
                    kind=AttributeKind.FLAG,
                ),
            ],
        ),
    ],
    preview=preview,
    answers=answers,
)
