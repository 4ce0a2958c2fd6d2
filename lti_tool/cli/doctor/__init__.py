"""``trellis doctor``: check everything end to end, and say in plain words what to mend."""

from collections.abc import Iterable

import click
from sqlalchemy import select

from lti_tool.cli.doctor.files import check_files
from lti_tool.cli.doctor.findings import Finding, Level
from lti_tool.cli.doctor.house import check_house
from lti_tool.cli.doctor.mail import check_mail
from lti_tool.cli.doctor.platform import check_platform
from lti_tool.cli.doctor.records import check_lrs
from lti_tool.cli.installation import Installation, pass_installation
from lti_tool.cli.platforms import find_platform
from lti_tool.domain.platforms import Platform


@click.command()
@click.argument("platform", required=False)
@pass_installation
def doctor(installation: Installation, platform: str | None) -> None:
    """Check this installation, and every registration or only PLATFORM.

    Looks at database, keys, worker, outbox, our own public address, files, the LRS and the
    mail server, then asks each platform for its keys and for a token per service. Sends no grade,
    no statement and no mail.
    Exits with 1 if something needs a person.
    """
    found = _print("Trellis", check_house(installation))
    if "database" in {one.subject for one in found if one.level is Level.FIX}:
        raise SystemExit(1)
    found += _print("Files", check_files(installation.settings))
    found += _print("Learning record store", [check_lrs(installation.settings)])
    found += _print("Mail", check_mail(installation.settings))
    for stored in _wanted(installation, platform):
        found += _platform(installation, stored)
    to_mend = sum(one.level is Level.FIX for one in found)
    click.echo(f"\n{to_mend} to mend." if to_mend else "\nAll is well.")
    raise SystemExit(1 if to_mend else 0)


def _print(title: str, findings: Iterable[Finding]) -> list[Finding]:
    """Print findings as they come, because asking a platform may take a while."""
    click.echo(f"\n{title}")
    said = []
    for finding in findings:
        click.echo(f"  {finding}")
        said.append(finding)
    return said


def _wanted(installation: Installation, platform: str | None) -> list[Platform]:
    with installation.database.reading() as session:
        if platform is not None:
            return [find_platform(session, platform)]
        rows = list(session.scalars(select(Platform).order_by(Platform.created_at)))
    if not rows:
        click.echo("\nNo platform is registered yet: trellis platform invite")
    return rows


def _platform(installation: Installation, stored: Platform) -> list[Finding]:
    title = f"{stored.name or 'Platform'} at {stored.issuer}, client {stored.client_id}"
    if not stored.is_active:
        click.echo(f"\n{title}\n  note  switched off; registering it again switches it on")
        return []
    known = installation.edge.platforms.by_id(stored.id)
    return _print(title, check_platform(installation.edge, known)) if known else []
