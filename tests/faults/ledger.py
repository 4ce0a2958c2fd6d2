"""The domain of the soak: changes that are written together with their messages."""

import json
import random
from uuid import UUID, uuid4

from sqlalchemy import Column, Integer, MetaData, String, Table, Uuid, update
from sqlalchemy.orm import Session

from lti_tool.outbox.queue import enqueue, enqueue_core

metadata = MetaData()

change = Table(
    "soak_change",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", String, nullable=False),
    Column("number", Integer),
)
"""One row for each message of a committed transaction; `number` counts within counted keys."""

counter = Table(
    "soak_counter",
    metadata,
    Column("key", String, primary_key=True),
    Column("number", Integer, nullable=False),
)

KEYS = 5
"""Keys of each kind: few, so that producers meet on them."""


def counted_keys() -> list[str]:
    """Return the keys whose changes are counted under a row lock: a known commit order."""
    return [f"counted:{kind}:{n}" for kind in ("statement", "score") for n in range(KEYS)]


def choose_keys(rng: random.Random) -> list[str]:
    """Return up to three keys, sorted so that their row locks cannot deadlock."""
    kinds = "statement", "statement", "score"
    return sorted(
        f"{rng.choice(['counted', 'free'])}:{rng.choice(kinds)}:{rng.randrange(KEYS)}"
        for _ in range(rng.randint(1, 3))
    )


def write_change(session: Session, key: str, rng: random.Random) -> UUID:
    """Write one change of *key* and its message in *session*; return the id of both."""
    id, number = uuid4(), None
    if key.startswith("counted"):
        more = update(counter).where(counter.c.key == key).values(number=counter.c.number + 1)
        number = session.scalars(more.returning(counter.c.number)).one()
    session.execute(change.insert().values(id=id, key=key, number=number))
    queue_message(session, key, id, rng)
    return id


def queue_message(session: Session, key: str, id: UUID, rng: random.Random) -> None:
    """Queue it: statements go to one place in batches, scores to two, the newest wins."""
    if ":score:" in key:
        enqueue(
            session,
            "score",
            id=id,
            destination=f"platform:{key[-1] > '2'}",
            key=key,
            subject="s",
            payload={"id": str(id), "key": key},
            replace=True,
        )
        return
    body = json.dumps({"id": str(id), "key": key})
    statement = {"id": id, "destination": "lrs", "key": key, "subject": "s", "body": body}
    if rng.random() < 0.5:
        enqueue(session, "statement", **statement)
    else:
        enqueue_core(session.connection(), "statement", **statement)
