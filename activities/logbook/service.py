"""What may happen to an entry, one function per act. Each changes and records; none commits.

draft -> submitted -> countersigned, or sent back (returned) and submitted again as the next
revision. A submitted entry can be taken back until somebody has decided on it. Saying the
same thing twice (a double click, a resend) is saying it once.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from activities.logbook.content import KIND, EntryContent
from activities.logbook.models import LogbookEntry
from lti_tool.sdk import (
    Attempt,
    Decision,
    InvalidInput,
    NotAllowed,
    Person,
    Record,
    RecordState,
    ResourceLink,
    Revision,
    Signature,
    Signing,
    TemplateVersion,
    Visibility,
    WrongState,
    apply_grading_rule,
    change_visibility,
    check_completion,
    latest_revision,
    mentors_of,
    person_of,
    pull_back,
    record_event,
    setup_of,
    sign_record,
    signatures_of,
    start_record,
    submit_record,
)
from lti_tool.sdk import (
    gettext as _,
)


def start_entry(session: Session, attempt: Attempt, *, id: UUID, author: Person) -> Record:
    """Return a new empty draft; the same *id* again returns the same entry.

    Raises:
        NotFound: The id belongs to somebody else's record.
    """
    version = session.get_one(TemplateVersion, setup_of(session, attempt).template_version_id)
    return start_record(session, attempt, KIND, id=id, author=author, template_version=version)


def submit_entry(
    session: Session,
    record: Record,
    content: EntryContent,
    *,
    author: Person,
    reason: str = "",
    visibility: Visibility | None = None,
) -> Revision:
    """Hand the entry in as its next revision, for the mentor to decide on.

    *visibility* is who may see it from now on; left out, nothing about that changes.

    Raises:
        InvalidInput: It amends what was signed, and there is no *reason*.
        NotAllowed: *author* did not start the entry.
        WrongState: It has been handed in already, with other content, or was thrown away.
    """
    _require_author(record, author)
    if repeated := _submitted_before(session, record, content):
        return repeated
    attempt = session.get_one(Attempt, record.attempt_id)
    if visibility is not None:
        change_visibility(session, record, visibility, by=author)
    revision = submit_record(
        session,
        record,
        content.as_json(),
        author=author,
        happened_on=content.practised_on,
        reason=reason,
    )
    entry = _keep_figures(session, record, content)
    entry.submit_statement_id = record_event(
        session,
        attempt,
        "submitted",
        by=author,
        about=record,
        instructor=_only_mentor(session, attempt),
        duration_minutes=content.duration_minutes,
        extensions={"submission-number": revision.number},
        sequence=revision.number,
    )
    session.flush()
    check_completion(session, attempt)
    return revision


def countersign(session: Session, record: Record, signing: Signing) -> None:
    """Confirm that the practice in the entry took place. It is final.

    Raises:
        NotAllowed: The signer is the one who wrote the entry.
        StaleEdit: The entry is not the one that was on the signer's screen.
        WrongState: Nothing waits for a decision.
    """
    signature = decide(session, record, signing, Decision.CONFIRMED)
    if signature is not None:
        _tell(session, record, "approved", signature, by=signing.signer)
        check_completion(session, session.get_one(Attempt, record.attempt_id))


def send_back(session: Session, record: Record, signing: Signing) -> None:
    """Ask the trainee to change the entry; the comment says what is missing.

    Raises:
        InvalidInput: There is no comment.
        NotAllowed: The signer is the one who wrote the entry.
        StaleEdit: The entry is not the one that was on the signer's screen.
        WrongState: Nothing waits for a decision.
    """
    if not signing.comment:
        raise InvalidInput(_("Write what should be changed."))
    signature = decide(session, record, signing, Decision.RETURNED)
    if signature is not None:
        _tell(session, record, "returned", signature, by=signing.signer)


def withdraw_entry(session: Session, record: Record, *, author: Person) -> None:
    """Take a submitted entry back to go on writing; what was handed in is kept.

    Raises:
        NotAllowed: *author* did not start the entry.
        WrongState: It does not wait for a decision any more.
    """
    pull_back(session, record, by=author)


def show_entry_to(
    session: Session, record: Record, visibility: Visibility, *, author: Person
) -> None:
    """Change who sees an entry: fewer at any time, more until somebody decided on it.

    Raises:
        NotAllowed: *author* did not start the entry.
        WrongState: Somebody has signed, and more people would see it.
    """
    if change_visibility(session, record, visibility, by=author):
        apply_grading_rule(session, session.get_one(Attempt, record.attempt_id))


def discard_entry(session: Session, record: Record, *, author: Person) -> None:
    """Throw a draft away with what was typed into it.

    Raises:
        NotAllowed: *author* did not start the entry.
        WrongState: Somebody else has already seen it.
    """
    _require_author(record, author)
    if record.state not in (RecordState.DRAFT, RecordState.WITHDRAWN):
        raise WrongState(_("Only a draft can be deleted."))
    record.state = RecordState.WITHDRAWN
    record.draft = record.draft_saved_at = None
    session.flush()


def _require_author(record: Record, person: Person) -> None:
    if record.author_id != person.id:
        raise NotAllowed(_("Only the person who wrote an entry can do this."))


def _submitted_before(session: Session, record: Record, content: EntryContent) -> Revision | None:
    """The revision that is waiting, if it says the very same."""
    if record.state is not RecordState.SUBMITTED:
        return None
    revision = latest_revision(session, record)
    is_same = revision is not None and revision.content == content.as_json()
    return revision if is_same else None


def _keep_figures(session: Session, record: Record, content: EntryContent) -> LogbookEntry:
    entry = session.get(LogbookEntry, record.id) or LogbookEntry(record_id=record.id)
    entry.practised_on = content.practised_on
    entry.duration_minutes = content.duration_minutes
    entry.summary = content.summary
    session.add(entry)
    return entry


def _only_mentor(session: Session, attempt: Attempt) -> Person | None:
    """Whom the trainee asks; with several mentors nobody in particular is asked."""
    course_id = session.get_one(ResourceLink, attempt.resource_link_id).course_id
    mentors = mentors_of(session, course_id, attempt.person_id)
    return mentors[0] if len(mentors) == 1 else None


DECIDED = {
    Decision.CONFIRMED: RecordState.COUNTERSIGNED,
    Decision.RETURNED: RecordState.RETURNED,
    Decision.WAIVED: RecordState.COUNTERSIGNED,
}


def decide(
    session: Session, record: Record, signing: Signing, decision: Decision
) -> Signature | None:
    """Sign and move on; None if this very signer had said this very thing before.

    Raises:
        NotAllowed: The signer is the one who wrote the entry.
        StaleEdit: The entry is not the one that was on the signer's screen.
        WrongState: Nothing waits for a decision.
    """
    owner_id = session.get_one(Attempt, record.attempt_id).person_id
    if signing.signer.id in (record.author_id, owner_id):
        raise NotAllowed(_("Nobody can confirm or send back their own entry."))
    if record.state is not RecordState.SUBMITTED:
        if _said_before(session, record, signing, decision):
            return None
        raise WrongState(
            _("This entry does not wait for a decision any more."),
            next_step=_("Open it to see where it stands."),
        )
    signature = sign_record(session, record, signing, decision)
    record.state = DECIDED[decision]
    session.flush()
    return signature


def _said_before(session: Session, record: Record, signing: Signing, decision: Decision) -> bool:
    signatures = signatures_of(session, record)
    if not signatures or record.state is not DECIDED[decision]:
        return False
    last, signer = signatures[-1]
    said = (last.decision, last.revision_sha256, last.comment, signer.id)
    return said == (decision, signing.seen_sha256, signing.comment, signing.signer.id)


def _tell(
    session: Session, record: Record, event: str, signature: Signature, *, by: Person
) -> None:
    """Tell the LRS of a decision; one on the same version after that is another statement."""
    attempt = session.get_one(Attempt, record.attempt_id)
    entry = session.get_one(LogbookEntry, record.id)
    record_event(
        session,
        attempt,
        event,
        by=by,
        about=record,
        learner=person_of(session, attempt),
        answers=entry.submit_statement_id,
        sequence=str(signature.id),
        because_of=signature,
    )
