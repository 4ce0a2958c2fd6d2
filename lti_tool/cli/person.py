"""``trellis person``: what people have a right to, and what may keep it from being erased."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

import click
from flask import Flask, g
from sqlalchemy.orm import Session

from lti_tool.app import create_app
from lti_tool.cli.installation import Installation, pass_installation
from lti_tool.domain.database import Database
from lti_tool.domain.errors import DomainError
from lti_tool.domain.people import Person
from lti_tool.domain.roles import Role
from lti_tool.services.bundle import Reader
from lti_tool.services.directory import find_people, hold, note_export, release
from lti_tool.services.erasure import Erasure, erase_person
from lti_tool.services.relinking import relink
from lti_tool.services.voiding import queue_voiding
from lti_tool.web.takeaway import in_parts, zip_of


class OnlyLooking(Exception):
    """Ends a transaction that was a rehearsal."""


@click.group()
def person() -> None:
    """Find people, export and erase what is kept of them."""


@person.command("find")
@click.argument("text")
@pass_installation
def find(installation: Installation, text: str) -> None:
    """List people with TEXT in their name or address, with the id that other commands take."""
    with installation.database.reading() as session:
        for one in find_people(session, text):
            click.echo(_line(one))


def _line(one: Person) -> str:
    kind = "account" if one.sub is not None else "by mail"
    notes = [note for note, is_so in (("HELD", one.legal_hold), ("erased", one.erased_at)) if is_so]
    told = ", ".join([one.name or one.short_code, one.email or "no address", kind, *notes])
    return f"{one.id}  {told}"


@person.command("export")
@click.argument("id", type=click.UUID)
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), required=True)
@pass_installation
def export(installation: Installation, id: UUID, to: Path) -> None:
    """Write everything of a person into a zip: to read, for machines, and to be checked.

    about.json in it names others; read it before you hand it over. Nothing that somebody else
    noted privately is in it.
    """
    with opened_app(installation) as app:
        write_export(app, id, to)
    click.echo(f"Wrote {to}. Read about.json in it for names of others, then hand it over.")


@contextmanager
def opened_app(installation: Installation) -> Iterator[Flask]:
    """Yield the application, whose pages and words go into exports; close its database."""
    _ = installation.database  # made sure to fit this release
    app = create_app(installation.settings, registry=installation.registry)
    try:
        yield app
    finally:
        app.extensions["trellis"].database.dispose()


def write_export(app: Flask, id: UUID, to: Path) -> None:
    """Write the zip of one person into the file *to*, in their language, and put it on record."""
    database: Database = app.extensions["trellis"].database
    with app.test_request_context():
        with database.transaction() as session:
            session.info["origin"] = "cli"
            one = find_person(session, id)
            g.language = one.chosen_locale or one.locale or "en"
            note_export(session, one)
        with database.snapshot() as session, to.open("wb") as file:
            reader = Reader(person_id=id, role=Role.TRAINEE)
            for part in in_parts(zip_of(session, one, reader)):
                file.write(part)


@person.command("erase")
@click.argument("id", type=click.UUID)
@click.option("--reason", required=True, help="Why; it stands in the certificate.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@click.option("--void", is_flag=True, help="Ask the LRS to void the statements about them.")
@pass_installation
def erase(installation: Installation, id: UUID, reason: str, dry_run: bool, void: bool) -> None:
    """Forget name, addresses and words of a person; hashes stay and say: erased by right.

    Prints the certificate as JSON: what went, which files may go from the store, which
    statements an LRS may hold, and which records of others still have the name in their words.
    """
    try:
        done = erase_in(installation.database, id, reason, dry_run=dry_run, void=void)
    except DomainError as error:
        raise click.ClickException(f"{error.message} {error.next_step or ''}".strip()) from error
    click.echo(json.dumps(done.as_json() | {"dry_run": dry_run}, indent=2))


def erase_in(
    database: Database, id: UUID, reason: str, *, dry_run: bool, void: bool = False
) -> Erasure:
    """Erase one person in a transaction of its own, or rehearse it and take all of it back.

    Raises:
        DomainError: They may not be erased.
    """
    with one_act(database, dry_run=dry_run) as session:
        done = erase_person(session, find_person(session, id), reason=reason)
        if void:
            queue_voiding(session, [UUID(id) for id in done.statements])
    return done


@contextmanager
def one_act(database: Database, *, dry_run: bool) -> Iterator[Session]:
    """Yield the session of one transaction; a rehearsal takes all of it back at the end."""
    with suppress(OnlyLooking), database.transaction() as session:
        session.info["origin"] = "cli"
        yield session
        if dry_run:
            raise OnlyLooking


@person.command("hold")
@click.argument("id", type=click.UUID)
@click.option("--reason", help="Why nothing may be erased, such as a case number.")
@click.option("--release", "let_go", is_flag=True, help="End the hold.")
@pass_installation
def hold_command(installation: Installation, id: UUID, reason: str | None, let_go: bool) -> None:
    """Keep a person's records from being erased, or end that."""
    if bool(reason) == let_go:
        raise click.UsageError("give either --reason or --release")
    with installation.database.transaction() as session:
        session.info["origin"] = "cli"
        one = find_person(session, id)
        if reason:
            hold(session, one, reason)
        else:
            release(session, one)
    click.echo(f"{id}: {'on hold' if reason else 'released'}")


def find_person(session: Session, id: UUID) -> Person:
    """Return one person.

    Raises:
        ClickException: Nobody has this id.
    """
    found = session.get(Person, id)
    if found is None:
        raise click.ClickException(f"nobody has the id {id}; see: trellis person find")
    return found


@person.command("relink")
@click.argument("id", type=click.UUID)
@click.argument("new_id", type=click.UUID)
@click.option("--dry-run", is_flag=True, help="Say whether it can be done, and change nothing.")
@pass_installation
def relink_command(installation: Installation, id: UUID, new_id: UUID, dry_run: bool) -> None:
    """Give the records of ID to the account NEW_ID, whom the course site calls by another id now.

    Make sure first that both are the same person: ask the site's administrator who has that
    account. NEW_ID must not have handed in or signed anything.
    """
    try:
        with one_act(installation.database, dry_run=dry_run) as session:
            relink(session, find_person(session, id), find_person(session, new_id))
    except DomainError as error:
        raise click.ClickException(f"{error.message} {error.next_step or ''}".strip()) from error
    click.echo(f"{id}: {'can have' if dry_run else 'has'} the account of {new_id}")
