"""``trellis worker`` and ``trellis outbox``: deliver, list what is stuck, try again, give up."""

import signal
import threading
from uuid import UUID

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.cli.housekeeping import file_upkeep, housekeeping
from lti_tool.cli.installation import Installation, pass_installation
from lti_tool.cli.senders import all_senders
from lti_tool.lti.edge import Edge
from lti_tool.outbox.models import HELD_BACK, Delivery, DeliveryState
from lti_tool.outbox.standing import drop, held_back, retry
from lti_tool.outbox.worker import Worker


def make_worker(edge: Edge) -> Worker:
    """Return a worker with every sender of this installation."""
    return Worker(
        edge.database,
        all_senders(edge),
        housekeeping=[housekeeping(edge.database), file_upkeep(edge.database)],
    )


@click.command()
@click.option("--once", is_flag=True, help="Deliver what is due, then exit; for cron.")
@pass_installation
def worker(installation: Installation, once: bool) -> None:
    """Deliver grades and statements until stopped.

    With --once exits with 1 if something could not be delivered yet.
    """
    carrier = make_worker(installation.edge)
    if once:
        report = carrier.run_once()
        click.echo(f"{report.sent} sent, {report.claimed - report.sent} not yet")
        raise SystemExit(0 if report.sent == report.claimed else 1)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    carrier.run_forever(stop)


@click.group()
def outbox() -> None:
    """Look after what waits to leave."""


@outbox.command("list")
@click.option(
    "--state",
    type=click.Choice([state.value for state in DeliveryState]),
    help="Only these; without it, what waits or needs a person.",
)
@click.option("--limit", default=50, show_default=True)
@pass_installation
def list_deliveries(installation: Installation, state: str | None, limit: int) -> None:
    """List deliveries, oldest first, with the reason each one is stuck."""
    wanted = [DeliveryState(state)] if state else [DeliveryState.QUEUED, DeliveryState.PARKED]
    with installation.database.reading() as session:
        _summary(session)
        rows = session.scalars(
            select(Delivery).where(Delivery.state.in_(wanted)).order_by(Delivery.seq).limit(limit)
        )
        for row in rows:
            click.echo(
                f"{row.id}  {row.state.value:10} {row.kind:10} tries {row.tries:<3} "
                f"due {row.due_at:%Y-%m-%d %H:%M}  {_why(row)}"
            )


def _why(row: Delivery) -> str:
    code = "held back, never leaves" if row.destination == HELD_BACK else row.reason
    return ": ".join(part for part in (code, row.last_error) if part)


def _summary(session: Session) -> None:
    counts = session.execute(
        select(Delivery.kind, Delivery.state, func.count()).group_by(Delivery.kind, Delivery.state)
    )
    for kind, state, count in sorted(counts):
        click.echo(f"{kind:10} {state.value:10} {count}")


@outbox.command("retry")
@click.argument("ids", nargs=-1, type=click.UUID)
@click.option("--all", "every", is_flag=True, help="All that are parked.")
@pass_installation
def retry_command(installation: Installation, ids: tuple[UUID, ...], every: bool) -> None:
    """Try deliveries again, now. Exits with 1 if one of them does not wait for that.

    Statements that are held back, because they say more than they may, stay where they are.
    """
    if bool(ids) is every:
        raise click.UsageError("Name deliveries, or say --all.")
    with installation.database.transaction() as session:
        parked = select(Delivery.id).where(Delivery.state == DeliveryState.PARKED)
        held = held_back(session)
        chosen = set(session.scalars(parked)) - held if every else ids
        done = sum(retry(session, id) for id in chosen)
    click.echo(f"{done} of {len(chosen)} queued again.")
    for id in sorted(held if every else held.intersection(ids)):
        click.echo(
            f"{id} never leaves: it says more than a statement may. Tell the author of the "
            f"activity, then: trellis outbox drop {id} --reason ..."
        )
    raise SystemExit(0 if done == len(chosen) else 1)


@outbox.command("drop")
@click.argument("ids", nargs=-1, type=click.UUID, required=True)
@click.option("--reason", required=True, help="Why; kept with the delivery.")
@pass_installation
def drop_command(installation: Installation, ids: tuple[UUID, ...], reason: str) -> None:
    """Give deliveries up. They stay listed as dropped, with the reason.

    Exits with 1 if one of them is unknown, sent already or being sent right now.
    """
    with installation.database.transaction() as session:
        done = sum(drop(session, id, reason) for id in ids)
    click.echo(f"{done} of {len(ids)} dropped.")
    raise SystemExit(0 if done == len(ids) else 1)
