"""Lists over many entries: a trainee's own, what waits for mentors, the tutor's table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from activities.logbook.content import KIND, TEXT_PREFIX, first_line
from activities.logbook.grading import Total
from activities.logbook.models import LogbookEntry
from activities.logbook.settings import LogbookSettings
from lti_tool.sdk import (
    COUNTED,
    ActivitySetup,
    Attempt,
    Person,
    Record,
    RecordState,
    ResourceLink,
    Signature,
    Standing,
    Waiting,
    format_date,
    is_started,
    ngettext,
    stands,
    visible_here,
    was_reopened,
)
from lti_tool.sdk import (
    gettext as _,
)


@dataclass(frozen=True, kw_only=True)
class Decided:
    """Who decided last, and what they wrote."""

    signature: Signature
    signer: Person


@dataclass(frozen=True, kw_only=True)
class EntryRow:
    """One entry in a list."""

    record: Record
    practised_on: date | None
    duration_minutes: int | None
    summary: str
    decided: Decided | None
    is_reopened: bool
    """A tutor opened it again after it had been signed, and nobody has signed it since."""


_ENTRIES = (
    select(Record, LogbookEntry, was_reopened().label("is_reopened"))
    .join(Attempt, Attempt.id == Record.attempt_id)
    .outerjoin(LogbookEntry, LogbookEntry.record_id == Record.id)
    .where(Record.attempt_id == bindparam("attempt_id"), Record.kind == KIND)
    .order_by(Record.created_at.desc())
)


def entries_of(session: Session, attempt: Attempt) -> list[EntryRow]:
    """Return a trainee's entries as far as the reader of *session* may see them.

    The newest day comes first, those without a day last.
    """
    if not is_started(attempt):
        return []
    query = _ENTRIES.where(visible_here(session))
    found = session.execute(query, {"attempt_id": attempt.id}).all()
    decided = _last_decisions(session, [row.Record.id for row in found])
    rows = [
        _row(row.Record, row.LogbookEntry, decided.get(row.Record.id), row.is_reopened)
        for row in found
    ]
    return sorted(rows, key=lambda row: row.practised_on or date.min, reverse=True)


def in_state(rows: Sequence[EntryRow], states: Sequence[RecordState]) -> list[EntryRow]:
    """Return the entries in one of *states*, in the order of these states, then of *rows*."""
    return [row for state in states for row in rows if row.record.state is state]


def total_in_state(rows: Sequence[EntryRow], states: Sequence[RecordState]) -> Total:
    """Return the number and the minutes of the entries in one of *states* that may count."""
    counted = [row for row in rows if row.record.visibility in COUNTED]
    minutes = [row.duration_minutes or 0 for row in counted if row.record.state in states]
    return Total(entries=len(minutes), minutes=sum(minutes))


def _row(
    record: Record, entry: LogbookEntry | None, decided: Decided | None, was_opened: bool
) -> EntryRow:
    """Show what is being typed for a draft, and the figures handed in for the rest."""
    draft = record.draft if record.state is RecordState.DRAFT else None
    return EntryRow(
        record=record,
        practised_on=entry.practised_on if entry else _draft_day(draft or {}),
        duration_minutes=entry.duration_minutes if entry else None,
        summary=_draft_summary(draft) if draft else (entry.summary if entry else ""),
        decided=decided,
        is_reopened=was_opened and record.state in (RecordState.RETURNED, RecordState.SUBMITTED),
    )


def _draft_day(draft: Mapping[str, list[str]]) -> date | None:
    typed = (draft.get("practised_on") or [""])[0]
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _draft_summary(draft: Mapping[str, list[str]]) -> str:
    texts = [typed for name, typed in draft.items() if name.startswith(TEXT_PREFIX)]
    return first_line([text for typed in texts for text in typed])


def _last_decisions(session: Session, record_ids: Sequence[UUID]) -> dict[UUID, Decided]:
    if not record_ids:
        return {}
    found = session.execute(
        select(Signature, Person)
        .join(Person, Person.id == Signature.signer_id)
        .where(Signature.record_id.in_(record_ids), stands())
        .order_by(Signature.signed_at)
    )
    return {
        signature.record_id: Decided(signature=signature, signer=signer)
        for signature, signer in found
    }


def waiting(session: Session, attempts: Sequence[Attempt]) -> list[Waiting]:
    """Return the entries that wait for a mentor, the one submitted first on top."""
    settings = _settings(session, attempts)
    found = session.execute(
        select(Record, LogbookEntry, Person, was_reopened().label("is_reopened"))
        .join(Attempt, Attempt.id == Record.attempt_id)
        .join(LogbookEntry, LogbookEntry.record_id == Record.id)
        .join(Person, Person.id == Record.author_id)
        .where(
            Record.attempt_id.in_([attempt.id for attempt in attempts]),
            Record.kind == KIND,
            Record.state == RecordState.SUBMITTED,
            Record.visibility.in_(COUNTED),
            visible_here(session),
        )
        .order_by(Record.submitted_at)
    )
    return [
        Waiting(
            attempt_id=record.attempt_id,
            label=_label(person, entry, was_opened),
            since=record.submitted_at,
            endpoint="logbook.show_entry",
            values={"record_id": record.id},
            record_id=record.id,
        )
        for record, entry, person, was_opened in found
        if settings[record.attempt_id].mentor_confirms
    ]


def _label(person: Person, entry: LogbookEntry, was_opened: bool) -> str:
    label = f"{person.name or person.short_code}, {format_date(entry.practised_on, 'long')}"
    if was_opened:
        return str(_("%(entry)s (opened again: please look)", entry=label))
    return label


def standings(session: Session, attempts: Sequence[Attempt]) -> dict[UUID, Standing]:
    """Return where each of these attempts stands, of what the reader of *session* may see."""
    settings = _settings(session, attempts)
    counts: dict[UUID, Counter[RecordState]] = {attempt.id: Counter() for attempt in attempts}
    found = session.execute(
        select(Record.attempt_id, Record.state)
        .join(Attempt, Attempt.id == Record.attempt_id)
        .where(
            Record.attempt_id.in_(counts),
            Record.kind == KIND,
            Record.visibility.in_(COUNTED),
            visible_here(session),
        )
    )
    for attempt_id, state in found:
        counts[attempt_id][state] += 1
    return {id: _standing(count, settings[id]) for id, count in counts.items()}


def _standing(count: Counter[RecordState], settings: LogbookSettings) -> Standing:
    done = sum(count[state] for state in settings.counted_states)
    pending = count[RecordState.SUBMITTED] if settings.mentor_confirms else 0
    needed = settings.required_entries
    text = _("%(done)s of %(needed)s entries", done=done, needed=needed)
    if pending:
        text = ngettext(
            "%(done)s of %(needed)s entries, %(num)s waits to be confirmed",
            "%(done)s of %(needed)s entries, %(num)s wait to be confirmed",
            pending,
            done=done,
            needed=needed,
        )
    has_begun = bool(done or count[RecordState.RETURNED])
    state = _state(is_complete=done >= needed, is_pending=bool(pending), has_begun=has_begun)
    return Standing(text=text, state=state, needs_attention=bool(pending))


def _state(*, is_complete: bool, is_pending: bool, has_begun: bool) -> str:
    if is_complete:
        return "met"
    if is_pending:
        return "submitted"
    return "doing" if has_begun else "todo"


def _settings(session: Session, attempts: Sequence[Attempt]) -> dict[UUID, LogbookSettings]:
    """What the tutors decided for each of these attempts, by attempt id, in one query."""
    links = {attempt.resource_link_id for attempt in attempts}
    found = session.execute(
        select(ResourceLink.id, ActivitySetup.settings)
        .join(ActivitySetup, ActivitySetup.id == ResourceLink.setup_id)
        .where(ResourceLink.id.in_(links))
    )
    by_link = {link_id: LogbookSettings.read(stored) for link_id, stored in found}
    return {attempt.id: by_link[attempt.resource_link_id] for attempt in attempts}
