"""``trellis fsck``: are all files of evidence there, and are they what they were?"""

import click

from lti_tool.cli.installation import Installation, pass_installation
from lti_tool.evidence.errors import StoreProblem
from lti_tool.evidence.keeping import Keeping
from lti_tool.services.file_upkeep import (
    Findings,
    check_files,
    delete_still_unused,
    drop_expired,
    forget_unused,
)


@click.command()
@click.option("--delete-orphans", is_flag=True, help="Remove bytes that nothing names any more.")
@pass_installation
def fsck(installation: Installation, delete_orphans: bool) -> None:
    """Check the files of evidence against the database; reads every byte once.

    Tells of bytes that are missing or were changed, and of bytes older than a day that
    nothing names, which an interrupted upload or a deleted draft leaves behind. Exits with 1
    if something is missing or changed.
    """
    database = installation.database
    keeping: Keeping = database.info["environment"].keeping
    if not keeping.is_on:
        raise click.ClickException(f"There is no place for files. {keeping.fault}.")
    expired = drop_expired(database, keeping)
    if delete_orphans:
        forget_unused(database)
    try:
        found = check_files(database, keeping.store)
        if delete_orphans:
            delete_still_unused(database, keeping.store, found.orphans)
    except StoreProblem as error:
        raise click.ClickException("The store does not answer. Run: trellis doctor") from error
    _tell(found, expired=expired, deleted=delete_orphans)
    raise SystemExit(0 if found.is_whole else 1)


def _tell(found: Findings, *, expired: int, deleted: bool) -> None:
    for what, hashes in (("missing", found.missing), ("changed", found.changed)):
        for sha256 in hashes:
            click.echo(f"{what}  {sha256}")
    for key in found.orphans:
        click.echo(f"orphan   {key}")
    lost = f"{len(found.missing)} missing, {len(found.changed)} changed"
    fate = "deleted" if deleted else "left"
    click.echo(
        f"{found.checked} files: {lost}; {len(found.orphans)} orphans {fate}; "
        f"{expired} expired uploads removed."
    )
