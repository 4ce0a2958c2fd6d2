"""What each mail says: looked up when it is sent, in the language of who gets it.

A letter is made inside a request context that speaks that language. `Pointless` says that
it need not be sent any more.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from lti_tool.domain.base import Base
from lti_tool.domain.contacts import Contact, LinkPurpose, MentorLink
from lti_tool.domain.courses import ActivitySetup, Course, ResourceLink
from lti_tool.domain.people import Person, Relation, RelationState
from lti_tool.domain.records import Attempt, Move, Record
from lti_tool.domain.signing import Signature
from lti_tool.mail.links import page_url, receipt_url, reminders_url
from lti_tool.services.contacts import LIFETIMES
from lti_tool.services.environment import environment
from lti_tool.services.mail_tokens import code_of
from lti_tool.services.mentor_tasks import Task, tasks_of
from lti_tool.services.receipts import signed_together
from lti_tool.services.visibility import may_leave

MOST_LISTED: Final = 40
"""Things that a digest names one by one; the page has them all."""

T = TypeVar("T", bound=Base)


class Pointless(Exception):
    """This mail need not be sent any more; the text is a machine code of the reason."""


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """Whom a mail is for, and what it is about."""

    session: Session
    person: Person
    contact: Contact | None
    ids: Mapping[str, UUID]
    queued_at: datetime
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Letter:
    """Subject and values of one mail; `values` go into the template of the same name."""

    subject: str
    values: Mapping[str, Any]
    unsubscribe_url: str | None = None
    """Only of digests: what is sent upon an act of the reader cannot be unsubscribed."""
    span: tuple[datetime, datetime] | None = None
    """Of a digest: since when the first and the last of what it lists wait."""


def write_letter(template: str, occasion: Occasion) -> Letter:
    """Return the mail of this name for *occasion*.

    Raises:
        Pointless: What it would tell is gone, private or over.
    """
    if template not in LETTERS:
        raise Pointless("unknown_template")
    return LETTERS[template](occasion)


def _digest(occasion: Occasion) -> Letter:
    contact = _contact(occasion)
    tasks = tasks_of(occasion.session, contact.person_id)
    if not tasks:
        raise Pointless("nothing_waits")
    waits = [task.since for task in tasks]
    off = reminders_url(occasion.session, contact)
    return Letter(
        subject=ngettext(
            "One thing waits for your answer", "%(num)s things wait for your answer", len(tasks)
        ),
        values={
            "count": len(tasks),
            "groups": _by_trainee(tasks[:MOST_LISTED]),
            "left_out": max(len(tasks) - MOST_LISTED, 0),
            "page_url": page_url(occasion.session, contact, since=occasion.queued_at),
            "days": LIFETIMES[LinkPurpose.PAGE].days,
            "unsubscribe_url": off,
        },
        unsubscribe_url=off,
        span=(min(waits), max(waits)),
    )


def _by_trainee(tasks: list[Task]) -> list[dict[str, Any]]:
    """Group tasks by trainee and course, in the order of who has waited longest."""
    groups: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    for task in tasks:
        key = task.trainee.id, task.course.id
        new = {"trainee": _name(task.trainee), "course": task.course.title, "items": []}
        label = str(task.waiting.label).removeprefix(f"{_name(task.trainee)}, ")
        item = {"label": label, "activity": task.setup.title, "since": task.since}
        groups.setdefault(key, new)["items"].append(item)
    return list(groups.values())


def _receipt(occasion: Occasion) -> Letter:
    """Tell a signer what was signed with one press, of which `signature_id` was the first."""
    first = _found(occasion, Signature, "signature_id")
    if first.signer_id != occasion.person.id:
        raise Pointless("not_theirs")
    lines = _lines_of_receipt(occasion, first)
    if not lines:
        raise Pointless("private")
    url = None
    if occasion.contact is not None:
        url = receipt_url(occasion.session, occasion.contact, first.id)
    return Letter(
        subject=ngettext("Your answer is saved", "Your %(num)s answers are saved", len(lines)),
        values={
            "lines": lines,
            "signed_at": first.signed_at,
            "signed_as": first.signer_name,
            "not_me_url": url,
            "days": LIFETIMES[LinkPurpose.RECEIPT].days,
        },
    )


def _lines_of_receipt(occasion: Occasion, first: Signature) -> list[dict[str, Any]]:
    lines = []
    for signature in signed_together(occasion.session, first):
        with suppress(Pointless):
            about = _about(occasion, signature.record_id)
            lines.append(about | {"signature": signature})
    return lines


def _code(occasion: Occasion) -> Letter:
    link = _found(occasion, MentorLink, "link_id")
    is_usable = link.person_id == occasion.person.id and link.revoked_at is None
    if not is_usable or link.code_expires_at is None or link.code_expires_at <= occasion.now:
        raise Pointless("expired")
    code = code_of(link.id, link.code_expires_at, environment(occasion.session).secret_key)
    return Letter(
        subject=_("Your code for signing"),
        values={"code": code, "expires_at": link.code_expires_at},
    )


def _named(occasion: Occasion) -> Letter:
    """Tell a mentor that they were named, with their page; the first mail they ever get."""
    relation = _found(occasion, Relation, "relation_id")
    contact, session = _contact(occasion), occasion.session
    is_over = relation.to_on is not None and relation.to_on < occasion.now.date()
    if relation.person_id != contact.person_id or is_over:
        raise Pointless("ended")
    if relation.state is not RelationState.ACTIVE:
        raise Pointless("not_approved")
    named_by = session.get(Person, relation.set_by_id) if relation.set_by_id else None
    return Letter(
        subject=_("You have been named as a mentor"),
        values={
            "trainee": _name(session.get_one(Person, relation.trainee_id)),
            "course": session.get_one(Course, relation.course_id).title,
            "named_by": named_by and named_by.name,
            "organisation": relation.organisation,
            "page_url": page_url(session, contact, since=occasion.queued_at),
            "days": LIFETIMES[LinkPurpose.PAGE].days,
        },
    )


def _link(occasion: Occasion) -> Letter:
    """Send a mentor a new link, because somebody asked for it with one that is over."""
    url = page_url(occasion.session, _contact(occasion), since=occasion.queued_at)
    days = LIFETIMES[LinkPurpose.PAGE].days
    return Letter(subject=_("Your new link"), values={"page_url": url, "days": days})


def _reopened(occasion: Occasion) -> Letter:
    """Tell who signed that a tutor opened it again, and why."""
    move = _found(occasion, Move, "move_id")
    about = _about(occasion, move.record_id)
    values = about | {"reason": move.reason, "page_url": _own_page(occasion)}
    return Letter(subject=_("Something you confirmed was opened again"), values=values)


def _changed(occasion: Occasion) -> Letter:
    """Tell who signed that there is a corrected version now."""
    about = _about(occasion, _found(occasion, Record, "record_id").id)
    return Letter(
        subject=_("Something you confirmed was corrected"),
        values=about | {"page_url": _own_page(occasion)},
    )


def _withdrawn(occasion: Occasion) -> Letter:
    """Tell who has to do with a record that a signature on it was taken back, and why."""
    signature = _found(occasion, Signature, "signature_id")
    about = _about(occasion, signature.record_id)
    values = about | {"signer": signature.signer_name, "reason": signature.comment}
    return Letter(subject=_("A signature was taken back"), values=values)


LETTERS: Final[dict[str, Callable[[Occasion], Letter]]] = {
    "digest": _digest,
    "receipt": _receipt,
    "code": _code,
    "named": _named,
    "link": _link,
    "reopened": _reopened,
    "changed": _changed,
    "withdrawn": _withdrawn,
}


def _about(occasion: Occasion, record_id: UUID) -> dict[str, Any]:
    """Return whose record it is, and where: names that every reader of it may know."""
    session, record = occasion.session, occasion.session.get(Record, record_id)
    if record is None or not may_leave(record):
        raise Pointless("private")
    attempt = session.get_one(Attempt, record.attempt_id)
    link = session.get_one(ResourceLink, attempt.resource_link_id)
    setup = session.get(ActivitySetup, link.setup_id) if link.setup_id else None
    return {
        "trainee": _name(session.get_one(Person, attempt.person_id)),
        "course": session.get_one(Course, link.course_id).title,
        "activity": setup.title if setup else link.title,
        "happened_on": record.happened_on,
    }


def _found(occasion: Occasion, model: type[T], name: str) -> T:
    id = occasion.ids.get(name)
    row = occasion.session.get(model, id) if id else None
    if row is None:
        raise Pointless("gone")
    return row


def _contact(occasion: Occasion) -> Contact:
    if occasion.contact is None:
        raise Pointless("no_contact")
    return occasion.contact


def _own_page(occasion: Occasion) -> str | None:
    """Return the mentor's page; who has an account finds the record in the course."""
    if occasion.contact is None:
        return None
    return page_url(occasion.session, occasion.contact, since=occasion.queued_at)


def _name(person: Person) -> str:
    return person.name or _("Trainee %(code)s", code=person.short_code)
