"""A six-digit code to the mentor's own mailbox: stronger proof, where an activity asks for it."""

import hmac
from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import MentorLink
from lti_tool.domain.courses import ActivitySetup, ResourceLink
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Record
from lti_tool.services.environment import environment
from lti_tool.services.limits import is_allowed
from lti_tool.services.mail_tokens import code_of, hashed_code
from lti_tool.services.mailing import queue_mail

PROOF: Final = "mentor_proof"
"""Key in `ActivitySetup.settings`: ``link`` (the usual) or ``code``."""
CODE_LIFETIME: Final = timedelta(minutes=10)
MOST_TRIES: Final = 5
MOST_CODES: Final = 6
"""Codes an hour for one mentor."""


def asks_for_code(session: Session, record_ids: Collection[UUID]) -> bool:
    """Say whether one of these records belongs to an activity that wants a code."""
    settings = session.scalars(
        select(ActivitySetup.settings)
        .join(ResourceLink, ResourceLink.setup_id == ActivitySetup.id)
        .join(Attempt, Attempt.resource_link_id == ResourceLink.id)
        .join(Record, Record.attempt_id == Attempt.id)
        .where(Record.id.in_(record_ids))
    )
    return any((stored or {}).get(PROOF) == "code" for stored in settings)


def setup_asks_for_code(session: Session, link_id: UUID) -> bool:
    """Say whether the activity of a resource link wants a code."""
    stored = session.scalar(
        select(ActivitySetup.settings)
        .join(ResourceLink, ResourceLink.setup_id == ActivitySetup.id)
        .where(ResourceLink.id == link_id)
    )
    return (stored or {}).get(PROOF) == "code"


def is_proved(link: MentorLink) -> bool:
    """Say whether a code that was typed a moment ago still counts."""
    return link.proved_until is not None and link.proved_until > utc_now()


def send_code(session: Session, link_id: UUID) -> bool:
    """Mail a code for a link, unless one that can still be typed is on its way.

    Returns whether there is a code to type; not when too many were asked for.
    """
    link, now = _locked(session, link_id), utc_now()
    has_one = link.code_expires_at is not None and link.code_expires_at > now
    if has_one and link.code_tries < MOST_TRIES:
        return True
    if not is_allowed(session, f"code/{link.person_id}", most=MOST_CODES, per=timedelta(hours=1)):
        return False
    key = environment(session).secret_key
    link.code_expires_at, link.code_tries = now + CODE_LIFETIME, 0
    link.code_hash = hashed_code(link.id, code_of(link.id, link.code_expires_at, key), key)
    session.flush()
    queue_mail(session, "code", session.get_one(Person, link.person_id), link_id=link.id)
    return True


def take_code(session: Session, link_id: UUID, typed: str) -> bool:
    """Count a try and say whether *typed* is the code; it then counts for ten minutes."""
    link, now = _locked(session, link_id), utc_now()
    is_over = link.code_expires_at is None or link.code_expires_at <= now
    if is_over or link.code_hash is None or link.code_tries >= MOST_TRIES:
        return False
    link.code_tries += 1
    key = environment(session).secret_key
    is_right = hmac.compare_digest(link.code_hash, hashed_code(link.id, typed, key))
    if is_right:
        link.proved_until = now + CODE_LIFETIME
        link.code_hash = link.code_expires_at = None
    session.flush()
    return is_right


def _locked(session: Session, link_id: UUID) -> MentorLink:
    query = select(MentorLink).where(MentorLink.id == link_id).with_for_update()
    return session.scalars(query).one()
