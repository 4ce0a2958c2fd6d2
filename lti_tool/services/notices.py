"""Who is told by mail of what happens to a record: who has to decide, and who decided before."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.contacts import Contact
from lti_tool.domain.courses import ResourceLink
from lti_tool.domain.people import Person, Relation
from lti_tool.domain.records import Attempt, Record
from lti_tool.domain.signing import Decision, Signature
from lti_tool.services.mailing import plan_digest, queue_mail
from lti_tool.services.people import mentoring_now
from lti_tool.services.visibility import may_leave

CONFIRMING = (Decision.CONFIRMED, Decision.OBSERVED)
"""Whoever decided so is told what becomes of it; tutors see it in the course."""


def tell_mentors(session: Session, record: Record) -> None:
    """See that the mentors without an account hear of what was handed in, if they may."""
    if not may_leave(record):
        return
    attempt = session.get_one(Attempt, record.attempt_id)
    course_id = session.get_one(ResourceLink, attempt.resource_link_id).course_id
    theirs = (
        select(Contact.person_id)
        .join(Relation, Relation.person_id == Contact.person_id)
        .where(*mentoring_now(course_id), Relation.trainee_id == attempt.person_id)
    )
    for person_id in session.scalars(theirs.distinct()).all():
        plan_digest(session, person_id)


def tell_signers(
    session: Session, record: Record, template: str, *, but: Person, **ids: UUID
) -> None:
    """Tell everybody who confirmed *record*, except who did it; see `queue_mail`."""
    if not may_leave(record):
        return
    confirmed = select(Signature.signer_id).where(
        Signature.record_id == record.id, Signature.decision.in_(CONFIRMING)
    )
    signers = select(Person).where(Person.id.in_(confirmed), Person.id != but.id)
    for person in session.scalars(signers.order_by(Person.id)).all():
        queue_mail(session, template, person, **ids)


def tell_learner(session: Session, record: Record, template: str, **ids: UUID) -> None:
    """Tell whose record it is, if it may be told of outside; see `queue_mail`."""
    if may_leave(record):
        attempt = session.get_one(Attempt, record.attempt_id)
        queue_mail(session, template, session.get_one(Person, attempt.person_id), **ids)
