"""What a mentor decides without an account: on which record, how it is known, what looks odd."""

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from lti_tool.domain.addresses import same_mailbox
from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import Contact
from lti_tool.domain.courses import ActivitySetup, Course, ResourceLink
from lti_tool.domain.errors import InvalidInput, NotFound, StaleEdit, WrongState
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.records import Attempt, MoveKind, Record, RecordState, Revision
from lti_tool.domain.roles import Role
from lti_tool.domain.sessions import LaunchSession
from lti_tool.domain.signing import Capacity, Decision, Method, Signature, Signing
from lti_tool.plugins import Card, SigningDesk
from lti_tool.services.environment import environment
from lti_tool.services.mentor_tasks import mentoring_of
from lti_tool.services.moves import add_move
from lti_tool.services.proof_words import signed_words
from lti_tool.services.signing import signatures_of
from lti_tool.services.visibility import LEAVES

QUICK: Final = timedelta(seconds=10)
"""Who decides sooner after the page was made can hardly have read it."""
LONGEST_COMMENT: Final = 10_000
"""Characters."""
RECENT: Final = timedelta(days=30)
"""How far back a learner's own device is looked for."""


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """How and from where somebody signs without having signed in at the platform."""

    method: Method
    locale: str
    link_id: UUID | None
    device_mark: str | None
    after: timedelta
    """How long after the page was made."""


@dataclass(frozen=True, kw_only=True)
class Word:
    """What a mentor says of one record."""

    record_id: UUID
    decision: Decision
    seen_sha256: str
    said: str
    """`said_hash` of the wording that stood above the button."""
    capacity: Capacity | None = None
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Mentored:
    """A record that a mentor may decide on, and what is around it."""

    record: Record
    attempt: Attempt
    setup: ActivitySetup
    course: Course
    desk: SigningDesk


def device_mark(secret_key: str, browser: str, address: str | None) -> str:
    """Return a keyed hash of a browser's name and the network it is in (/24, or /48 of IPv6).

    Two equal ones hint at one device, or at two alike in one office; no more.
    """
    message = f"device/{browser}/{network_of(address)}".encode()
    return hmac.new(secret_key.encode(), message, hashlib.sha256).hexdigest()[:32]


def network_of(address: str | None) -> str:
    """Return the network that an address is in, '' for what is none."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    bits = 24 if ip.version == 4 else 48
    return str(ipaddress.ip_network((ip, bits), strict=False))


def said_hash(wording: str) -> str:
    """Return what a form carries to show which words stood above its button."""
    return hashlib.sha256(wording.encode()).hexdigest()[:16]


def find_mentored(session: Session, person_id: UUID, record_id: UUID) -> Mentored:
    """Return a record of somebody whom this person mentors now, whether or not it still waits.

    Raises:
        NotFound: There is none, it was never handed in, or it may not leave Trellis.
    """
    mentoring = mentoring_of(person_id).subquery()
    is_mentees = and_(
        mentoring.c.trainee_id == Attempt.person_id,
        mentoring.c.course_id == ResourceLink.course_id,
    )
    is_mentor = and_(
        Membership.course_id == ResourceLink.course_id,
        Membership.person_id == person_id,
        Membership.role == Role.MENTOR,
        Membership.left_at.is_(None),
    )
    row = session.execute(
        select(Record, Attempt, ActivitySetup, Course)
        .join(Attempt, Attempt.id == Record.attempt_id)
        .join(ResourceLink, ResourceLink.id == Attempt.resource_link_id)
        .join(ActivitySetup, ActivitySetup.id == ResourceLink.setup_id)
        .join(Course, Course.id == ResourceLink.course_id)
        .join(mentoring, is_mentees)
        .join(Membership, is_mentor)
        .where(
            Record.id == record_id,
            Record.visibility.in_(LEAVES),
            exists().where(Revision.record_id == Record.id),
        )
        .limit(1)
    ).one_or_none()
    desk = _desk_of(session, row[2], row[0]) if row else None
    if row is None or desk is None:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    return Mentored(record=row[0], attempt=row[1], setup=row[2], course=row[3], desk=desk)


def _desk_of(session: Session, setup: ActivitySetup, record: Record) -> SigningDesk | None:
    registry = environment(session).registry
    desk = registry.get(setup.kind).signing if setup.kind in registry else None
    return desk if desk is not None and desk.kind == record.kind else None


def decide(session: Session, person: Person, word: Word, how: Circumstances) -> Signature:
    """Sign one record as its learner's mentor; saying the same twice is saying it once.

    Raises:
        NotFound: It is not this mentor's to decide.
        InvalidInput: The capacity, or the reason for sending back, is missing; or the comment
            is too long.
        StaleEdit: It is not what was on the screen.
        WrongState: Nothing waits for a decision any more.
    """
    found = find_mentored(session, person.id, word.record_id)
    card = found.desk.card(session, found.record)
    _check_length(word)
    wording = _checked_wording(card, word)
    signing = Signing(
        signer=person,
        role=Role.MENTOR,
        locale=how.locale,
        seen_sha256=word.seen_sha256,
        wording=wording,
        capacity=word.capacity if word.decision is Decision.CONFIRMED else None,
        comment=word.comment,
        method=how.method,
        link_id=how.link_id,
        device_mark=how.device_mark,
        flags=tuple(flags_of(session, person, found.attempt.person_id, how)),
    )
    found.desk.decide(session, found.record, word.decision, signing)
    return next(s for s, by in reversed(signatures_of(session, found.record)) if by.id == person.id)


def _check_length(word: Word) -> None:
    """Have a comment shortened by who wrote it, never by us."""
    if len(word.comment) > LONGEST_COMMENT:
        text = _("Make this text shorter.")
        raise InvalidInput(text, fields={"comment": text})


def _checked_wording(card: Card, word: Word) -> str:
    """The words that are signed, if they are those that were read."""
    if word.decision is Decision.RETURNED:
        if not word.comment:
            text = _("Write what should be changed.")
            raise InvalidInput(text, fields={"comment": text})
        return str(_("I ask the trainee to change this."))
    if word.capacity is None:
        text = _("Choose how you know.")
        raise InvalidInput(text, fields={"capacity": text})
    if word.said != said_hash(card.wording):
        raise StaleEdit(
            _("The words that you sign have changed."), next_step=_("Read them, then decide.")
        )
    return signed_words(card.wording, word.capacity)


def say_not_mine(session: Session, person: Person, word: Word) -> None:
    """Keep that a record is not this mentor's to decide; it then waits for somebody else.

    Raises:
        NotFound: It is nothing of this mentor's trainees.
        InvalidInput: The comment is too long.
        StaleEdit: It is not what was on the screen.
    """
    found = find_mentored(session, person.id, word.record_id)
    _check_length(word)
    if found.desk.card(session, found.record).seen_sha256 != word.seen_sha256:
        raise StaleEdit(
            _("This was changed after you opened it."), next_step=_("Read it again, then decide.")
        )
    if not is_waiting(found.record):
        raise WrongState(_("This does not wait for a decision any more."))
    add_move(session, found.record, MoveKind.NOT_MINE, by=person, reason=word.comment)


def is_waiting(record: Record) -> bool:
    """Say whether a record was handed in and nobody has decided on it."""
    return record.state is RecordState.SUBMITTED


def flags_of(session: Session, person: Person, learner_id: UUID, how: Circumstances) -> list[str]:
    """Return what a tutor should look at; nobody is accused of anything."""
    contact = session.get(Contact, person.id)
    is_apart = how.method is not Method.HANDOVER
    learner = session.get_one(Person, learner_id)
    found = {
        "same_device": is_apart and is_learners_device(session, learner_id, how.device_mark),
        "same_address": same_mailbox(person.email, learner.email),
        "free_mail": contact is not None and contact.is_free_mail,
        "quick": how.after < QUICK,
    }
    return [flag for flag, is_up in found.items() if is_up]


def is_learners_device(session: Session, learner_id: UUID, mark: str | None) -> bool:
    """Say whether a learner recently came in from what looks like the same device."""
    if mark is None:
        return False
    query = (
        exists()
        .where(
            LaunchSession.person_id == learner_id,
            LaunchSession.device_mark == mark,
            LaunchSession.created_at > utc_now() - RECENT,
        )
        .select()
    )
    return bool(session.scalar(query))
