"""What may happen to a record on its way to be handed in: started, drafted, submitted."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import inspect, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.courses import ResourceLink, TemplateVersion
from lti_tool.domain.database import insert_if_new
from lti_tool.domain.errors import NotFound, StaleEdit, WrongState
from lti_tool.domain.people import Person
from lti_tool.domain.records import (
    Attempt,
    Record,
    RecordState,
    Revision,
    Visibility,
    attempt_id,
)
from lti_tool.services.notices import tell_mentors, tell_signers
from lti_tool.services.revisions import add_revision

OPEN = (RecordState.DRAFT, RecordState.RETURNED)
"""States in which the author may still write."""


def find_or_start_attempt(session: Session, link: ResourceLink, person: Person) -> Attempt:
    """Return the trainee's one attempt on *link*, making it at the first act."""
    return ensure_attempt(session, link.id, person.id)


def ensure_attempt(session: Session, link_id: UUID, person_id: UUID) -> Attempt:
    """Return the attempt of a person on a link; two first acts at once make one row."""
    id = attempt_id(link_id, person_id)
    attempt = session.get(Attempt, id)
    if attempt is not None:
        return attempt
    values = {"id": id, "resource_link_id": link_id, "person_id": person_id}
    session.execute(insert_if_new(session, Attempt).values(**values, created_at=utc_now()))
    return session.get_one(Attempt, id)


def is_started(attempt: Attempt) -> bool:
    """Say whether anything was ever done: `view_attempt` also returns what is not stored yet."""
    return not inspect(attempt).transient


def start_record(
    session: Session,
    attempt: Attempt,
    kind: str,
    *,
    id: UUID,
    author: Person,
    template_version: TemplateVersion | None,
    visibility: Visibility = Visibility.SHARED,
) -> Record:
    """Return a new draft, or the one that was already started under this *id*.

    The form brings the id, so that a double click or a resend makes one record.

    Raises:
        NotFound: The id belongs to somebody else's record.
    """
    new = insert_if_new(session, Record).values(
        id=id,
        attempt_id=attempt.id,
        kind=kind,
        state=RecordState.DRAFT,
        visibility=visibility,
        draft_number=0,
        author_id=author.id,
        template_version_id=template_version.id if template_version else None,
        created_at=utc_now(),
        version=1,
    )
    session.execute(new)
    record = session.get_one(Record, id)
    if (record.attempt_id, record.author_id, record.kind) != (attempt.id, author.id, kind):
        raise NotFound(_("This page does not exist."))
    return record


class DraftConflict(StaleEdit):
    """Another page saved a newer draft; *number* is what a page must have seen to go on."""

    def __init__(self, record: Record) -> None:
        """Say so in words for the reader."""
        super().__init__(
            _("You have also written here on another page."),
            next_step=_("Compare the two texts, and choose which one to go on with."),
        )
        self.record_id = record.id
        self.number = record.draft_number


class DraftPage(NamedTuple):
    """Which open page writes: ``session.info["draft_page"]``, set where a request opens it."""

    id: str
    seen: int
    """Number of the draft that the page has seen."""
    keeps_other: bool = False
    """It has been chosen over the draft that is stored, which is kept as a copy."""


OTHER = "_other"
"""Key in a draft under which the text of another page is kept."""


def save_draft(session: Session, record: Record, values: Json) -> datetime:
    """Keep what is being typed and return when that was; submits nothing.

    Leaves `Record.version` alone: the last draft is often still on its way when its writer
    presses Submit, and must not turn that into an edit conflict. Which page writes stands in
    ``session.info["draft_page"]``.

    Raises:
        DraftConflict: Another page saved since this one looked.
        WrongState: The record can no longer be written to.
    """
    _lock_draft(session, record)
    require_seen(session, record)
    page: DraftPage | None = session.info.get("draft_page")
    other = _without_copy(record.draft) if page and page.keeps_other else other_copy(record)
    kept = {OTHER: other} if other else {}
    return _write_draft(session, record, {**values, **kept}, page.id if page else None)


def keep_copy(session: Session, record: Record, values: Json) -> None:
    """Keep *values* beside the draft, so that going on with the stored text loses none.

    Raises:
        WrongState: The record can no longer be written to.
    """
    _lock_draft(session, record)
    draft = _without_copy(record.draft)
    _write_draft(session, record, {**draft, OTHER: _without_copy(values)}, record.draft_page)


def _without_copy(values: Json | None) -> Json:
    return {name: typed for name, typed in (values or {}).items() if name != OTHER}


def other_copy(record: Record) -> Json | None:
    """Return what was kept of another page's text."""
    found: Json | None = (record.draft or {}).get(OTHER)
    return found


def require_seen(session: Session, record: Record) -> None:
    """Check that the page that writes has seen the draft as it stands.

    Raises:
        DraftConflict: Another page saved since this one looked.
    """
    page: DraftPage | None = session.info.get("draft_page")
    if page is None or record.draft is None or record.draft_page in (None, page.id):
        return
    if page.seen != record.draft_number:
        raise DraftConflict(record)


def _lock_draft(session: Session, record: Record) -> None:
    session.refresh(record, with_for_update={"of": Record})
    require_open(record)


def _write_draft(session: Session, record: Record, values: Json, page: str | None) -> datetime:
    now = utc_now()
    session.execute(
        update(Record)
        .where(Record.id == record.id)
        .values(
            draft=values,
            draft_saved_at=now,
            draft_number=Record.draft_number + 1,
            draft_page=page,
        )
        .execution_options(synchronize_session=False)
    )
    session.refresh(record, ("draft", "draft_saved_at", "draft_number", "draft_page"))
    return now


def require_open(record: Record) -> None:
    """Check that the author may still write.

    Raises:
        WrongState: It was submitted, signed or withdrawn.
    """
    if record.state not in OPEN:
        raise _already_handed_in()


def _already_handed_in() -> WrongState:
    return WrongState(
        _("This has already been handed in."),
        next_step=_("Open it to see where it stands."),
    )


def submit_record(
    session: Session,
    record: Record,
    content: Json,
    *,
    author: Person,
    happened_on: date | None,
    reason: str = "",
) -> Revision:
    """Turn the draft into a hashed and sealed revision that waits for the next person.

    Raises:
        InvalidInput: It amends something signed, and no *reason* was given.
        DraftConflict: Another page saved a newer draft, which would be lost.
        WrongState: It has already been handed in.
    """
    require_open(record)
    require_seen(session, record)
    revision = add_revision(
        session, record, content, author=author, happened_on=happened_on, reason=reason
    )
    record.state = RecordState.SUBMITTED
    record.submitted_at = utc_now()
    record.happened_on = happened_on
    record.draft = record.draft_saved_at = None
    flag_modified(record, "draft")  # a draft may have come in since the record was read
    flag_modified(record, "draft_saved_at")
    session.flush()
    tell_mentors(session, record)
    if revision.amends_id is not None:
        tell_signers(session, record, "changed", but=author, record_id=record.id)
    return revision
