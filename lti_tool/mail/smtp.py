"""The mail server: one connection for a batch, and what its answers mean."""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

from lti_tool.mail.message import Envelope
from lti_tool.outbox.sending import DestinationDown, Outcome, Refused, Retry, Sent

_PORTS: Final = {"smtp": 25, "smtps": 465}
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")

COMMAND_SECONDS: Final = 10.0
"""How long one answer of the server may take."""

BATCH_SECONDS: Final = 40.0
"""How long a batch may take as a whole; what is left then waits for the next one."""

_ENHANCED: Final = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_OURS_TO_MEND: Final = re.compile(r"5\.[37]\.")
"""The server or its rules are in the way, not the mailbox (RFC 3463, 3.4 and 3.8)."""


@dataclass(frozen=True, kw_only=True)
class Bounced(Refused):
    """The mailbox does not take mail: ``why`` is the enhanced status code."""

    def parked(self) -> Refused:
        """Return what the outbox is told."""
        return Refused(code=self.code, why=self.why, status=self.status)


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where mail is handed over, as `Settings.smtp_url` says it."""

    host: str
    port: int
    user: str
    password: str
    is_tls: bool
    """TLS from the start; else `starts_tls` says whether STARTTLS has to work."""
    starts_tls: bool
    own_name: str = "localhost"
    """What we greet with."""

    @classmethod
    def from_url(cls, url: str, *, own_name: str = "localhost") -> Self:
        """Read ``smtp://user:password@host:587?starttls=true`` or ``smtps://…``.

        STARTTLS is required unless the address says false, or the server is on this machine
        and it does not say true.
        """
        parts = urlsplit(url)
        said = parse_qs(parts.query).get("starttls", [""])[0]
        host = parts.hostname or "localhost"
        return cls(
            host=host,
            port=parts.port or _PORTS[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            is_tls=parts.scheme == "smtps",
            starts_tls=said == "true" or (not said and host not in _LOOPBACK),
            own_name=own_name,
        )

    def connect(self) -> smtplib.SMTP:
        """Return a connection that has greeted, is encrypted as set, and has signed in.

        Raises:
            OSError: It cannot be reached; `smtplib.SMTPException` is one, too.
        """
        context, timeout = ssl.create_default_context(), COMMAND_SECONDS
        line: smtplib.SMTP
        if self.is_tls:
            line = smtplib.SMTP_SSL(
                self.host, self.port, self.own_name, timeout=timeout, context=context
            )
        else:
            line = smtplib.SMTP(self.host, self.port, self.own_name, timeout=timeout)
        try:
            if self.starts_tls and not self.is_tls:
                line.starttls(context=context)
            line.ehlo_or_helo_if_needed()
            if self.user:
                line.login(self.user, self.password)
        except BaseException:
            line.close()
            raise
        return line

    def problem(self) -> str | None:
        """Connect as for mail, send none, and return what went wrong, or None."""
        try:
            _quietly(self.connect().quit)
        except smtplib.SMTPNotSupportedError:
            return "cannot do STARTTLS, or not sign us in"
        except (OSError, smtplib.SMTPException) as error:
            return str(getattr(meaning_of(error), "why", type(error).__name__))
        return None


class MailLine:
    """Hands over one batch; connects at the first mail, and gives up as a whole when it fails."""

    def __init__(self, server: MailServer, *, seconds: float = BATCH_SECONDS) -> None:
        """Connect to nothing yet."""
        self._server, self._until = server, monotonic() + seconds
        self._line: smtplib.SMTP | None = None
        self._fault: DestinationDown | None = None
        self._watch: threading.Timer | None = None

    def __enter__(self) -> Self:
        """Return the line."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Say goodbye, if anybody is there."""
        if self._watch is not None:
            self._watch.cancel()
        if self._line is not None:
            _quietly(self._line.quit)
            self._line.close()

    def hand_over(self, envelope: Envelope) -> Outcome:
        """Hand *envelope* over and return what the server said; raises nothing."""
        if self._fault is not None:
            return self._fault
        if monotonic() >= self._until:
            return Retry(why="no time left in this batch")
        try:
            return self._send(envelope)
        except (OSError, smtplib.SMTPException) as error:
            outcome = meaning_of(error)
            if isinstance(outcome, DestinationDown):
                self._fault = outcome
            return outcome

    def _send(self, envelope: Envelope) -> Outcome:
        line = self._line or self._open()
        options = ["SMTPUTF8"] if envelope.is_international else []
        if options and not line.has_extn("smtputf8"):
            return Refused(code="address", why="the mail server takes plain addresses only")
        line.sendmail(envelope.sender, [envelope.recipient], envelope.message, options)
        return Sent(status=250)

    def _open(self) -> smtplib.SMTP:
        """Connect, and see that a server that answers drop by drop does not hold us up."""
        self._line = line = self._server.connect()
        self._watch = threading.Timer(self._seconds_left(), _hang_up, [line])
        self._watch.daemon = True
        self._watch.start()
        return line

    def _seconds_left(self) -> float:
        """For what is on its way when the time is up, one more answer's time."""
        return max(self._until - monotonic(), 0) + COMMAND_SECONDS


def meaning_of(error: Exception) -> Outcome:
    """Return what an error of `smtplib` means for one mail, or for the whole server."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return _refusal(code, text, of_mailbox=True)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        why = "mail server: check user and password"
        return DestinationDown(why=why, status=error.smtp_code)
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return DestinationDown(why="mail server: not now", status=error.smtp_code)
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said if isinstance(said, bytes) else str(said).encode()
        of_mailbox = isinstance(error, smtplib.SMTPDataError) and _is_of_mailbox(text)
        return _refusal(error.smtp_code, text, of_mailbox=of_mailbox)
    return DestinationDown(why=f"mail server: {type(error).__name__}")


def _is_of_mailbox(text: bytes) -> bool:
    """Whether the answer names the address or the mailbox (RFC 3463, 3.2 and 3.3)."""
    found = _ENHANCED.match(text)
    return found is not None and found.group(1).startswith((b"5.1.", b"5.2."))


def _refusal(code: int, text: bytes, *, of_mailbox: bool) -> Outcome:
    found = _ENHANCED.match(text)
    detail = found.group(1).decode() if found else ""
    if code == 421 or code < 400:
        return DestinationDown(why="mail server: closes", status=code)
    if code < 500:
        return Retry(why=f"mail server: {detail or code}", status=code)
    if of_mailbox and not _OURS_TO_MEND.match(detail):
        return Bounced(code="bounced", why=detail or str(code), status=code)
    return Refused(code="rejected", why=f"mail server: {detail or code}", status=code)


def _hang_up(line: smtplib.SMTP) -> None:
    sock = line.sock
    if sock is not None:
        _quietly(lambda: sock.shutdown(socket.SHUT_RDWR))


def _quietly(act: Callable[[], object]) -> None:
    try:
        act()
    except (OSError, smtplib.SMTPException):
        return
