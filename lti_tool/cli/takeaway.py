"""``trellis platform export``: everything of everybody, when a contract ends."""

from pathlib import Path

import click

from lti_tool.cli.installation import Installation, pass_installation
from lti_tool.cli.person import opened_app, write_export
from lti_tool.cli.platforms import find_platform, platform
from lti_tool.services.proof_rows import learners


@platform.command("export")
@click.argument("wanted")
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), required=True)
@pass_installation
def export(installation: Installation, wanted: str, to: Path) -> None:
    """Write one zip for each learner of a platform into the folder TO, named by id.

    Those that are there already are left alone, so it can be run again after a break.
    """
    with installation.database.reading() as session:
        ids = learners(session, platform_id=find_platform(session, wanted).id)
    to.mkdir(parents=True, exist_ok=True)
    with opened_app(installation) as app:
        for id in ids:
            done, half = to / f"{id}.zip", to / f"{id}.part"
            if not done.exists():
                write_export(app, id, half)
                half.rename(done)
    click.echo(f"{len(ids)} learners in {to}")
