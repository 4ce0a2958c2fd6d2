"""What the page of one entry shows: its content, who said what of it, and what can be done."""

from typing import Any

from sqlalchemy.orm import Session

from activities.logbook.clauses import answer_words, words_to_sign
from activities.logbook.content import EntryContent
from activities.logbook.decision_forms import (
    WAIVING,
    DecisionForm,
    ReasonForm,
    VisibilityForm,
)
from activities.logbook.settings import LogbookSettings
from lti_tool.sdk import (
    CHOICES,
    Attempt,
    Json,
    NotFound,
    Piece,
    Record,
    RecordState,
    Revision,
    Role,
    TemplateVersion,
    current_launch,
    differences,
    files_of_revision,
    handover_url,
    last_reopening,
    own_signature,
    person_of,
    pick_text,
    receipts_sent,
    revisions_of,
    shown_signatures,
    standing_decision,
)
from lti_tool.sdk import gettext as _

DECIDERS = (Role.MENTOR, Role.TUTOR, Role.ASSESSOR)
STEPS = ("back", "reopen", "waive")
"""Prefixes of the forms of steps that need a reason: they stand on one page."""


def template_of(session: Session, record: Record) -> Json:
    """Return the template that the record was begun with, whatever the link uses by now."""
    return session.get_one(TemplateVersion, record.template_version_id).content


def entry_context(
    session: Session,
    record: Record,
    form: DecisionForm | None = None,
    steps: dict[str, ReasonForm] | None = None,
) -> dict[str, Any]:
    """Return what the page of an entry needs; *form* and *steps* bring what was not usable.

    Raises:
        NotFound: It was never handed in, or thrown away.
    """
    revisions = revisions_of(session, record)
    if not revisions or record.state is RecordState.WITHDRAWN:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    revision = revisions[-1]
    content = EntryContent.from_json(revision.content)
    signatures = shown_signatures(session, record)
    return {
        "record": record,
        "revision": revision,
        "content": content,
        "files": files_of_revision(session, revision),
        "texts": _shown_texts(template_of(session, record), content),
        "changes": _changes(template_of(session, record), revisions),
        "signatures": signatures,
        "decided": standing_decision(signatures),
        "reopening": last_reopening(session, record),
        "person": person_of(session, session.get_one(Attempt, record.attempt_id)),
        "is_decider": current_launch.role in DECIDERS,
        "confirming": words_to_sign(template_of(session, record)),
        "receipts": receipts_sent(session, [shown.signature.id for shown in signatures]),
        "shows_how": current_launch.is_staff,
        "handover_url": handover_url(session, record),
        "form": form or DecisionForm(seen_sha256=revision.sha256),
        **_steps(session, record, revision, steps or {}),
    }


def _steps(
    session: Session, record: Record, revision: Revision, given: dict[str, ReasonForm]
) -> dict[str, Any]:
    """The forms of the steps that this reader can take now, by prefix."""
    is_counted = record.visibility in CHOICES[:2]
    needs_mentor = LogbookSettings.read(current_launch.settings).mentor_confirms
    possible = {
        "back": own_signature(session, record, current_launch.person_id) is not None,
        "reopen": current_launch.is_staff and record.state is RecordState.COUNTERSIGNED,
        "waive": current_launch.is_staff
        and needs_mentor
        and is_counted
        and record.state is RecordState.SUBMITTED,
    }
    forms = {
        name: given.get(name) or ReasonForm(prefix=name, seen_sha256=revision.sha256)
        for name in STEPS
        if possible[name] or name in given
    }
    return {
        "steps": forms,
        "waiving": WAIVING,
        "wrong": next((step for step in given.values() if step.errors), None),
        "visibility_form": VisibilityForm(visibility=record.visibility.value),
    }


def _shown_texts(template: Json, content: EntryContent) -> list[tuple[str, str]]:
    asked = {field["id"] for field in template["fields"]}
    earlier = [text for id, text in content.texts.items() if id not in asked]
    answers = [
        (pick_text(field["label"]), answer_words(field, content.texts.get(field["id"], "")))
        for field in template["fields"]
    ]
    return answers + [
        (_("Earlier answer %(number)s", number=number), text)
        for number, text in enumerate(earlier, 1)
    ]


def _changes(template: Json, revisions: list[Revision] | Any) -> list[tuple[str, list[Piece]]]:
    """What the last version changed, by the label of each text that is not as it was."""
    if len(revisions) < 2:
        return []
    old, new = (EntryContent.from_json(revision.content) for revision in revisions[-2:])
    pairs = [
        (_("Date"), old.practised_on.isoformat(), new.practised_on.isoformat()),
        (_("Time spent"), str(old.duration_minutes), str(new.duration_minutes)),
    ]
    before, after = dict(_shown_texts(template, old)), dict(_shown_texts(template, new))
    pairs += [(label, before.get(label, ""), text) for label, text in after.items()]
    return [(label, differences(was, now)) for label, was, now in pairs if was != now]
