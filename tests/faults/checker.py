"""Hold what arrived against what was committed and what was acknowledged."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from lti_tool.domain.database import Database
from lti_tool.outbox.models import Delivery, DeliveryState
from tests.faults.ledger import change


def check(db: Database, acknowledged: Iterable[str], arrivals: Sequence[str]) -> dict[str, int]:
    """Return figures, if the promise held.

    Raises:
        AssertionError: It did not; the message says what was lost, doubled or disordered.
    """
    with db.reading() as session:
        rows = session.execute(
            select(change.c.id, change.c.key, change.c.number, Delivery.state, Delivery.seq)
            .join_from(change, Delivery, Delivery.id == change.c.id, isouter=True)
            .order_by(Delivery.seq)
        ).all()
        strays = set(session.scalars(select(Delivery.id))) - {row.id for row in rows}
    committed, promised = {row.id for row in rows}, {UUID(id) for id in acknowledged}
    first_arrivals = {UUID(id): place for place, id in reversed(list(enumerate(arrivals)))}
    assert not promised - committed, "acknowledged changes are gone"
    assert not strays, "messages without their change"
    assert not [row for row in rows if row.seq is None], "changes without their message"
    assert not first_arrivals.keys() - committed, "something arrived that was not committed"
    check_completeness(rows, first_arrivals)
    check_order(rows, first_arrivals)
    return {
        "acknowledged": len(promised),
        "committed": len(committed),
        "arrived": len(first_arrivals),
        "arrived_again": len(arrivals) - len(first_arrivals),
    }


def check_completeness(rows: Sequence[Row[Any]], first_arrivals: dict[UUID, int]) -> None:
    """Every statement arrived and is marked sent; of scores the newest of each key did."""
    newest_scores = {row.key: row.id for row in rows if ":score:" in row.key}
    for row in rows:
        if row.state is DeliveryState.SUPERSEDED:
            assert ":score:" in row.key, f"statement {row.id} was superseded"
            assert newest_scores[row.key] != row.id, f"the newest score of {row.key} was not sent"
        else:
            assert row.state is DeliveryState.SENT, f"{row.id} ended as {row.state}"
            assert row.id in first_arrivals, f"{row.id} is marked sent and did not arrive"


def check_order(rows: Sequence[Row[Any]], first_arrivals: dict[UUID, int]) -> None:
    """Per key, numbers follow the commits, and first arrivals follow the numbers."""
    by_key: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_key[row.key].append(row)
    for key, mine in by_key.items():
        counted = [row.number for row in mine if row.number is not None]
        assert counted == sorted(counted), f"numbers of {key} do not follow the commits"
        places = [first_arrivals[row.id] for row in mine if row.id in first_arrivals]
        wrong = [n for n, (a, b) in enumerate(pairwise(places)) if a > b]
        assert not wrong, f"{key}: {len(wrong)} of {len(places)} arrived out of order"
