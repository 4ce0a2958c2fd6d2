"""Opening an activity's own pages for a mentor who came by a link, without a platform."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import ActivitySetup, Course, ResourceLink
from lti_tool.domain.errors import NotFound
from lti_tool.domain.people import Membership, Relation
from lti_tool.domain.roles import Role
from lti_tool.domain.sessions import LaunchSession
from lti_tool.services.contacts import OpenLink
from lti_tool.services.environment import environment
from lti_tool.services.launches import hash_secret
from lti_tool.services.mentor_tasks import mentoring_of

LIFETIME: Final = timedelta(hours=4)
"""Long enough for an observation; the screen may be one that others use after."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One activity that a mentor can open."""

    link_id: UUID
    title: str
    course_title: str
    begins: bool
    """A mentor begins something there unasked, such as an observation."""


def offers_of(session: Session, person_id: UUID) -> list[Offer]:
    """Return the activities of the courses in which a person mentors somebody now."""
    courses = mentoring_of(person_id).with_only_columns(Relation.course_id)
    rows = session.execute(
        select(ResourceLink.id, ActivitySetup.title, Course.title, ActivitySetup.kind)
        .join(ActivitySetup, ActivitySetup.id == ResourceLink.setup_id)
        .join(Course, Course.id == ResourceLink.course_id)
        .join(Membership, Membership.course_id == Course.id)
        .where(
            Course.id.in_(courses),
            Membership.person_id == person_id,
            Membership.role == Role.MENTOR,
            Membership.left_at.is_(None),
        )
        .order_by(Course.title, ActivitySetup.title, ResourceLink.id)
    )
    registry = environment(session).registry
    return [
        Offer(
            link_id=row[0],
            title=row[1],
            course_title=row[2],
            begins=registry.get(row[3]).mentors_begin,
        )
        for row in rows
        if row[3] in registry
    ]


def open_for_mentor(
    session: Session, opened: OpenLink, link_id: UUID, *, locale: str, device_mark: str | None
) -> tuple[UUID, str]:
    """Open one activity as its mentor; return the launch's id and the secret for the cookie.

    Raises:
        NotFound: The activity is in no course in which this person mentors somebody.
    """
    if link_id not in {offer.link_id for offer in offers_of(session, opened.person.id)}:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    link, now = session.get_one(ResourceLink, link_id), utc_now()
    secret, id = secrets.token_urlsafe(32), uuid4()
    session.add(
        LaunchSession(
            id=id,
            secret_hash=hash_secret(secret),
            platform_id=opened.contact.platform_id,
            course_id=link.course_id,
            resource_link_id=link.id,
            person_id=opened.person.id,
            locale=locale,
            device_mark=device_mark,
            mentor_link_id=opened.link.id,
            document_target="window",
            is_handed_off=True,
            created_at=now,
            seen_at=now,
            expires_at=now + LIFETIME,
        )
    )
    session.flush()
    return id, secret


def end_launch(session: Session, launch_id: UUID) -> None:
    """End a launch at once, so that nothing stays open on a screen that others use."""
    session.execute(delete(LaunchSession).where(LaunchSession.id == launch_id))
