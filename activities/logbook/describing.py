"""One revision of an entry in words, for its history and for what is printed."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from activities.logbook.clauses import answer_words
from lti_tool.sdk import Json, Revision, TemplateVersion, format_date, pick_text
from lti_tool.sdk import gettext as _

Lines = Sequence[tuple[str, str]]


def describe(session: Session, revision: Revision) -> Lines:
    """Return label and text of everything the revision says, in the reader's language."""
    content = revision.content
    form = session.get_one(TemplateVersion, revision.template_version_id).content
    lines = [(_("Time spent"), _time(content.get("duration_minutes")))]
    if revision.happened_on is not None:
        lines.insert(0, (_("Date"), format_date(revision.happened_on, "long")))
    return [*lines, *_texts(form, content.get("texts", {}))]


def _texts(form: Json, texts: Json) -> Lines:
    """What was written; what the form has no place for any more comes last."""
    asked = {field["id"] for field in form["fields"]}
    known = [
        (pick_text(field["label"]), answer_words(field, str(texts.get(field["id"], ""))))
        for field in form["fields"]
    ]
    return known + [(_("Earlier answer"), str(texts[id])) for id in texts if id not in asked]


def _time(minutes: object) -> str:
    return _("%(minutes)s min", minutes=minutes) if minutes is not None else ""
