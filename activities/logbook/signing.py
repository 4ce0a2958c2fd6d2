"""A logbook entry on somebody's desk: shown whole, then confirmed or sent back."""

from sqlalchemy.orm import Session

from activities.logbook import service
from activities.logbook.clauses import is_clause, words_to_sign
from activities.logbook.content import KIND, EntryContent
from lti_tool.sdk import (
    Card,
    Decision,
    NotFound,
    Record,
    Revision,
    Signing,
    SigningDesk,
    TemplateVersion,
    duration_text,
    format_date,
    latest_revision,
    pick_text,
)
from lti_tool.sdk import gettext as _


def card(session: Session, record: Record) -> Card:
    """Return all that was handed in last, in the reader's language.

    Raises:
        NotFound: Nothing was ever handed in.
    """
    revision = latest_revision(session, record)
    if revision is None:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    content = EntryContent.from_json(revision.content)
    template = session.get_one(TemplateVersion, record.template_version_id).content
    return Card(
        record_id=record.id,
        title=_("Logbook entry of %(day)s", day=format_date(content.practised_on, "long")),
        happened_on=content.practised_on,
        facts=[(_("Time spent"), duration_text(content.duration_minutes))],
        texts=[
            (pick_text(field["label"]), content.texts.get(field["id"], ""))
            for field in template["fields"]
            if not is_clause(field)
        ],
        locale=revision.locale.split("_")[0],
        seen_sha256=revision.sha256,
        wording=str(words_to_sign(template)),
    )


def wording(session: Session, revision: Revision) -> str:
    """Return what is signed by who confirms a revision, clauses and all."""
    template = session.get_one(TemplateVersion, revision.template_version_id)
    return str(words_to_sign(template.content))


def decide(session: Session, record: Record, decision: Decision, signing: Signing) -> None:
    """Confirm an entry, or send it back."""
    act = service.countersign if decision is Decision.CONFIRMED else service.send_back
    act(session, record, signing)


desk = SigningDesk(kind=KIND, card=card, decide=decide, wording=wording)
