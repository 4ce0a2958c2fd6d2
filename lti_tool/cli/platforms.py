"""``trellis platform``: who may send people here."""

from datetime import timedelta

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.cli.installation import Installation, pass_installation
from lti_tool.domain.platforms import Deployment, Platform
from lti_tool.lti.registration import CUSTOM
from lti_tool.services.registrations import PlatformFacts, invite, register_platform


@click.group()
def platform() -> None:
    """Register and look after platforms such as Moodle."""


@platform.command("invite")
@click.option("--hours", default=24, show_default=True, help="How long the link works.")
@click.option("--note", default="", help="For whom it is; only for your own list.")
@click.option(
    "--allow-private-network", is_flag=True, help="The platform lives on a private address."
)
@pass_installation
def invite_command(
    installation: Installation, hours: int, note: str, allow_private_network: bool
) -> None:
    """Print a registration link to paste into the platform. It works once."""
    with installation.database.transaction() as session:
        token = invite(
            session,
            lifetime=timedelta(hours=hours),
            note=note,
            allows_private_network=allow_private_network,
        )
    click.echo(f"{installation.settings.public_url}/lti/register/{token}")


@platform.command("add")
@click.option("--issuer", required=True, help="Platform ID, such as https://moodle.example.org")
@click.option("--client-id", required=True)
@click.option("--auth-login-url", required=True, help="Authentication request URL.")
@click.option("--auth-token-url", required=True, help="Access token URL.")
@click.option("--jwks-url", required=True, help="Public keyset URL.")
@click.option("--deployment-id", "deployment_ids", multiple=True, required=True)
@click.option("--name", default="")
@click.option(
    "--allow-private-network", is_flag=True, help="The platform lives on a private address."
)
@pass_installation
def add(
    installation: Installation,
    issuer: str,
    client_id: str,
    auth_login_url: str,
    auth_token_url: str,
    jwks_url: str,
    deployment_ids: tuple[str, ...],
    name: str,
    allow_private_network: bool,
) -> None:
    """Register a platform by hand; the same issuer and client id are brought up to date."""
    facts = PlatformFacts(
        issuer=issuer,
        client_id=client_id,
        auth_login_url=_url(auth_login_url),
        auth_token_url=_url(auth_token_url),
        jwks_url=_url(jwks_url),
        name=name,
        deployment_ids=deployment_ids,
        allows_private_network=allow_private_network,
    )
    with installation.database.transaction() as session:
        stored = register_platform(session, facts)
        click.echo(
            f"Registered {stored.issuer} as {stored.id}. Check it: trellis doctor {stored.id}"
        )


def _url(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise click.BadParameter(f"{text} is not a web address")
    return text


@platform.command("addresses")
@pass_installation
def addresses(installation: Installation) -> None:
    """Print what to type into a platform when registering by hand, in the order Moodle asks."""
    for label, value in _answers(installation.settings.public_url):
        click.echo(f"{label:22} {value}")


def _answers(base: str) -> list[tuple[str, str]]:
    """Return Moodle's questions, worded as in 4.5 and 5.1, with the answers it needs from us."""
    launch, keyset = f"{base}/lti/launch", f"{base}/.well-known/jwks.json"
    return [
        ("Tool name", "Trellis"),
        ("Tool URL", launch),
        ("LTI version", "LTI 1.3"),
        ("Public key type", "Keyset URL"),
        ("Public keyset URL", keyset),
        ("Initiate login URL", f"{base}/lti/login"),
        ("Redirection URI(s)", launch),
        *(("Custom parameters", f"{name}={value}") for name, value in CUSTOM.items()),
        ("Configuration usage", "Show in activity chooser and as a preconfigured tool"),
        ("Supports Deep Linking", "yes"),
        ("Content Selection URL", launch),
        ("Assignment and Grades", "Use this service for grade sync and column management"),
        ("Names and Roles", "Use this service to retrieve members' information"),
        ("Share name and e-mail", "Always, if your college agrees"),
        ("Accept grades", "As specified in Deep Linking definition"),
    ]


@platform.command("list")
@pass_installation
def list_platforms(installation: Installation) -> None:
    """List registered platforms."""
    with installation.database.reading() as session:
        for row in session.scalars(select(Platform).order_by(Platform.created_at)):
            state = "active" if row.is_active else "disabled"
            click.echo(f"{row.id}  {state:8}  {row.issuer}  client {row.client_id}")


@platform.command("show")
@click.argument("wanted")
@pass_installation
def show(installation: Installation, wanted: str) -> None:
    """Show one platform, named by its id or its beginning, issuer or client id."""
    with installation.database.reading() as session:
        row = find_platform(session, wanted)
        deployments = session.scalars(
            select(Deployment.deployment_id).where(Deployment.platform_id == row.id)
        ).all()
    for label, value in _lines(row, deployments):
        click.echo(f"{label:22} {value}")


def _lines(row: Platform, deployments: object) -> list[tuple[str, object]]:
    return [
        ("id", row.id),
        ("state", "active" if row.is_active else "disabled"),
        ("issuer", row.issuer),
        ("client id", row.client_id),
        ("deployments", ", ".join(deployments)),  # type: ignore[arg-type]
        ("authentication", row.auth_login_url),
        ("access token", row.auth_token_url),
        ("public keyset", row.jwks_url),
        ("keys last fetched", row.jwks_fetched_at or "never"),
        ("private network", "allowed" if row.allows_private_network else "refused"),
        ("records are kept", _years(row.retention_years)),
        ("instructors are tutors", "yes" if row.instructors_are_tutors else "no"),
    ]


def _years(years: int | None) -> str:
    return "for ever" if years is None else f"{years} years"


@platform.command("disable")
@click.argument("wanted")
@pass_installation
def disable(installation: Installation, wanted: str) -> None:
    """Switch a platform off: nobody comes in from it any more. Nothing is deleted."""
    with installation.database.transaction() as session:
        row = find_platform(session, wanted)
        row.is_active = False
        click.echo(f"Disabled {row.issuer} (client {row.client_id}).")


@platform.command("instructors")
@click.argument("wanted")
@click.option("--are-tutors/--are-undecided", required=True)
@pass_installation
def instructors(installation: Installation, wanted: str, are_tutors: bool) -> None:
    """Say whether everybody who comes in as Instructor is a tutor, in every course."""
    with installation.database.transaction() as session:
        row = find_platform(session, wanted)
        row.instructors_are_tutors = are_tutors
        click.echo(f"{row.issuer}: instructors are {'tutors' if are_tutors else 'undecided'}.")


@platform.command("retention")
@click.argument("wanted")
@click.argument("years", type=click.IntRange(0, 100), required=False)
@click.option("--for-ever", is_flag=True, help="Never erase by time.")
@pass_installation
def retention(installation: Installation, wanted: str, years: int | None, for_ever: bool) -> None:
    """Say how many YEARS records are kept after a learner left the last course.

    Nothing is erased by this alone: see trellis purge.
    """
    if (years is None) != for_ever:
        raise click.UsageError("give either a number of years or --for-ever")
    with installation.database.transaction() as session:
        row = find_platform(session, wanted)
        row.retention_years = years
        kept = "for ever" if years is None else f"{years} years after they left"
        click.echo(f"{row.issuer}: records are kept {kept}.")


def find_platform(session: Session, wanted: str) -> Platform:
    """Return the one platform that *wanted* names: its id or the beginning of it, issuer or client.

    Raises:
        ClickException: None or several match.
    """
    rows = [
        row
        for row in session.scalars(select(Platform))
        if wanted in (row.issuer, row.client_id) or str(row.id).startswith(wanted)
    ]
    if len(rows) != 1:
        raise click.ClickException(
            f"{len(rows)} platforms match {wanted!r}; see: trellis platform list"
        )
    return rows[0]
