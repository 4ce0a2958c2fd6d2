"""``trellis keys``: our own signing keys."""

import click
from sqlalchemy import select

from lti_tool.cli.installation import Installation, pass_installation
from lti_tool.domain.platforms import ToolKey
from lti_tool.lti.keys import OVERLAP, rotate_keys


@click.group()
def keys() -> None:
    """Look at and rotate the keys we sign with."""


@keys.command("rotate")
@pass_installation
def rotate(installation: Installation) -> None:
    """Sign with a new key from now on; the old one stays published for a while."""
    with installation.database.transaction() as session:
        key = rotate_keys(session, installation.edge.vault)
    click.echo(f"New key {key.kid}. The old one stays published for {OVERLAP.days} days.")


@keys.command("list")
@pass_installation
def list_keys(installation: Installation) -> None:
    """List our keys; private parts are never shown."""
    with installation.database.reading() as session:
        for key in session.scalars(select(ToolKey).order_by(ToolKey.created_at)):
            click.echo(f"{key.kid}  {key.state.value:9}  {key.created_at:%Y-%m-%d %H:%M}")
