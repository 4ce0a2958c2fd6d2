"""Addresses that stand in mails: a mentor's page, a receipt, the switch for reminders."""

from datetime import datetime
from uuid import UUID

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.contacts import Contact, LinkPurpose, MentorLink
from lti_tool.services.contacts import issue_link, token_of
from lti_tool.services.environment import environment
from lti_tool.services.mail_tokens import UNSUBSCRIBE, signed_id

PATHS = {LinkPurpose.PAGE: "m", LinkPurpose.RECEIPT: "m/receipt"}
"""What stands before the token, by what the link opens."""


def page_url(session: Session, contact: Contact, *, since: datetime) -> str:
    """Return the address of the mentor's page, by a link made for the mail that is queued.

    A mail that is tried again has the link of the first try: the newest made after *since*.
    """
    newest = (
        select(MentorLink)
        .where(
            MentorLink.person_id == contact.person_id,
            MentorLink.purpose == LinkPurpose.PAGE,
            MentorLink.revoked_at.is_(None),
            MentorLink.created_at >= since,
        )
        .order_by(MentorLink.created_at.desc())
        .limit(1)
    )
    link = session.scalar(newest) or issue_link(session, contact, LinkPurpose.PAGE)
    return link_url(session, link)


def receipt_url(session: Session, contact: Contact, signature_id: UUID) -> str:
    """Return the address where a mentor says "this was not me" of one signature."""
    mine = select(MentorLink).where(
        MentorLink.person_id == contact.person_id,
        MentorLink.purpose == LinkPurpose.RECEIPT,
        MentorLink.signature_id == signature_id,
        MentorLink.revoked_at.is_(None),
    )
    known = session.scalars(mine.order_by(MentorLink.created_at.desc())).first()
    link = known or issue_link(session, contact, LinkPurpose.RECEIPT, signature_id=signature_id)
    return link_url(session, link)


def link_url(session: Session, link: MentorLink) -> str:
    """Return the address of a personal link; it is a secret."""
    world = environment(session)
    return f"{world.public_url}/{PATHS[link.purpose]}/{token_of(link.id, world.secret_key)}"


def reminders_url(session: Session, contact: Contact) -> str:
    """Return the address where *contact* switches reminders off and on; it never expires."""
    token = signed_id(contact.person_id, UNSUBSCRIBE, environment(session).secret_key)
    return url_for("mail.reminders", token=token, _external=True)
