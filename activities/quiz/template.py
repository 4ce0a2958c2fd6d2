"""What a quiz is made of, for the tutor who writes one."""

from flask import render_template
from markupsafe import Markup

from activities.quiz.content import Kind, Quiz
from activities.quiz.forms import answer_form
from lti_tool.sdk import (
    Attribute,
    AttributeKind,
    Json,
    PartKind,
    TemplateKind,
    lazy_gettext,
)
from lti_tool.sdk import gettext as _

CHOSEN = frozenset({Kind.SINGLE.value, Kind.MULTIPLE.value})
MARKED = frozenset(Kind) - {Kind.RATING}


def preview(content: Json, audience: str) -> str:
    """Return the questions as they are asked; on paper, with the key at the end."""
    quiz = Quiz.parse(content)
    form = answer_form(quiz, None)
    page = render_template("quiz/_preview.html", quiz=quiz, form=form, audience=audience)
    return Markup(page)  # noqa: S704 - our own template, which escapes what it shows


def check(content: Json) -> list[str]:
    """Say which questions nobody could answer rightly."""
    try:
        Quiz.parse(content)
    except (ValueError, ArithmeticError, KeyError):
        return [_("A question cannot be answered rightly: give each a right answer, or a scale.")]
    return []


KINDS = {
    Kind.SINGLE.value: lazy_gettext("One right answer"),
    Kind.MULTIPLE.value: lazy_gettext("Several right answers"),
    Kind.NUMERIC.value: lazy_gettext("A number"),
    Kind.SHORT.value: lazy_gettext("A short text"),
    Kind.RATING.value: lazy_gettext("A rating of oneself, without points"),
}

OPTIONS = PartKind(
    key="options",
    title=lazy_gettext("Answer"),
    name="text",
    only_for=CHOSEN,
    attributes=[
        Attribute(key="text", label=lazy_gettext("Answer"), is_required=True),
        Attribute(key="is_correct", label=lazy_gettext("It is right"), kind=AttributeKind.FLAG),
        Attribute(key="feedback", label=lazy_gettext("Feedback to who chose it")),
    ],
)

SCALE = PartKind(
    key="scale",
    title=lazy_gettext("Point of the scale"),
    name="text",
    only_for=frozenset({Kind.RATING.value}),
    attributes=[
        Attribute(key="text", label=lazy_gettext("Words at this point"), is_required=True),
        Attribute(
            key="value",
            label=lazy_gettext("Number of this point"),
            kind=AttributeKind.INTEGER,
            is_required=True,
        ),
    ],
)

TEMPLATE = TemplateKind(
    attributes=[Attribute(key="introduction", label=lazy_gettext("Introduction"))],
    parts=[
        PartKind(
            key="questions",
            title=lazy_gettext("Question"),
            name="text",
            at_least=1,
            parts=[OPTIONS, SCALE],
            attributes=[
                Attribute(
                    key="kind",
                    label=lazy_gettext("Kind of question"),
                    kind=AttributeKind.CHOICE,
                    choices=KINDS,
                    is_required=True,
                ),
                Attribute(key="text", label=lazy_gettext("Question"), is_required=True),
                Attribute(
                    key="points",
                    label=lazy_gettext("Points"),
                    kind=AttributeKind.DECIMAL,
                    only_for=MARKED,
                ),
                Attribute(
                    key="answer",
                    label=lazy_gettext("Right number"),
                    kind=AttributeKind.DECIMAL,
                    is_required=True,
                    only_for=frozenset({Kind.NUMERIC.value}),
                ),
                Attribute(
                    key="tolerance",
                    label=lazy_gettext("How far off still counts"),
                    kind=AttributeKind.DECIMAL,
                    only_for=frozenset({Kind.NUMERIC.value}),
                ),
                Attribute(
                    key="unit",
                    label=lazy_gettext("Unit"),
                    only_for=frozenset({Kind.NUMERIC.value}),
                ),
                Attribute(
                    key="accepted",
                    label=lazy_gettext("Right answers, one per line"),
                    kind=AttributeKind.LINES,
                    hint=lazy_gettext("* stands for any characters. All languages together."),
                    is_required=True,
                    only_for=frozenset({Kind.SHORT.value}),
                ),
                Attribute(key="feedback", label=lazy_gettext("Feedback to everybody")),
            ],
        )
    ],
    preview=preview,
    check=check,
)
