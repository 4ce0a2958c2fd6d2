"""The operator's command line: ``trellis --help`` lists everything.

Exit codes are for scripts: 0 all well, 1 something needs a person, 2 wrong usage.
"""

import sys

import click

from config.settings import SettingsError, load_settings
from lti_tool.cli.audit import audit
from lti_tool.cli.database import db
from lti_tool.cli.demo import demo
from lti_tool.cli.doctor import doctor
from lti_tool.cli.fsck import fsck
from lti_tool.cli.installation import Installation
from lti_tool.cli.keys import keys
from lti_tool.cli.mail import mail
from lti_tool.cli.outbox import outbox, worker
from lti_tool.cli.person import person
from lti_tool.cli.platforms import platform
from lti_tool.cli.purge import purge
from lti_tool.cli.takeaway import export as _export_of_a_platform
from lti_tool.cli.verify import verify
from lti_tool.logs import configure_logging

__all__ = ["_export_of_a_platform", "main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trellis-wbl")
@click.pass_context
def main(context: click.Context) -> None:
    """Run and look after Trellis: work-based learning inside the VLE."""
    if context.resilient_parsing or "--help" in sys.argv[1:] or "-h" in sys.argv[1:]:
        return
    if context.invoked_subcommand in _WITHOUT_SETTINGS:
        return
    try:
        settings = load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    configure_logging(settings)
    context.obj = Installation(settings)
    context.call_on_close(context.obj.close)


_WITHOUT_SETTINGS: tuple[str, ...] = ("demo",)
"""Commands that bring settings of their own."""

_COMMANDS = (
    *(audit, db, demo, doctor, fsck, keys, mail, outbox),
    *(person, platform, purge, verify, worker),
)
for command in _COMMANDS:
    main.add_command(command)
