"""``trellis db``: bring the database to the newest state."""

from pathlib import Path

import click
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from lti_tool.cli.installation import Installation, pass_installation
from lti_tool.migrations.runner import UpgradeError, upgrade


@click.group()
def db() -> None:
    """Prepare and check the database."""


@db.command("upgrade")
@pass_installation
def upgrade_command(installation: Installation) -> None:
    """Create or upgrade all tables, the activities' own included. Safe to repeat."""
    make_folder(installation.settings.database_url)
    try:
        upgrade(installation.any_database, installation.registry)
    except UpgradeError as error:
        raise click.ClickException(str(error)) from error
    except OperationalError as error:
        raise click.ClickException(
            "The database cannot be opened. Check TRELLIS_DATABASE_URL."
        ) from error
    click.echo("The database is up to date.")


@db.command("check")
@pass_installation
def check_command(installation: Installation) -> None:
    """Say whether the database is up to date; exits with 1 if it is not."""
    _ = installation.database
    click.echo("The database is up to date.")


def make_folder(url: str) -> None:
    """Make the folder of a SQLite file, so that a fresh checkout starts."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
