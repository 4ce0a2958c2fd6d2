"""Queueing: what leaves, what does not, and what replaces what."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from lti_tool.domain.base import utc_now
from lti_tool.outbox.models import Delivery, DeliveryState
from lti_tool.outbox.queue import enqueue, enqueue_core
from lti_tool.outbox.sending import Refused, Retry, Sent
from tests.outbox.driver import STATEMENTS


def count(db):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Delivery))


def test_a_message_leaves_only_if_its_transaction_commits(outbox):
    with outbox.db.transaction() as session:
        enqueue(session, "score", destination="d", key="k", subject="s", payload={})
        session.rollback()

    assert count(outbox.db) == 0


def test_a_statement_leaves_byte_for_byte_as_it_was_committed(outbox):
    body = '{"b":1, "a" : 1.50,"ö":"\\u00f6"}'
    outbox.queue(STATEMENTS, body=body)

    assert outbox.claim(STATEMENTS)[0].body == body


def test_queueing_the_same_id_twice_changes_nothing(outbox):
    id = uuid4()
    outbox.queue(STATEMENTS, body="first", id=id)
    with outbox.db.connection() as connection:
        again = enqueue_core(
            connection,
            "statement",
            destination="lrs",
            key="other",
            subject="s",
            body="second",
            id=id,
        )
    outbox.queue(STATEMENTS, body="third", id=id)

    assert again == id
    assert count(outbox.db) == 1
    assert outbox.read(id).body == "first"


def test_queueing_the_same_id_after_it_was_sent_does_not_send_it_again(outbox):
    id = outbox.queue(STATEMENTS, body="{}", id=uuid4())
    outbox.settle(outbox.claim(STATEMENTS), Sent())

    outbox.queue(STATEMENTS, body="{}", id=id)

    assert outbox.claim(STATEMENTS) == []


def test_queueing_the_same_id_twice_replaces_nothing_newer(outbox):
    old = outbox.queue(mark=1, id=uuid4(), replace=True)
    newest = outbox.queue(mark=2, replace=True)

    outbox.queue(mark=1, id=old, replace=True)

    assert [one.id for one in outbox.claim(limit=10)] == [newest]


def test_the_launch_path_queues_without_the_orm(outbox):
    with outbox.db.connection() as connection:
        id = enqueue_core(
            connection, "statement", destination="lrs", key="k", subject="s", body="{}"
        )

    assert [one.id for one in outbox.claim(STATEMENTS)] == [id]


@pytest.mark.parametrize("content", [{}, {"payload": {}, "body": ""}])
def test_a_message_has_either_a_payload_or_a_body(outbox, content):
    with (
        pytest.raises(ValueError, match="payload or a body"),
        outbox.db.transaction() as session,
    ):
        enqueue(session, "score", destination="d", key="k", subject="s", **content)


def test_only_the_newest_score_is_sent(outbox):
    old, older = outbox.queue(mark=1, replace=True), outbox.queue(mark=2, replace=True)
    newest = outbox.queue(mark=3, replace=True)

    assert [one.id for one in outbox.claim(limit=10)] == [newest]
    assert {outbox.read(id).state for id in (old, older)} == {DeliveryState.SUPERSEDED}
    assert outbox.read(old).reason == "replaced"


def test_a_score_replaces_no_other_key_and_no_other_kind(outbox):
    other_person = outbox.queue(key="other", replace=True)
    statement = outbox.queue(STATEMENTS, key="k", body="{}")
    outbox.queue(key="k", replace=True)

    assert outbox.read(other_person).state is DeliveryState.QUEUED
    assert outbox.read(statement).state is DeliveryState.QUEUED


def test_a_score_on_its_way_is_not_replaced_but_followed(outbox):
    first = outbox.queue(mark=1, replace=True)
    on_its_way = outbox.claim()
    second = outbox.queue(mark=2, replace=True)

    assert outbox.claim() == []
    outbox.settle(on_its_way, Sent())

    assert outbox.read(first).state is DeliveryState.SENT
    assert [one.id for one in outbox.claim()] == [second]


@pytest.mark.parametrize("answer", [Retry(why="503"), Refused(code="not_gradable")])
def test_a_score_that_failed_on_its_way_gives_way_to_the_newer_one(outbox, answer):
    first = outbox.queue(mark=1, replace=True)
    on_its_way = outbox.claim()
    second = outbox.queue(mark=2, replace=True)

    outbox.settle(on_its_way, answer)

    assert outbox.read(first).state is DeliveryState.SUPERSEDED
    assert [one.id for one in outbox.claim()] == [second]


def test_a_parked_score_gives_way_to_a_newer_one(outbox):
    first = outbox.queue(mark=1, replace=True)
    outbox.settle(outbox.claim(), Refused(code="not_gradable"))

    outbox.queue(mark=2, replace=True)

    assert outbox.read(first).state is DeliveryState.SUPERSEDED


def test_a_message_for_later_waits_until_then(outbox):
    tomorrow = utc_now() + timedelta(days=1)
    id = outbox.queue(due_at=tomorrow)

    assert outbox.claim() == []
    assert [one.id for one in outbox.claim(now=tomorrow)] == [id]
    assert outbox.read(id).expires_at == tomorrow + timedelta(days=14)
