"""Statements for the bench's outbox probe: enqueue, and list what became of them."""

import json
import sys
from uuid import uuid4

from sqlalchemy import delete, func, select

from config.settings import load_settings
from lti_tool.domain.database import Database
from lti_tool.outbox.models import Delivery, DeliveryState, Destination
from lti_tool.outbox.queue import enqueue_core

LEARNERS = 40


def statement(number):
    id = uuid4()
    body = {
        "id": str(id),
        "actor": {"account": {"homePage": "https://bench.test", "name": f"l{number % LEARNERS}"}},
        "verb": {"id": "http://activitystrea.ms/schema/1.0/submit"},
        "object": {"id": f"https://bench.test/xapi/activities/record/{id}"},
        "timestamp": "2026-11-22T10:00:00.000Z",
    }
    return id, json.dumps(body, sort_keys=True, separators=(",", ":"))


def enqueue(database, count):
    for start in range(0, count, 500):
        with database.connection() as connection:
            for number in range(start, min(count, start + 500)):
                id, body = statement(number)
                key = f"statement:{number % LEARNERS}"
                enqueue_core(
                    connection,
                    "statement",
                    id=id,
                    destination="lrs",
                    key=key,
                    subject="bench",
                    body=body,
                )


def ids(database, *states):
    """Return ids in the order in which they leave.

    The bench spreads the statements that its LRS refuses over this list. In any other order
    one may be among the first, which the LRS stores before it hangs up, and then refuses.
    """
    with database.reading() as session:
        query = select(Delivery.id).order_by(Delivery.seq)
        return session.scalars(query.where(Delivery.state.in_(states)) if states else query).all()


def pending(database):
    """Return how many are still to send."""
    with database.reading() as session:
        return session.scalar(select(func.count()).where(Delivery.state == DeliveryState.QUEUED))


def main(command, *arguments):
    database = Database(load_settings().database_url)
    if command == "enqueue":
        enqueue(database, int(arguments[0]))
    elif command == "clear":
        with database.transaction() as session:
            session.execute(delete(Delivery))
            session.execute(delete(Destination))
    elif command == "pending":
        sys.stdout.write(f"{pending(database)}\n")
    else:
        states = (DeliveryState.PARKED,) if command == "parked" else ()
        sys.stdout.writelines(f"{id}\n" for id in ids(database, *states))


if __name__ == "__main__":
    main(*sys.argv[1:])
