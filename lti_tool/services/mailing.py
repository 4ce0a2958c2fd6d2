"""Mail for people: when a mentor gets the next one, and what is sent at once.

A delivery holds ids only. Text, names and addresses are looked up when it is sent.
"""

import enum
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.contacts import Contact, MentorLink
from lti_tool.domain.people import Person
from lti_tool.outbox.models import Delivery
from lti_tool.outbox.queue import enqueue
from lti_tool.services.audit import record_audit
from lti_tool.services.digest_queue import put_digest
from lti_tool.services.environment import environment

KIND: Final = "mail"
DESTINATION: Final = "smtp"

WEEK: Final = timedelta(days=7)
_MORE_THAN_A_WEEK: Final = WEEK + timedelta(minutes=1)

MOST_REMINDERS: Final = 4
"""After so many without an answer we stop, and the tutor sees it."""


class Silence(enum.StrEnum):
    """Why a mentor gets no mail."""

    OFF = "mail_is_off"
    NOT_APPROVED = "not_approved"
    BOUNCED = "bounced"
    REMINDERS_OFF = "reminders_off"
    UNANSWERED = "unanswered"

    @property
    def text(self) -> str:
        """The reason in words for a tutor, in the reader's language."""
        return str(_REASONS[self])


_REASONS: Final = {
    Silence.OFF: _l("This site sends no mail. Ask whoever runs it to set up a mail server."),
    Silence.NOT_APPROVED: _l("Nothing is sent before a tutor approves the address."),
    Silence.BOUNCED: _l("The last mail could not be delivered. Check the address."),
    Silence.REMINDERS_OFF: _l("The mentor asked for no more reminders. Their link still works."),
    Silence.UNANSWERED: _l("Four reminders had no answer, so we send no more. Call the mentor."),
}


def silence_of(session: Session, contact: Contact) -> Silence | None:
    """Return why no reminder goes to *contact*, or None if nothing is in the way."""
    if not environment(session).mail_is_on:
        return Silence.OFF
    if contact.approved_at is None:
        return Silence.NOT_APPROVED
    if contact.bounced_at is not None:
        return Silence.BOUNCED
    if contact.reminders_off_at is not None:
        return Silence.REMINDERS_OFF
    return Silence.UNANSWERED if unanswered(session, contact) >= MOST_REMINDERS else None


def unanswered(session: Session, contact: Contact) -> int:
    """Return how many reminders were sent since the mentor last acted from a link."""
    mailed_at = contact.last_mailed_at
    acted_at = select(func.max(MentorLink.used_at)).where(MentorLink.person_id == contact.person_id)
    last_act: datetime | None = session.scalar(acted_at)
    has_acted = last_act is not None and (mailed_at is None or last_act > mailed_at)
    return 0 if has_acted else contact.reminders_sent


def plan_digest(
    session: Session, person_id: UUID, *, now: datetime | None = None
) -> datetime | None:
    """See that a mentor hears of what waits; call it whenever something begins to wait.

    However often it is called, one mail goes out for all. Returns when, or None when none
    will: the person has no mail contact, or `silence_of` says why.
    """
    contact = session.get(Contact, person_id)
    if contact is None or silence_of(session, contact) is not None:
        return None
    earliest = (now or utc_now()) + environment(session).mail_bundle
    return put_digest(session, contact, next_slot(session, contact, earliest))


def next_slot(session: Session, contact: Contact, earliest: datetime) -> datetime:
    """Return the first moment from *earliest* on at which a digest may go to *contact*.

    At most two in any seven days, one a week to who did not answer a reminder, not before
    the mentor wants to be reminded, and never in the quiet hours.
    """
    moments = [earliest]
    if contact.mailed_before_at is not None:
        moments.append(contact.mailed_before_at + _MORE_THAN_A_WEEK)
    if contact.last_mailed_at is not None and unanswered(session, contact):
        moments.append(contact.last_mailed_at + _MORE_THAN_A_WEEK)
    if contact.snoozed_until is not None:
        moments.append(contact.snoozed_until)
    return environment(session).quiet_hours.next_allowed(max(moments))


def snooze(session: Session, contact: Contact, until: datetime) -> datetime | None:
    """Send no reminder before *until*, then one, if something still waits.

    It counts as an answer. Returns when the reminder goes, which quiet hours or two mails
    in the last seven days may make later; None when no mail goes to this mentor at all.
    """
    contact.snoozed_until, contact.reminders_sent = until, 0
    session.flush()
    if silence_of(session, contact) is not None:
        return None
    return put_digest(session, contact, next_slot(session, contact, until), is_exact=True)


def is_time(
    session: Session, contact: Contact, newest: datetime, now: datetime
) -> tuple[bool, datetime]:
    """Say whether a digest may leave at *now*, and else when it may.

    *newest* is when the latest of what waits began to. Without anything new since the last
    digest it is a reminder: a week later, or when the mentor asked to be reminded.
    """
    last, wanted = contact.last_mailed_at, contact.snoozed_until
    is_news = last is None or newest > last
    was_wanted = wanted is not None and last is not None and last < wanted <= now
    earliest = now if last is None or is_news or was_wanted else max(now, last + WEEK)
    slot = next_slot(session, contact, earliest)
    return slot <= now, slot


def note_digest(
    session: Session, contact: Contact, delivery_id: UUID, oldest: datetime, *, at: datetime
) -> None:
    """Keep that the mail server took a digest put together *at*; plan the reminder after it.

    *oldest* is when the first of what it lists began to wait.
    """
    is_reminder = contact.last_mailed_at is not None and oldest <= contact.last_mailed_at
    contact.reminders_sent = unanswered(session, contact) + is_reminder
    contact.mailed_before_at, contact.last_mailed_at = contact.last_mailed_at, at
    contact.last_digest_id = delivery_id
    session.flush()
    if silence_of(session, contact) is None:
        put_digest(session, contact, next_slot(session, contact, at + WEEK))


def queue_mail(session: Session, template: str, person: Person, **ids: UUID) -> Delivery | None:
    """Queue a mail that goes at once: receipt, code, link, named, reopened, changed, withdrawn.

    *ids* say what it is about, such as ``signature_id``; see `mail.letters`. None when mail
    is off, or nothing may be sent to this person. A new code or link replaces an older one.
    """
    if not may_be_mailed(session, person):
        return None
    about = next(iter(ids.values()), person.id)
    payload: Json = {"template": template, "person": str(person.id)}
    return enqueue(
        session,
        KIND,
        destination=DESTINATION,
        key=f"mail:{person.id}:{template}",
        subject=str(about),
        payload=payload | {name: str(id) for name, id in ids.items()},
        replace=template in ("code", "link"),
    )


def may_be_mailed(session: Session, person: Person) -> bool:
    """Say whether anything at all may be sent to *person*, reminders or not."""
    if not environment(session).mail_is_on or person.erased_at is not None:
        return False
    contact = session.get(Contact, person.id)
    if contact is None:
        return bool(person.email)
    return contact.approved_at is not None and contact.bounced_at is None


def note_bounce(session: Session, contact: Contact, code: str) -> None:
    """Keep that mail to *contact* does not arrive; *code* is the reason's, such as 5.1.1."""
    contact.bounced_at, contact.bounce_code = utc_now(), code
    session.flush()
    _audit(session, "contact.bounced", contact, None, {"code": code})


def switch_reminders(session: Session, contact: Contact, *, is_on: bool) -> None:
    """Send *contact* reminders again, or no more; by the mentor's own wish."""
    if is_on is (contact.reminders_off_at is None):
        return
    contact.reminders_off_at = None if is_on else utc_now()
    contact.reminders_sent = 0
    session.flush()
    person = session.get_one(Person, contact.person_id)
    _audit(session, f"contact.reminders_{'on' if is_on else 'off'}", contact, person, {})


def _audit(
    session: Session, action: str, contact: Contact, by: Person | None, details: Json
) -> None:
    record_audit(
        session,
        action,
        by=by,
        subject=("contact", contact.person_id),
        platform_id=contact.platform_id,
        details=details,
    )
