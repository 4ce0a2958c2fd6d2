"""What the LRS hears when a signature is taken back."""

import json

from sqlalchemy import update

from lti_tool.outbox.models import Delivery, DeliveryState
from tests.activities.logbook.conftest import Course
from tests.activities.logbook.steps import (
    confirm,
    confirmed,
    reopen,
    take_back,
)
from xapi.profile import violations


def told(course: Course, verb: str) -> list[Delivery]:
    """The statements with a verb, in the order in which they leave."""
    return [
        one
        for one in course.world.deliveries("statement")
        if json.loads(one.body)["verb"]["display"]["en"] == verb
    ]


def tried(course: Course) -> None:
    """Whatever waits for the LRS was sent once, and no answer came."""
    with course.world.database.transaction() as session:
        session.execute(update(Delivery).where(Delivery.kind == "statement").values(tries=1))


def test_what_the_lrs_was_told_of_a_confirmation_is_voided_with_it(course: Course) -> None:
    id = confirmed(course)
    [approved] = told(course, "approved")
    tried(course)

    take_back(course, id)

    [voided] = told(course, "voided")
    assert json.loads(voided.body)["object"]["id"] == str(approved.id)
    assert (voided.key, voided.seq > approved.seq) == (approved.key, True)
    assert violations(json.loads(voided.body)) == []
    assert len(told(course, "submitted")) == 1


def test_a_statement_that_never_left_is_not_sent_once_its_signature_is_taken_back(
    course: Course,
) -> None:
    id = confirmed(course)

    take_back(course, id)

    [approved] = told(course, "approved")
    assert approved.state is DeliveryState.DROPPED
    assert told(course, "voided") == []


def test_confirming_again_is_another_statement_than_the_one_that_was_voided(
    course: Course,
) -> None:
    id = confirmed(course)
    take_back(course, id)

    confirm(course, id)

    first, second = told(course, "approved")
    assert first.state is DeliveryState.DROPPED
    assert second.state is DeliveryState.QUEUED


def test_opening_an_entry_again_voids_nothing(course: Course) -> None:
    id = confirmed(course)
    tried(course)

    reopen(course, id)

    assert told(course, "voided") == []
    assert [one.state for one in told(course, "approved")] == [DeliveryState.QUEUED]
