"""``trellis verify``: recompute what was sealed, and name what was changed."""

import json
from collections import Counter
from functools import partial
from uuid import UUID

import click
from sqlalchemy.orm import Session

from lti_tool.cli.installation import Installation, pass_installation
from lti_tool.cli.platforms import find_platform
from lti_tool.evidence.keeping import Keeping
from lti_tool.services.file_upkeep import problem_of
from lti_tool.services.findings import Break
from lti_tool.services.proof_rows import learners
from lti_tool.services.verification import FileCheck, LearnerFinding, Verdict, verify_learners


@click.command()
@click.option(
    "--person", type=click.UUID, help="Only this learner, by id: see trellis person find."
)
@click.option("--platform", "wanted", help="Only learners of this platform.")
@click.option("--all", "all_of_them", is_flag=True, help="Every learner; the same as no option.")
@click.option("--no-files", is_flag=True, help="Do not read the bytes of files; see trellis fsck.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each learner.")
@pass_installation
def verify(
    installation: Installation,
    person: UUID | None,
    wanted: str | None,
    all_of_them: bool,
    no_files: bool,
    as_json: bool,
) -> None:
    """Recompute the hashes of all records, signatures, moves, grades and files, and their chains.

    Says what is valid, superseded, erased by right or changed; names what was changed, and the
    first link that is broken. Exits with 1 if anything was changed.
    """
    if sum((person is not None, wanted is not None, all_of_them)) > 1:
        raise click.UsageError("choose one of --person, --platform and --all")
    counts: Counter[str] = Counter()
    is_whole = True
    check = None if no_files else _file_check(installation)
    with installation.database.snapshot() as session:
        asked = _asked(session, person, wanted)
        for finding in verify_learners(session, asked, check_file=check):
            is_whole = is_whole and finding.is_whole
            counts.update(record.verdict.value for record in finding.records)
            click.echo(json.dumps(finding.as_json())) if as_json else _tell(finding)
    if not as_json:
        told = ", ".join(f"{counts[verdict.value]} {verdict.value}" for verdict in Verdict)
        click.echo(f"{counts.total()} records: {told}")
    raise SystemExit(0 if is_whole else 1)


def _file_check(installation: Installation) -> FileCheck | None:
    """How the bytes of a file are checked; not at all where there is no store."""
    keeping: Keeping = installation.database.info["environment"].keeping
    if not keeping.is_on:
        return None
    return partial(problem_of, keeping.store)


def _asked(session: Session, person: UUID | None, wanted: str | None) -> list[UUID]:
    if person is not None:
        return [person]
    return learners(session, platform_id=find_platform(session, wanted).id if wanted else None)


def _tell(finding: LearnerFinding) -> None:
    """Print what was changed; nothing for a learner whose records are whole."""
    if finding.is_whole:
        return
    click.echo(f"learner {finding.person_id}: CHANGED{_at_link(finding.first_broken_link)}")
    for record in finding.records:
        if record.verdict is Verdict.CHANGED:
            click.echo(f"  record {record.id} ({record.kind})")
            for one in record.breaks:
                click.echo(f"    {described(one)}")
    for one in finding.chain:
        click.echo(f"  {described(one)}")


def described(one: Break) -> str:
    """Return a break as a line for the operator."""
    return f"{one.what} {one.id}: {PROBLEMS.get(one.problem, one.problem)}{_at_link(one.link)}"


def _at_link(number: int | None) -> str:
    return f", link {number}" if number is not None else ""


PROBLEMS = {
    "content": "is not what was hashed",
    "unsealed": "has no seal",
    "sealed_otherwise": "was sealed with another hash",
    "signed_otherwise": "is on a version that is not there, or is another",
    "told_otherwise": "the audit trail has another hash",
    "moved": "belongs to another record now",
    "missing": "is gone",
    "changed": "is not what was handed in",
    "changed_before_erasure": "had been changed before it was erased",
    "gap": "a link is missing",
    "next_holds_another_hash": "the next link holds another hash",
    "no_head": "the end of the chain is not known",
    "head_elsewhere": "the chain ends elsewhere",
    "head_differs": "the end of the chain is another",
}
