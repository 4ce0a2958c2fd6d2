"""Undeliverable mail that comes back later: read one report, mark whom it is about.

A report counts only if it came to an address that we made for this person (see
`message.envelope_sender`): what else it says could have been written by anybody.
"""

import enum
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses
from typing import Final

from sqlalchemy.orm import Session

from lti_tool.domain.contacts import Contact
from lti_tool.services.environment import environment
from lti_tool.services.mail_tokens import BOUNCE, id_of, is_genuine
from lti_tool.services.mailing import note_bounce

LARGEST: Final = 1024 * 1024
"""Bytes of a report that are read; reports come first in it."""

_MARK: Final = re.compile(r"[^@\s]*\+([a-z2-7]{42})@", re.IGNORECASE)
_STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_WHERE: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "To")


class Verdict(enum.StrEnum):
    """What became of one report."""

    MARKED = "marked: mail to this mentor does not arrive"
    KNOWN = "known already"
    NOT_FINAL = "ignored: not a report of a final failure"
    NOT_OURS = "ignored: not about mail of ours"


def take_bounce(session: Session, report: bytes, *, to: str | None = None) -> Verdict:
    """Mark the mentor that *report* (RFC 3464) is about as not to be reached.

    *to* is the address it came to, if the mail server says so, else its headers do.
    """
    message = message_from_bytes(report[:LARGEST], policy=compat32)
    contact = _find_contact(session, _addresses(message, to))
    if contact is None:
        return Verdict.NOT_OURS
    code = _final_code(message)
    if code is None:
        return Verdict.NOT_FINAL
    if contact.bounced_at is not None:
        return Verdict.KNOWN
    note_bounce(session, contact, code)
    return Verdict.MARKED


def _addresses(message: Message, to: str | None) -> list[str]:
    if to:
        return [to]
    said = [str(value) for name in _WHERE for value in message.get_all(name, [])]
    return [address for _name, address in getaddresses(said)]


def _find_contact(session: Session, addresses: list[str]) -> Contact | None:
    secret = environment(session).secret_key
    for address in addresses:
        found = _MARK.match(address)
        id = id_of(found.group(1)) if found else None
        contact = session.get(Contact, id) if id else None
        if found and contact and is_genuine(found.group(1), BOUNCE, secret, about=contact.email):
            return contact
    return None


def _final_code(message: Message) -> str | None:
    """Return the status of the first recipient who will never get it, or None without one."""
    for group in _groups(message):
        if str(group.get("Action", "")).strip().lower() == "failed":
            found = _STATUS.search(str(group.get("Status", "")))
            return found.group(1) if found else "5.0.0"
    return None


def _groups(message: Message) -> Iterator[Message]:
    """Yield the groups of fields of a delivery status: Python reads each as a message."""
    if message.get_content_type() != "multipart/report":
        return
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            yield from (group for group in part.get_payload() if isinstance(group, Message))
