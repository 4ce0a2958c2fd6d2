"""What is kept of somebody beside sealed facts: names, addresses, drafts, files, messages."""

from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import Contact, MentorLink
from lti_tool.domain.evidence import Evidence, StoredFile, Upload
from lti_tool.domain.people import Membership, Person, Relation
from lti_tool.domain.records import Attempt, Record, RecordReader, Referral
from lti_tool.domain.sessions import Handoff, LaunchSession
from lti_tool.outbox.models import Delivery, DeliveryState

Count = Callable[[str, int], None]
_WAITS = (DeliveryState.QUEUED, DeliveryState.PARKED)


def statements_about(session: Session, person: Person) -> list[str]:
    """Return the ids of statements that tell of this person's work, oldest first."""
    query = select(Delivery.id).where(
        Delivery.kind == "statement",
        or_(
            Delivery.key == f"statement:{person.pseudonym}",
            Delivery.subject.in_(_attempts(session, person)),
        ),
    )
    return [str(id) for id in session.scalars(query.order_by(Delivery.seq))]


def _attempts(session: Session, person: Person) -> list[str]:
    ids = session.scalars(select(Attempt.id).where(Attempt.person_id == person.id))
    return [str(id) for id in ids]


def forget_work(
    session: Session, record_ids: Sequence[UUID], count: Count, files: list[str]
) -> None:
    """Delete drafts, files and what was noted beside these records.

    *files* gets the hashes of those that no other record has.
    """
    drafts = update(Record).where(Record.id.in_(record_ids), Record.draft.is_not(None))
    gone = drafts.values(draft=None, draft_saved_at=None).returning(Record.id)
    count("drafts", len(session.scalars(gone).all()))
    ours = session.scalars(
        delete(Evidence).where(Evidence.record_id.in_(record_ids)).returning(Evidence.sha256)
    ).all()
    count("files", len(ours))
    session.execute(delete(Upload).where(Upload.record_id.in_(record_ids)))
    files += _release(session, ours)
    session.execute(
        update(Referral).where(Referral.record_id.in_(record_ids)).values(told="", why="")
    )
    session.execute(delete(RecordReader).where(RecordReader.record_id.in_(record_ids)))


def _release(session: Session, hashes: Sequence[str]) -> list[str]:
    """Forget stored files that nobody else has handed in; return their and their copies' hashes."""
    unused = delete(StoredFile).where(
        StoredFile.sha256.in_(hashes), ~exists().where(Evidence.sha256 == StoredFile.sha256)
    )
    columns = (StoredFile.sha256, StoredFile.view_sha256, StoredFile.thumbnail_sha256)
    rows = session.execute(unused.returning(*columns)).all()
    gone = {sha256 for row in rows for sha256 in row if sha256}
    still = select(*columns).where(or_(*(column.in_(gone) for column in columns)))
    return sorted(gone - {sha256 for row in session.execute(still) for sha256 in row})


def end_launches(session: Session, person_id: UUID) -> None:
    """Sign somebody out everywhere."""
    launches = select(LaunchSession.id).where(LaunchSession.person_id == person_id)
    session.execute(delete(Handoff).where(Handoff.launch_id.in_(launches)))
    session.execute(delete(LaunchSession).where(LaunchSession.person_id == person_id))


def forget_person(session: Session, person: Person, count: Count) -> None:
    """Take name, addresses, sign-ins and messages away; what is left is a number."""
    _forget_messages(session, person, count)
    _forget_contact(session, person)
    end_launches(session, person.id)
    theirs = or_(Relation.trainee_id == person.id, Relation.person_id == person.id)
    session.execute(update(Relation).where(theirs).values(organisation=""))
    ended = update(Relation).where(theirs, Relation.to_on.is_(None))
    session.execute(ended.values(to_on=utc_now().date()))
    session.execute(
        update(Membership)
        .where(Membership.person_id == person.id, Membership.left_at.is_(None))
        .values(left_at=utc_now())
    )
    person.name = person.email = person.locale = person.chosen_locale = None
    person.sub = f"erased-{uuid4().hex}" if person.sub is not None else None
    person.pseudonym = uuid4()
    person.erased_at = utc_now()
    session.flush()


def _forget_contact(session: Session, person: Person) -> None:
    contact = session.get(Contact, person.id)
    if contact is not None:
        contact.email, contact.organisation, contact.approved_at = "", "", None
        contact.address = f"erased-{uuid4().hex}"
        contact.reminders_off_at = contact.reminders_off_at or utc_now()
    links = update(MentorLink).where(
        MentorLink.person_id == person.id, MentorLink.revoked_at.is_(None)
    )
    session.execute(links.values(revoked_at=utc_now()))
    session.flush()


def _forget_messages(session: Session, person: Person, count: Count) -> None:
    """Grades and mail on their way are dropped; what is in sent ones is blanked."""
    about = or_(
        Delivery.subject.in_([*_attempts(session, person), str(person.id)]),
        Delivery.key.contains(str(person.id)),
    )
    mine = update(Delivery).where(about, Delivery.kind != "statement")
    dropped = mine.where(Delivery.state.in_(_WAITS)).values(
        state=DeliveryState.DROPPED, reason="dropped"
    )
    count("messages", len(session.scalars(dropped.returning(Delivery.id)).all()))
    session.execute(mine.values(payload={}, body=None, last_error=None))
