"""Everybody's mailbox on this site: keeps what the SMTP server takes, and shows it."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from threading import Lock
from typing import Any, cast

from flask import Blueprint, Response, abort, current_app, render_template
from flask.typing import ResponseReturnValue

bp = Blueprint("mailbox", __name__, url_prefix="/site/mailbox")

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_WEB_ADDRESS = re.compile(r"(https?://[^\s<>\"]+)")


@dataclass(frozen=True)
class Mail:
    """One mail as it was taken."""

    number: int
    recipient: str
    message: EmailMessage

    @property
    def text(self) -> list[tuple[str, bool]]:
        """The text part in pieces, each with whether it is a web address."""
        pieces = _WEB_ADDRESS.split(_content(self.message, "plain"))
        return [(piece, place % 2 == 1) for place, piece in enumerate(pieces) if piece]

    @property
    def html(self) -> str:
        """The HTML part, or nothing."""
        return _content(self.message, "html")

    def header(self, name: str) -> str:
        """Return what a header says, or nothing."""
        return str(self.message.get(name, ""))


def _content(message: EmailMessage, kind: str) -> str:
    part = cast("EmailMessage | None", message.get_body((kind,)))
    return str(part.get_content()) if part else ""


class Mailbox:
    """All mail of this site, oldest first; an aiosmtpd handler puts it in."""

    def __init__(self, folder: Path | None = None) -> None:
        """Read what *folder* holds from earlier; without one, mail is gone with the process."""
        self._folder, self._lock, self._mails = folder, Lock(), list[Mail]()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(folder.glob("*.eml")):
                self._add(path.read_bytes())

    def take(self, raw: bytes, recipient: str) -> None:
        """Keep one mail."""
        with self._lock:
            kept = b"X-Taken-For: " + recipient.encode() + b"\r\n" + raw
            self._add(kept)
            if self._folder is not None:
                name = f"{self._mails[-1].number:06d}.eml"
                (self._folder / name).write_bytes(kept)

    def _add(self, raw: bytes) -> None:
        message = email.message_from_bytes(raw, policy=default)
        recipient = str(message.get("X-Taken-For", ""))
        self._mails.append(Mail(len(self._mails) + 1, recipient, message))

    def by_recipient(self) -> dict[str, list[Mail]]:
        """Return the mails of each address, newest first; who got one last stands first."""
        found: dict[str, list[Mail]] = {}
        for mail in reversed(self._mails):
            found.setdefault(mail.recipient, []).append(mail)
        return found

    def find(self, number: int) -> Mail | None:
        """Return one mail."""
        return self._mails[number - 1] if 0 < number <= len(self._mails) else None

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Take a mail from the SMTP server."""
        for recipient in envelope.rcpt_tos:
            self.take(envelope.content, recipient)
        return "250 In the mailbox"


def the_mailbox() -> Mailbox | None:
    """Return the mailbox that this application was given, if any."""
    return cast("Mailbox | None", current_app.extensions.get("sandbox-mailbox"))


@bp.get("")
def show() -> ResponseReturnValue:
    """List all mail, by who got it."""
    mailbox = the_mailbox()
    return render_template(
        "mailbox.html",
        is_on=mailbox is not None,
        mails=mailbox.by_recipient() if mailbox else {},
    )


@bp.get("/<int:number>")
def read(number: int) -> ResponseReturnValue:
    """Show one mail: the text part, and the HTML part in a frame that can do nothing."""
    return render_template("mail.html", mail=_find(number))


@bp.get("/<int:number>/html")
def html_part(number: int) -> ResponseReturnValue:
    """Return the HTML part alone; its links open new tabs."""
    body = _find(number).html.replace("<head>", '<head><base target="_blank">', 1)
    return Response(body, mimetype="text/html", headers={"Content-Security-Policy": _POLICY})


@bp.get("/<int:number>/raw")
def source(number: int) -> ResponseReturnValue:
    """Return the mail as it went over the line."""
    return Response(_find(number).message.as_bytes(), mimetype="text/plain")


def _find(number: int) -> Mail:
    mailbox = the_mailbox()
    mail = mailbox.find(number) if mailbox else None
    if mail is None:
        abort(404)
    return mail
