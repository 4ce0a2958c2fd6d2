"""One mail as it goes over the line: headers nobody can inject into, text and HTML."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Final
from uuid import UUID

from config.settings import Settings
from lti_tool.mail.rendering import Rendered
from lti_tool.services.mail_tokens import BOUNCE, signed_id

_LONGEST_NAME: Final = 100


class _Unbroken(UnstructuredHeader):
    """A header that stays on one line: Python would encode an address that is too long."""

    name: str

    def fold(self, *, policy: EmailPolicy) -> str:
        """Return the header as it is."""
        return f"{self.name}: {self}{policy.linesep}"


def _policy(*, is_international: bool) -> "EmailPolicy[EmailMessage]":
    headers = HeaderRegistry()
    headers.map_to_type("list-unsubscribe", _Unbroken)  # type: ignore[arg-type]
    return EmailPolicy(linesep="\r\n", header_factory=headers, utf8=is_international)


class UnusableAddress(ValueError):
    """No mail can be addressed so; the text does not repeat it."""


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Who gets a mail."""

    person_id: UUID
    name: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A mail as it is handed to the mail server."""

    sender: str
    recipient: str
    message: bytes
    is_international: bool
    """The address itself has letters beyond ASCII: the server must know SMTPUTF8."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """What stands in a mail."""

    subject: str
    language: str
    bodies: Rendered
    unsubscribe_url: str | None = None


def make_envelope(
    settings: Settings, to: Recipient, content: Content, *, id: UUID, now: datetime
) -> Envelope:
    """Return the mail; *id* becomes its Message-ID, so that a repeat is the same mail.

    Raises:
        UnusableAddress: The recipient's address cannot be written into a header.
    """
    address = _address(to.name, to.address)
    is_international = not address.username.isascii()
    message = EmailMessage(policy=_policy(is_international=is_international))
    message["Message-ID"] = f"<{id}@{_domain(settings)}>"
    message["Date"] = format_datetime(now)
    message["From"] = _address(*parseaddr(settings.mail_from))
    message["To"] = address
    message["Subject"] = one_line(content.subject)
    if settings.mail_reply_to:
        message["Reply-To"] = _address(*parseaddr(settings.mail_reply_to))
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if content.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{content.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(content.bodies.text, cte="quoted-printable")
    message.add_alternative(content.bodies.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = content.language
    return Envelope(
        sender=envelope_sender(settings, to),
        recipient=address.addr_spec,
        message=message.as_bytes(),
        is_international=is_international,
    )


def envelope_sender(settings: Settings, to: Recipient) -> str:
    """Return where undeliverable mail goes: with a mark that says whose, if that is set up.

    The mark is good for this address of this person only, so nobody can make a bounce of
    somebody else's, and a late one of an address that was corrected since counts for nothing.
    """
    base = parseaddr(settings.mail_bounce_address)[1]
    if not base:
        return parseaddr(settings.mail_from)[1]
    local, _, domain = base.rpartition("@")
    secret = settings.secret_key.get_secret_value()
    mark = signed_id(to.person_id, BOUNCE, secret, about=to.address)
    return f"{local}+{mark}@{domain}"


def one_line(text: str) -> str:
    """Return *text* without line ends and other control characters, cut to 100 characters."""
    plain = "".join(" " if _is_control(sign) else sign for sign in text)
    return " ".join(plain.split())[:_LONGEST_NAME]


def _is_control(sign: str) -> bool:
    """Whether *sign* shows nothing; joiners are letters' business and stay."""
    category = unicodedata.category(sign)
    return category in {"Cc", "Cs", "Zl", "Zp"} or sign in "\u202a\u202b\u202c\u202d\u202e"


def _address(name: str, address: str) -> Address:
    local, _, domain = address.strip().rpartition("@")
    if not local or not domain or any(map(_is_control, address)) or set(address) & set(" <>,;"):
        raise UnusableAddress
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise UnusableAddress from error
    return Address(display_name=one_line(name), username=local, domain=ascii_domain)


def _domain(settings: Settings) -> str:
    return _address(*parseaddr(settings.mail_from)).domain
