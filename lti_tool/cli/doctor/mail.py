"""The doctor looks at the mail server: connects, encrypts, signs in, and sends nothing."""

from collections.abc import Iterator

from config.settings import Settings
from lti_tool.cli.doctor.findings import Finding, broken, note, ok
from lti_tool.mail.sender import server_of

_FIX = (
    "Compare TRELLIS_SMTP_URL with the mail server (?starttls=false if it cannot encrypt); "
    "look at firewall and certificate"
)
_LATE = "Mail that is refused later is not noticed. Set TRELLIS_MAIL_BOUNCE_ADDRESS"


def check_mail(settings: Settings) -> Iterator[Finding]:
    """Yield whether mail can be handed over; hands none over."""
    if not settings.smtp_url.get_secret_value():
        fix = "Mentors without an account are reached by mail: set TRELLIS_SMTP_URL"
        yield note("mail", "no mail server is set, so no mail is sent", fix)
        return
    server = server_of(settings)
    problem = server.problem()
    if problem is not None:
        yield broken("mail", f"{server.host} port {server.port}: {problem}", _FIX)
        return
    yield ok("mail", f"{server.host} lets us in")
    if not settings.mail_bounce_address:
        yield note("mail", "undeliverable mail comes back to the sender's address", _LATE)
