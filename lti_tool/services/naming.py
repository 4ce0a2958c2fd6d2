"""Naming a mentor who has no account: by a tutor, by the trainee, or by the mentor before."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.domain.addresses import same_mailbox
from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import Contact
from lti_tool.domain.database import insert_if_new
from lti_tool.domain.errors import InvalidInput, NotFound, WrongState
from lti_tool.domain.people import Membership, Person, Relation, RelationState
from lti_tool.domain.roles import Hint, Role
from lti_tool.services.audit import record_audit
from lti_tool.services.contacts import MentorDetails, approve_contact, find_or_add_contact
from lti_tool.services.members import find_member, members_who_are

MOST_NAMED: Final = 5
"""Mentors whom one trainee may name in a course within 30 days; tutors are not counted."""
NAME_LENGTH: Final = 200
INTRODUCED_FOR: Final = timedelta(days=7)


def name_mentor(
    session: Session,
    course_id: UUID,
    *,
    trainee_id: UUID,
    details: MentorDetails,
    by: Person,
    is_tutor: bool,
) -> Relation:
    """Make whoever is reached at an address the mentor of a trainee; twice makes one.

    A tutor's word counts at once. A trainee's does too where the address belongs to a
    workplace; a free-mail address, a tutor's or another trainee's waits for a tutor.

    Raises:
        NotFound: The trainee is not in this course.
        InvalidInput: Something is missing, or the address is the trainee's own.
    """
    trainee = find_member(session, course_id, trainee_id)
    if not trainee.may_be_mentored:
        raise InvalidInput(_("Only a trainee can have a mentor."))
    _check(details, trainee.person)
    contact = find_or_add_contact(session, details, by=by)
    waits = not is_tutor and (contact.is_free_mail or is_known_here(session, course_id, contact))
    state = RelationState.PROPOSED if waits else RelationState.ACTIVE
    relation = _relate(session, course_id, trainee_id, contact, details, by=by, state=state)
    if is_tutor:
        _accept(session, relation, contact, by=by)
    elif relation.state is RelationState.ACTIVE:
        approve_contact(session, contact, by=None)
    return relation


def nominate_colleague(
    session: Session, course_id: UUID, *, trainee_id: UUID, details: MentorDetails, by: Person
) -> Relation:
    """Let a mentor say who looks after a trainee instead; a tutor has to agree.

    Raises:
        NotFound: The trainee is not in this course.
        InvalidInput: Something is missing, or the address is the trainee's own.
    """
    trainee = find_member(session, course_id, trainee_id)
    _check(details, trainee.person)
    if same_mailbox(details.email, by.email):
        raise _wrong("email", _("This is your own address. Type that of your colleague."))
    contact = find_or_add_contact(session, details, by=by)
    proposed = RelationState.PROPOSED
    return _relate(session, course_id, trainee_id, contact, details, by=by, state=proposed)


def approve_relation(
    session: Session, course_id: UUID, relation_id: UUID, *, by: Person
) -> Contact:
    """Agree to a mentor whom somebody proposed; mail may go there from now on.

    Raises:
        NotFound: No such proposal in this course.
        WrongState: It was answered before.
    """
    relation, contact = find_proposal(session, course_id, relation_id)
    _accept(session, relation, contact, by=by)
    return contact


def decline_relation(session: Session, course_id: UUID, relation_id: UUID, *, by: Person) -> None:
    """Turn a proposed mentor down; nothing was sent, and nothing will be.

    Raises:
        NotFound: No such proposal in this course.
        WrongState: It was answered before.
    """
    relation, _contact = find_proposal(session, course_id, relation_id)
    relation.state = RelationState.DECLINED
    relation.to_on = date.fromordinal(utc_now().date().toordinal() - 1)
    session.flush()
    _audit(session, "mentor.declined", relation, by)


def find_proposal(session: Session, course_id: UUID, relation_id: UUID) -> tuple[Relation, Contact]:
    """Return a mentoring that waits for a tutor's word.

    Raises:
        NotFound: No such relation in this course.
        WrongState: It was answered before.
    """
    found = session.execute(
        select(Relation, Contact)
        .join(Contact, Contact.person_id == Relation.person_id)
        .where(Relation.id == relation_id, Relation.course_id == course_id)
        .with_for_update(of=Relation)
    ).one_or_none()
    if found is None:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    if found[0].state is not RelationState.PROPOSED:
        raise WrongState(_("Somebody has answered this already."))
    return found[0], found[1]


def is_introduced(session: Session, relation: Relation) -> bool:
    """Say whether the mentor was written to about another trainee within seven days.

    Who is named for six trainees at one sitting gets one mail; what waits tells them of the rest.
    """
    others = select(Relation.id).where(
        Relation.person_id == relation.person_id,
        Relation.id != relation.id,
        Relation.state == RelationState.ACTIVE,
        Relation.role == Role.MENTOR,
        Relation.to_on.is_(None),
        Relation.created_at > utc_now() - INTRODUCED_FOR,
    )
    return session.scalar(others.limit(1)) is not None


def is_known_here(session: Session, course_id: UUID, contact: Contact) -> bool:
    """Say whether an address is that of a tutor, assessor or trainee of the course."""
    roles = (Role.TUTOR, Role.ASSESSOR, Role.TRAINEE)
    members = (member for role in roles for member in members_who_are(session, course_id, role))
    return any(same_mailbox(contact.address, member.person.email) for member in members)


def _check(details: MentorDetails, trainee: Person) -> None:
    if not details.name.strip() or len(details.name) > NAME_LENGTH:
        raise _wrong("name", _("Type the mentor's name."))
    if same_mailbox(details.email, trainee.email):
        raise _wrong(
            "email",
            _("This is the trainee's own address. A mentor needs an address of their own."),
        )


def _relate(
    session: Session,
    course_id: UUID,
    trainee_id: UUID,
    contact: Contact,
    details: MentorDetails,
    *,
    by: Person,
    state: RelationState,
) -> Relation:
    """Return the present relation of the two as it is, or a new one in *state*."""
    organisation = details.organisation.strip()
    pair = select(Relation).where(
        Relation.course_id == course_id,
        Relation.trainee_id == trainee_id,
        Relation.person_id == contact.person_id,
        Relation.role == Role.MENTOR,
        Relation.to_on.is_(None),
    )
    known = session.scalars(pair).first()
    if known is not None:
        return known
    if by.id == trainee_id:
        _limit_named(session, course_id, trainee_id)
    _ensure_member(session, course_id, contact.person_id)
    relation = Relation(
        course_id=course_id,
        trainee_id=trainee_id,
        person_id=contact.person_id,
        role=Role.MENTOR,
        state=state,
        organisation=organisation or contact.organisation,
        from_on=utc_now().date(),
        set_by_id=by.id,
    )
    session.add(relation)
    session.flush()
    _audit(session, "mentor.named", relation, by)
    return relation


def _limit_named(session: Session, course_id: UUID, trainee_id: UUID) -> None:
    """Keep a trainee from having us write to the whole world."""
    query = select(func.count()).where(
        Relation.course_id == course_id,
        Relation.trainee_id == trainee_id,
        Relation.set_by_id == trainee_id,
        Relation.created_at > utc_now() - timedelta(days=30),
    )
    if (session.scalar(query) or 0) >= MOST_NAMED:
        raise WrongState(
            _("You have named %(number)s mentors in a month.", number=MOST_NAMED),
            next_step=_("Ask your tutor to name the next one."),
        )


def _ensure_member(session: Session, course_id: UUID, person_id: UUID) -> None:
    """Make the contact a mentor of the course, as a tutor would have set it.

    A roster never touches this row: it was never in one, so it cannot be missed there.
    """
    row = insert_if_new(session, Membership).values(
        id=uuid4(),
        course_id=course_id,
        person_id=person_id,
        launch_hint=Hint.NONE,
        roster_hint=Hint.NONE,
        may_edit=False,
        role=Role.MENTOR,
        in_roster=False,
        created_at=utc_now(),
    )
    session.execute(row)


def _accept(session: Session, relation: Relation, contact: Contact, *, by: Person) -> None:
    approve_contact(session, contact, by=by)
    if relation.state is RelationState.ACTIVE:
        return
    relation.state = RelationState.ACTIVE
    session.flush()
    _audit(session, "mentor.approved", relation, by)


def _wrong(field: str, text: str) -> InvalidInput:
    return InvalidInput(text, fields={field: text})


def _audit(session: Session, action: str, relation: Relation, by: Person) -> None:
    record_audit(
        session,
        action,
        by=by,
        subject=("relation", relation.id),
        course_id=relation.course_id,
        details={
            "trainee": str(relation.trainee_id),
            "mentor": str(relation.person_id),
            "state": relation.state.value,
        },
    )
