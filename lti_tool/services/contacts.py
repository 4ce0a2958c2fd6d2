"""Mentors without an account: their addresses, and the personal links that are sent there.

Such a mentor is a Person without a `sub`, with a Contact, and in each course a Membership
that a tutor set and Relations; so guards, signatures and pseudonyms work as for anybody.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lti_tool.domain.addresses import folded, is_address, is_free_mail
from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import Contact, LinkPurpose, MentorLink
from lti_tool.domain.database import insert_if_new
from lti_tool.domain.errors import InvalidInput
from lti_tool.domain.people import Person
from lti_tool.domain.platforms import Platform
from lti_tool.domain.sessions import LaunchSession
from lti_tool.services.audit import record_audit
from lti_tool.services.environment import environment

LIFETIMES: Final = {
    LinkPurpose.PAGE: timedelta(days=30),
    LinkPurpose.RECEIPT: timedelta(days=7),
}
"""How long a link opens, from when it was issued."""

LONGEST_TOKEN: Final = 64
"""Characters; a token has 43. Longer ones are not even hashed."""


@dataclass(frozen=True, kw_only=True)
class MentorDetails:
    """What is typed about a mentor who has no account."""

    name: str
    email: str
    locale: str
    """One of our seven languages."""
    organisation: str = ""


@dataclass(frozen=True, kw_only=True)
class OpenLink:
    """A personal link that opens, and whose it is."""

    link: MentorLink
    contact: Contact
    person: Person


def find_contact(session: Session, platform_id: UUID, email: str) -> Contact | None:
    """Return the mentor of this platform who is reached at *email*, or None."""
    query = select(Contact).where(
        Contact.platform_id == platform_id, Contact.address == folded(email)
    )
    return session.scalar(query)


def find_or_add_contact(session: Session, details: MentorDetails, *, by: Person) -> Contact:
    """Return who is reached at this address, made if nobody of *by*'s platform is.

    A known contact keeps name and language: they are the mentor's own, whoever types them
    again. Two who name the same address at once make one.

    Raises:
        InvalidInput: No mail can be sent to the address.
    """
    require_address(details.email)
    known = find_contact(session, by.platform_id, details.email)
    return known or _add_contact(session, details, by)


def _add_contact(session: Session, details: MentorDetails, by: Person) -> Contact:
    email = details.email.strip()
    person = Person(
        id=uuid4(),
        platform_id=by.platform_id,
        sub=None,
        name=details.name.strip(),
        email=email,
        locale=details.locale,
        chosen_locale=details.locale,
    )
    session.add(person)
    session.flush()
    row = insert_if_new(session, Contact).values(
        person_id=person.id,
        platform_id=by.platform_id,
        email=email,
        address=folded(email),
        organisation=details.organisation.strip(),
        is_free_mail=is_free_mail(email),
        named_by_id=by.id,
        reminders_sent=0,
        created_at=utc_now(),
    )
    if session.execute(row.returning(Contact.person_id)).one_or_none() is None:
        session.delete(person)  # somebody else named the same address at this moment
        session.flush()
    return session.scalars(
        select(Contact).where(
            Contact.platform_id == by.platform_id, Contact.address == folded(email)
        )
    ).one()


def require_address(email: str) -> None:
    """Check the shape of an address.

    Raises:
        InvalidInput: No mail can be sent there.
    """
    if not is_address(email):
        raise InvalidInput(
            _("Type an e-mail address such as gwen@bakery.example."),
            fields={"email": _("Type an e-mail address such as gwen@bakery.example.")},
        )


def approve_contact(session: Session, contact: Contact, *, by: Person | None) -> None:
    """Let mail go to the address and its links open; *by* None says that no tutor had to."""
    if contact.approved_at is not None and (contact.approved_by_id or by is None):
        return
    contact.approved_at = utc_now()
    contact.approved_by_id = by.id if by else None
    session.flush()
    facts = {"free_mail": contact.is_free_mail}
    _audit(session, "mentor.address_approved", contact, by=by, details=facts)


def change_address(session: Session, contact: Contact, email: str, *, by: Person) -> None:
    """Reach a mentor at another address from now on; every link that was sent before dies.

    *by* is a tutor, so the new address counts as approved.

    Raises:
        InvalidInput: No mail can be sent there, or another mentor is reached there.
    """
    require_address(email)
    if folded(email) == contact.address:
        return
    if find_contact(session, contact.platform_id, email) is not None:
        text = _("Another mentor is reached at this address. Name that mentor instead.")
        raise InvalidInput(text, fields={"email": text})
    revoke_links(session, contact.person_id)
    contact.email, contact.address = email.strip(), folded(email)
    contact.is_free_mail = is_free_mail(email)
    contact.bounced_at = contact.bounce_code = contact.verified_at = None
    contact.snoozed_until = contact.last_mailed_at = None
    contact.reminders_sent = 0
    contact.approved_at, contact.approved_by_id = utc_now(), by.id
    session.get_one(Person, contact.person_id).email = contact.email
    session.flush()
    facts = {"free_mail": contact.is_free_mail}
    _audit(session, "mentor.address_changed", contact, by=by, details=facts)


def issue_link(
    session: Session, contact: Contact, purpose: LinkPurpose, *, signature_id: UUID | None = None
) -> MentorLink:
    """Make a personal link for *contact*; `token_of` gives what stands in its address.

    Earlier links go on until they expire, so that an older mail still works.
    """
    now, id = utc_now(), uuid4()
    link = MentorLink(
        id=id,
        person_id=contact.person_id,
        purpose=purpose,
        signature_id=signature_id,
        token_hash=_hash(token_of(id, environment(session).secret_key)),
        created_at=now,
        expires_at=now + LIFETIMES[purpose],
    )
    session.add(link)
    session.flush()
    return link


def token_of(link_id: UUID, secret_key: str) -> str:
    """Return the token of a link: 43 characters that nobody can guess, and nobody stores.

    Raises:
        ValueError: There is no secret to derive it from.
    """
    if not secret_key:
        raise ValueError("a personal link needs the installation's secret")
    message = f"mentor-link/{link_id}".encode()
    digest = hmac.new(secret_key.encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def find_link(session: Session, token: str, purpose: LinkPurpose) -> OpenLink | None:
    """Return the link of *token* whether or not it still opens, or None for an unknown one.

    It is found by the hash of the token, so that time taken tells nothing.
    """
    if len(token) > LONGEST_TOKEN:
        return None
    row = session.execute(
        select(MentorLink, Contact, Person)
        .join(Contact, Contact.person_id == MentorLink.person_id)
        .join(Person, Person.id == MentorLink.person_id)
        .join(Platform, Platform.id == Contact.platform_id)
        .where(
            MentorLink.token_hash == _hash(token),
            MentorLink.purpose == purpose,
            Platform.is_active,
        )
    ).one_or_none()
    return OpenLink(link=row[0], contact=row[1], person=row[2]) if row else None


def open_link(session: Session, token: str, purpose: LinkPurpose) -> OpenLink | None:
    """Return the link of *token* if it opens: not expired, not revoked, address approved.

    Looking changes nothing. None says no more than that.
    """
    found = find_link(session, token, purpose)
    if found is None or found.contact.approved_at is None:
        return None
    is_over = found.link.revoked_at is not None or found.link.expires_at <= utc_now()
    return None if is_over else found


def revoke_links(session: Session, person_id: UUID) -> None:
    """Make every link that was sent to a mentor so far dead, and end what was opened from it."""
    session.execute(
        update(MentorLink)
        .where(MentorLink.person_id == person_id, MentorLink.revoked_at.is_(None))
        .values(revoked_at=utc_now())
    )
    opened = LaunchSession.person_id == person_id, LaunchSession.mentor_link_id.is_not(None)
    session.execute(delete(LaunchSession).where(*opened))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _audit(
    session: Session, action: str, contact: Contact, *, by: Person | None, details: dict[str, bool]
) -> None:
    record_audit(
        session,
        action,
        by=by,
        subject=("contact", contact.person_id),
        platform_id=contact.platform_id,
        details=dict(details),
    )
