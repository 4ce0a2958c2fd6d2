"""``trellis audit``: is the trail whole, what happened last, and heads to keep elsewhere."""

import json

import click
from sqlalchemy import select

from lti_tool.cli.installation import Installation, pass_installation
from lti_tool.cli.verify import described
from lti_tool.domain.audit import AuditEvent
from lti_tool.services.audit import line_of
from lti_tool.services.audit_check import heads_of, verify_trail


@click.group()
def audit() -> None:
    """Look at the audit trail: who did what, without a word anybody typed."""


@audit.command("verify")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each chain.")
@pass_installation
def verify_command(installation: Installation, as_json: bool) -> None:
    """Recompute every line and the chain it stands in; exits with 1 if anything was changed."""
    is_whole = True
    with installation.database.snapshot() as session:
        for finding in verify_trail(session):
            is_whole = is_whole and not finding.breaks
            if as_json:
                click.echo(json.dumps(finding.as_json()))
                continue
            state = "CHANGED" if finding.breaks else "whole"
            click.echo(f"{finding.scope}: {finding.lines} lines, {state}")
            for one in finding.breaks:
                click.echo(f"  {described(one)}")
    raise SystemExit(0 if is_whole else 1)


@audit.command("head")
@pass_installation
def head(installation: Installation) -> None:
    """Print the last number and hash of every chain, to be kept where nobody here can write.

    Who holds yesterday's copy can prove that nothing before it was changed since.
    """
    with installation.database.reading() as session:
        for one in heads_of(session):
            click.echo(f"{one.scope} {one.number} {one.sha256}")


@audit.command("tail")
@click.option("--limit", default=20, show_default=True, help="How many lines.")
@click.option("--person", type=click.UUID, help="Only what this person did, or was done to them.")
@click.option("--record", type=click.UUID, help="Only what was done to this record.")
@click.option("--json", "as_json", is_flag=True, help="Whole lines, as they are hashed.")
@pass_installation
def tail(
    installation: Installation, limit: int, person: object, record: object, as_json: bool
) -> None:
    """Print the newest lines, oldest of them first."""
    query = select(AuditEvent)
    if person is not None:
        query = query.where((AuditEvent.actor_id == person) | (AuditEvent.subject_id == person))
    if record is not None:
        query = query.where(AuditEvent.record_id == record)
    newest = query.order_by(AuditEvent.at.desc(), AuditEvent.number.desc()).limit(limit)
    with installation.database.reading() as session:
        for line in reversed(session.scalars(newest).all()):
            click.echo(json.dumps(line_of(line)) if as_json else _text(line))


def _text(line: AuditEvent) -> str:
    who = f"{line.actor_kind.value} {line.actor_id or ''}".strip()
    about = f"{line.subject_kind} {line.subject_id or ''}".strip()
    return f"{line.at:%Y-%m-%d %H:%M:%S} {line.number:>6} {line.action:22} {about} by {who}"
