"""``trellis purge``: erase those whose time is over."""

import json
from pathlib import Path

import click

from lti_tool.cli.installation import Installation, pass_installation
from lti_tool.cli.person import erase_in
from lti_tool.domain.base import utc_now
from lti_tool.services.retention import due_people

REASON = "The time for which records are kept is over."


@click.command()
@click.option("--dry-run", is_flag=True, help="Say who would be erased, and what.")
@click.option("--yes", is_flag=True, help="Do it.")
@click.option(
    "--certificate",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what was erased into this file, as JSON.",
)
@pass_installation
def purge(installation: Installation, dry_run: bool, yes: bool, certificate: Path | None) -> None:
    """Erase those who left all their courses longer ago than their platform keeps records.

    Set the time with: trellis platform retention. A legal hold keeps anybody. Each person is
    erased in a transaction of its own, so an interruption leaves nothing half done.
    """
    if dry_run == yes:
        raise click.UsageError("give either --dry-run or --yes")
    with installation.database.reading() as session:
        due = [(person.id, is_held) for person, is_held in due_people(session)]
    done = []
    for id, is_held in due:
        if is_held:
            click.echo(f"{id}: kept, on legal hold")
            continue
        erasure = erase_in(installation.database, id, REASON, dry_run=dry_run)
        done.append(erasure.as_json())
        counted = ", ".join(f"{number} {what}" for what, number in erasure.counts.items())
        click.echo(f"{id}: {'would be erased' if dry_run else 'erased'} ({counted or 'no words'})")
    told = {"at": utc_now().isoformat(timespec="seconds"), "dry_run": dry_run, "erased": done}
    if certificate is not None:
        certificate.write_text(json.dumps(told, indent=2), "utf-8")
    click.echo(f"{len(done)} people {'would be erased' if dry_run else 'erased'}")
