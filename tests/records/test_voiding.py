"""What the LRS was told because of a signature is taken back with it, and in its order."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from lti_tool.domain.base import utc_now
from lti_tool.outbox.models import HELD_BACK, Delivery, DeliveryState
from lti_tool.outbox.queue import enqueue
from lti_tool.services.voiding import queue_voiding


@pytest.fixture
def queued(desk):
    """Queue a statement about some learner, as far on its way as a test says."""

    def queue(**standing):
        row = enqueue(
            desk.session,
            "statement",
            destination=standing.pop("destination", "lrs"),
            key="statement:learner",
            subject="work",
            body="{}",
        )
        if standing:
            desk.session.execute(update(Delivery).where(Delivery.id == row.id).values(standing))
        desk.session.expire_all()
        return row

    return queue


def voidings(session):
    """The ids that voiding statements name, in the order in which those leave."""
    rows = session.scalars(
        select(Delivery.body).where(Delivery.key == "statement:learner").order_by(Delivery.seq)
    )
    return [made["object"]["id"] for made in map(json.loads, rows) if made]


MAY_BE_THERE = {
    "sent": {"state": DeliveryState.SENT, "sent_at": utc_now()},
    "tried once": {"tries": 1},
    "being sent": {"lease_owner": "worker/1", "lease_until": utc_now()},
    "given up": {"state": DeliveryState.PARKED, "reason": "expired", "tries": 9},
}
CANNOT_BE_THERE = {
    "never tried": {},
    "refused": {"state": DeliveryState.PARKED, "reason": "rejected", "tries": 1},
    "held back": {"destination": HELD_BACK, "state": DeliveryState.PARKED, "reason": "rejected"},
}


@pytest.mark.parametrize("standing", MAY_BE_THERE.values(), ids=MAY_BE_THERE)
def test_what_an_lrs_may_hold_is_voided_after_it_under_the_same_key(desk, queued, standing):
    told = queued(**standing)
    state = told.state

    assert queue_voiding(desk.session, [told.id]) == 1

    newest = desk.session.scalars(select(Delivery).order_by(Delivery.seq.desc()).limit(1)).one()
    made = json.loads(newest.body)
    assert made["object"] == {"objectType": "StatementRef", "id": str(told.id)}
    assert (newest.key, newest.destination) == (told.key, told.destination)
    assert newest.seq > told.seq
    assert told.state is state


@pytest.mark.parametrize("standing", CANNOT_BE_THERE.values(), ids=CANNOT_BE_THERE)
def test_what_no_lrs_can_hold_is_dropped_and_not_voided(desk, queued, standing):
    told = queued(**standing)

    assert queue_voiding(desk.session, [told.id]) == 0

    desk.session.refresh(told)
    assert told.state is DeliveryState.DROPPED
    assert voidings(desk.session) == []


def test_voiding_twice_is_voiding_once(desk, queued):
    told = queued(tries=1)

    queue_voiding(desk.session, [told.id])
    queue_voiding(desk.session, [told.id])

    assert voidings(desk.session) == [str(told.id)]


def test_a_voiding_is_not_voided(desk, queued):
    told = queued(tries=1)
    queue_voiding(desk.session, [told.id])
    both = desk.session.scalars(
        select(Delivery.id).where(Delivery.key == "statement:learner")
    ).all()

    queue_voiding(desk.session, both)

    assert voidings(desk.session) == [str(told.id)]


def test_of_something_unknown_nothing_is_voided(desk):
    assert queue_voiding(desk.session, [uuid4()]) == 0
