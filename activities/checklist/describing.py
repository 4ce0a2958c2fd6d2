"""One observation in words, for its history and for what is printed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from activities.checklist.content import Checklist
from activities.checklist.forms import OUTCOMES
from activities.checklist.models import Outcome
from lti_tool.sdk import Revision, TemplateVersion, format_date, gettext, pick_text


def describe(session: Session, revision: Revision) -> Sequence[tuple[str, str]]:
    """Return label and text of everything the revision says, in the reader's language."""
    content = revision.content
    form = session.get_one(TemplateVersion, revision.template_version_id).content
    judged = content.get("judgements", {})
    lines = [
        (pick_text(criterion.text), _said(judged.get(criterion.id)))
        for criterion in Checklist.parse(form).criteria
    ]
    if revision.happened_on is not None:
        lines.insert(0, (gettext("Seen on"), format_date(revision.happened_on, "long")))
    return [*lines, (gettext("Comment on the whole"), str(content.get("comment", "")))]


def _said(judgement: Any) -> str:
    if not judgement:
        return ""
    outcome = str(OUTCOMES[Outcome(judgement["outcome"])])
    return f"{outcome}. {judgement['comment']}" if judgement["comment"] else outcome
