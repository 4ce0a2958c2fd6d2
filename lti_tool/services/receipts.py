"""Receipts: what somebody signed with one press, and taking it back because it was not them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from lti_tool.domain.courses import ActivitySetup, Course, ResourceLink
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Record
from lti_tool.domain.signing import Decision, Signature
from lti_tool.outbox.models import Delivery
from lti_tool.services.contacts import OpenLink
from lti_tool.services.visibility import may_leave

TOGETHER: Final = timedelta(minutes=2)
"""What was signed from one link within this belongs to one receipt."""


@dataclass(frozen=True, kw_only=True)
class Signed:
    """One line of a receipt."""

    signature: Signature
    record: Record
    trainee: Person
    course: Course
    setup: ActivitySetup
    is_withdrawn: bool


def signed_together(session: Session, signature: Signature) -> list[Signature]:
    """Return what was signed with the same press as *signature*, which is the first of it."""
    return list(
        session.scalars(
            select(Signature)
            .where(
                Signature.signer_id == signature.signer_id,
                Signature.link_id == signature.link_id
                if signature.link_id
                else Signature.id == signature.id,
                Signature.decision != Decision.WITHDRAWN,
                Signature.signed_at >= signature.signed_at,
                Signature.signed_at <= signature.signed_at + TOGETHER,
            )
            .order_by(Signature.signed_at)
        )
    )


def receipt_of(session: Session, opened: OpenLink) -> list[Signed]:
    """Return the lines of the receipt that a link opens, in the order of signing."""
    first = session.get(Signature, opened.link.signature_id) if opened.link.signature_id else None
    if first is None or first.signer_id != opened.person.id:
        return []
    ids = [signature.id for signature in signed_together(session, first)]
    taken_back = aliased(Signature)
    rows = session.execute(
        select(Signature, Record, Person, Course, ActivitySetup, taken_back.id)
        .join(Record, Record.id == Signature.record_id)
        .join(Attempt, Attempt.id == Record.attempt_id)
        .join(Person, Person.id == Attempt.person_id)
        .join(ResourceLink, ResourceLink.id == Attempt.resource_link_id)
        .join(ActivitySetup, ActivitySetup.id == ResourceLink.setup_id)
        .join(Course, Course.id == ResourceLink.course_id)
        .outerjoin(taken_back, taken_back.withdraws_id == Signature.id)
        .where(Signature.id.in_(ids))
        .order_by(Signature.signed_at)
    )
    return [
        Signed(
            signature=row[0],
            record=row[1],
            trainee=row[2],
            course=row[3],
            setup=row[4],
            is_withdrawn=row[5] is not None,
        )
        for row in rows
        if may_leave(row[1])
    ]


def receipts_sent(session: Session, signature_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return when the receipt of each of these signatures left, where it has."""
    rows = session.execute(
        select(Delivery.subject, Delivery.sent_at).where(
            Delivery.kind == "mail",
            Delivery.subject.in_([str(id) for id in signature_ids]),
            Delivery.sent_at.is_not(None),
        )
    )
    return {UUID(subject): at for subject, at in rows if at is not None}
