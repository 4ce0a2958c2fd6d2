"""A draft and the submit of its record that cross on their way, as they do at every Submit."""

from datetime import date
from uuid import uuid4

import pytest

from lti_tool.domain.errors import WrongState
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Record, RecordState
from lti_tool.services.records import save_draft, submit_record

# SQLite lets writers in one after the other, so nothing can cross there.
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def record_id(world, tomas):
    """An entry that Tomas has begun."""
    tomas.launch(world.place("logbook"))
    id = uuid4()
    tomas.post("logbook.start", record_id=id)
    return id


def submit(session, record):
    author = session.get_one(Person, session.get_one(Attempt, record.attempt_id).person_id)
    submit_record(session, record, {"said": "all"}, author=author, happened_on=date(2026, 1, 20))


def test_a_draft_that_arrives_during_the_submit_does_not_refuse_it(world, record_id):
    with world.database.transaction() as submitting:
        record = submitting.get_one(Record, record_id)
        with world.database.transaction() as typing:
            save_draft(typing, typing.get_one(Record, record_id), {"said": ["al"]})

        submit(submitting, record)

    (stored,) = world.stored(Record)
    assert stored.state is RecordState.SUBMITTED
    assert stored.draft is None


def test_a_draft_that_arrives_after_the_submit_changes_nothing(world, record_id):
    with world.app.test_request_context(), world.database.transaction() as typing:
        late = typing.get_one(Record, record_id)
        with world.database.transaction() as submitting:
            submit(submitting, submitting.get_one(Record, record_id))

        with pytest.raises(WrongState):
            save_draft(typing, late, {"said": ["al"]})

    (stored,) = world.stored(Record)
    assert stored.state is RecordState.SUBMITTED
    assert stored.draft is None
