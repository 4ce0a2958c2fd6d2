"""One try in words, for its history and for what is printed."""

from collections.abc import Sequence
from typing import Any

from flask_babel import format_decimal
from sqlalchemy.orm import Session

from activities.quiz.content import Quiz
from activities.quiz.overview import said_in_words
from lti_tool.sdk import Revision, TemplateVersion, gettext, pick_text


def describe(session: Session, revision: Revision) -> Sequence[tuple[str, str]]:
    """Return question and answer, with the points, of everything in the revision."""
    form = session.get_one(TemplateVersion, revision.template_version_id).content
    answers, points = (revision.content.get(name, {}) for name in ("answers", "points"))
    lines = []
    for question in Quiz.parse(form).questions:
        said = said_in_words(question, answers.get(question.id))
        text = "\n".join([*said, *_points(points.get(question.id))])
        lines.append((pick_text(question.text), text))
    return lines


def _points(given: Any) -> list[str]:
    if given is None:
        return []
    return [gettext("Points: %(points)s", points=format_decimal(given))]
