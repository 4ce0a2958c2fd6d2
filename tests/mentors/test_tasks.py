"""What waits for a mentor, wherever it waits, and nothing else."""

from datetime import timedelta

from lti_tool.domain.base import utc_now
from lti_tool.domain.people import Membership, Relation
from lti_tool.domain.records import MoveKind, Record, Visibility
from lti_tool.services.moves import add_move
from tests.mentors.conftest import GWEN


def ids(tasks):
    return [task.record_id for task in tasks]


def test_what_was_handed_in_first_stands_on_top(bakery, tomas):
    bakery.name(tomas)
    later, first = bakery.entry(tomas), bakery.entry(tomas)
    bakery.set(Record, {"id": first}, submitted_at=bakery.days_ago(3))

    assert ids(bakery.tasks()) == [first, later]


def test_a_draft_and_a_private_record_do_not_wait_for_a_mentor(bakery, tomas):
    bakery.name(tomas)
    bakery.entry(tomas, submit=False)
    private = bakery.entry(tomas)
    bakery.set(Record, {"id": private}, visibility=Visibility.LEARNER_TUTOR)

    assert bakery.tasks() == []


def test_nothing_waits_before_a_tutor_agreed(bakery, tomas):
    bakery.name(tomas, GWEN, by=tomas)
    bakery.entry(tomas)
    bakery.set(Relation, {}, state="proposed")

    assert bakery.tasks() == []


def test_nothing_waits_after_the_mentoring_ended(bakery, tomas):
    bakery.name(tomas)
    bakery.entry(tomas)
    bakery.set(Relation, {}, to_on=utc_now().date() - timedelta(days=1))

    assert bakery.tasks() == []


def test_nothing_waits_for_somebody_who_is_no_mentor_any_more(bakery, tomas):
    bakery.name(tomas)
    bakery.entry(tomas)
    bakery.set(Membership, {"person_id": bakery.contact().person_id}, role=None)

    assert bakery.tasks() == []


def test_what_was_said_to_be_not_mine_comes_back_when_it_is_handed_in_again(bakery, tomas):
    bakery.name(tomas)
    record_id = bakery.entry(tomas)
    with bakery.world.app.test_request_context(), bakery.database.transaction() as session:
        record = session.get_one(Record, record_id)
        add_move(session, record, MoveKind.NOT_MINE, by=bakery.person_of())
    assert bakery.tasks() == []

    bakery.resubmit(tomas, record_id)

    assert ids(bakery.tasks()) == [record_id]
