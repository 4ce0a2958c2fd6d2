"""``trellis mail``: try the mail server, and take in what it could not deliver."""

import sys
from datetime import UTC, datetime
from uuid import uuid4

import click
from sqlalchemy.exc import SQLAlchemyError

from lti_tool.app import create_app
from lti_tool.cli.installation import Installation, pass_installation
from lti_tool.mail.bounces import LARGEST, take_bounce
from lti_tool.mail.message import Content, Recipient, UnusableAddress, make_envelope
from lti_tool.mail.rendering import Scribe
from lti_tool.mail.sender import server_of
from lti_tool.mail.smtp import MailLine
from lti_tool.outbox.sending import Sent

TRY_AGAIN = 75
"""What a mail server's pipe understands as "not now" (EX_TEMPFAIL of sysexits)."""

_NO_SERVER = "No mail server is set: TRELLIS_SMTP_URL. See config/README.md."


@click.group()
def mail() -> None:
    """Try the mail server, and take in what it could not deliver."""


@mail.command("test")
@click.argument("address")
@pass_installation
def send_test(installation: Installation, address: str) -> None:
    """Send one mail to ADDRESS now, and say what the mail server answered.

    Exits with 1 if it did not take the mail.
    """
    settings = installation.settings
    if not settings.smtp_url.get_secret_value():
        raise click.ClickException(_NO_SERVER)
    to = Recipient(person_id=uuid4(), name="", address=address)
    scribe, subject = Scribe(create_app(settings)), "Mail from Trellis works"
    with scribe.speaking(settings.default_language):
        bodies = scribe.render("test", subject, {"host": settings.public_host})
    content = Content(subject=subject, language="en", bodies=bodies)
    try:
        envelope = make_envelope(settings, to, content, id=uuid4(), now=datetime.now(UTC))
    except UnusableAddress:
        raise click.ClickException("This is not an address that mail can be sent to.") from None
    with MailLine(server_of(settings)) as line:
        outcome = line.hand_over(envelope)
    if isinstance(outcome, Sent):
        click.echo("The mail server took it. Look into the mailbox, and among unwanted mail, too.")
        return
    raise click.ClickException(f"Not sent: {getattr(outcome, 'why', outcome)}")


@mail.command("bounce")
@click.option(
    "--to",
    envvar=["ORIGINAL_RECIPIENT", "RECIPIENT"],
    help="Address the report came to; without it, what ORIGINAL_RECIPIENT, RECIPIENT or its "
    "headers say.",
)
@pass_installation
def take_in(installation: Installation, to: str | None) -> None:
    """Read one report of undeliverable mail (RFC 3464) and mark the mentor it is about.

    For a mail server's pipe: what is not ours is ignored without an error, so that nothing
    bounces back and forth. Exits with 75 when the database is away: the server tries again.
    """
    report = sys.stdin.buffer.read(LARGEST)
    try:
        with installation.database.transaction() as session:
            session.info["origin"] = "cli"
            verdict = take_bounce(session, report, to=to)
    except (SQLAlchemyError, click.ClickException) as error:
        click.echo(f"not now: {type(error).__name__}", err=True)
        raise SystemExit(TRY_AGAIN) from error
    click.echo(verdict.value)
