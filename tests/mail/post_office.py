"""A real SMTP server on loopback that keeps what it is given, or answers as a test says."""

import email
import email.policy
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from aiosmtpd.smtp import AuthResult, LoginPassword

from lti_tool.sandbox.smtp_server import SmtpServer

USER, PASSWORD = b"trellis", b"open sesame"


@dataclass
class Mail:
    """One mail as the server took it."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def message(self):
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    def __getitem__(self, name):
        return self.message[name]

    @property
    def text(self):
        return self.message.get_body(("plain",)).get_content().replace("\r\n", "\n")

    @property
    def html(self):
        return self.message.get_body(("html",)).get_content()

    @property
    def words(self):
        """What a reader of the HTML part sees."""
        parser = _Words()
        parser.feed(self.html)
        return " ".join(" ".join(parser.found).split())

    @property
    def links(self):
        return re.findall(r"https?://\S+", self.text)


class _Words(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_data(self, data):
        self.found.append(data)


@dataclass
class PostOffice:
    """What it was given, what it is to answer next, and whom it does not know."""

    mails: list[Mail] = field(default_factory=list)
    connections: int = 0
    asked: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    """Recipient -> answer to RCPT."""
    next_answers: list[str] = field(default_factory=list)
    """Answers to the next mails after DATA; a mail answered with 250 is kept."""
    next_rcpt_answers: list[str] = field(default_factory=list)
    sender_answer: str | None = None
    server: SmtpServer | None = None

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.asked.append(f"MAIL {address}")
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.asked.append(f"RCPT {address}")
        if self.next_rcpt_answers:
            answer = self.next_rcpt_answers.pop(0)
            if not answer.startswith("2"):
                return answer
        if address in self.unknown:
            return self.unknown[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = self.next_answers.pop(0) if self.next_answers else "250 Kept"
        if answer.startswith("250"):
            for recipient in envelope.rcpt_tos:
                self.mails.append(Mail(envelope.mail_from, recipient, envelope.content))
        return answer

    def start(self, **options):
        self.server = SmtpServer(self, **options).start()
        return self

    def stop(self):
        if self.server is not None:
            self.server.stop()
            self.server = None

    @property
    def port(self):
        return self.server.port

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"


def lets_in(server, session, envelope, mechanism, data):
    """Take the one user there is."""
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER, PASSWORD)
    return AuthResult(success=known, handled=False)
