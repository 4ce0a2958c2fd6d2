"""Who is due to be forgotten: those who left all their courses longer ago than is kept."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.platforms import Platform


def due_people(session: Session, *, now: datetime | None = None) -> Sequence[tuple[Person, bool]]:
    """Return everybody whose time is over, and whether a legal hold keeps them all the same.

    Time runs from the day on which they had left the last of their courses. Somebody who is
    in a course, or of a platform that keeps for ever, is never due.
    """
    moment = now or utc_now()
    found: list[tuple[Person, bool]] = []
    kept = select(Platform).where(Platform.retention_years.is_not(None)).order_by(Platform.id)
    for platform in session.scalars(kept):
        before = years_before(moment, platform.retention_years or 0)
        left = (
            select(func.max(Membership.left_at))
            .where(Membership.person_id == Person.id)
            .scalar_subquery()
        )
        stays = exists().where(Membership.person_id == Person.id, Membership.left_at.is_(None))
        query = select(Person).where(
            Person.platform_id == platform.id, Person.erased_at.is_(None), ~stays, left < before
        )
        found += [
            (person, person.legal_hold is not None)
            for person in session.scalars(query.order_by(Person.id))
        ]
    return found


def years_before(moment: datetime, years: int) -> datetime:
    """Return the same day so many years earlier; 29 February becomes the 28th."""
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:
        return moment.replace(year=moment.year - years, day=28)
