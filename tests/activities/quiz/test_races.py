"""Two tabs at the very same moment, on both engines."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from activities.quiz.answers import read_answers
from activities.quiz.models import QuizTry
from activities.quiz.service import answers_hash, quiz_of, start_try, submit_try
from lti_tool.domain.courses import TemplateVersion
from lti_tool.domain.errors import WrongState
from lti_tool.domain.grading import Grade
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Record, Revision

TABS = 4


@pytest.fixture
def at_once(world):
    """Run an act in several transactions that begin together; return what came of each."""

    def running(act):
        ready = Barrier(TABS)

        def one(_number):
            with world.app.test_request_context():
                ready.wait()
                try:
                    with world.database.transaction() as session:
                        return act(session)
                except WrongState as error:
                    return error

        with ThreadPoolExecutor(TABS) as pool:
            return list(pool.map(one, range(TABS)))

    return running


@pytest.fixture
def opened(world, tomas):
    def opening(**settings):
        tomas.launch(world.place("quiz", template="mentoring-basics", settings=settings))
        tomas.get("quiz.home")
        return world.stored(Attempt)[0].id

    return opening


def begin(session, attempt_id):
    attempt = session.get_one(Attempt, attempt_id)
    return start_try(
        session,
        attempt,
        id=uuid4(),
        author=session.get_one(Person, attempt.person_id),
        template=session.scalars(select(TemplateVersion)).one(),
    ).record_id


def test_starting_in_several_tabs_at_once_makes_one_try(world, opened, at_once):
    attempt_id = opened(max_tries=1)

    ids = at_once(lambda session: begin(session, attempt_id))

    assert len(set(ids)) == 1
    assert len(world.stored(QuizTry)) == 1


def test_handing_in_from_several_tabs_at_once_makes_one_result(world, opened, at_once, tomas):
    attempt_id = opened()
    start = tomas.post("quiz.start", {"record_id": str(uuid4())})
    record_id = UUID(re.search(r"/tries/([0-9a-f-]{36})", start.headers["Location"]).group(1))
    tomas.post("quiz.keep", {"q-minutes": "180"}, record_id=record_id)

    def hand_in(session):
        record = session.get_one(Record, record_id)
        person = session.get_one(Person, session.get_one(Attempt, attempt_id).person_id)
        seen = answers_hash(read_answers(quiz_of(session, record), record.draft or DRAFT))
        return submit_try(session, record, author=person, seen=seen).number

    assert at_once(hand_in) == [1] * TABS
    assert len(world.stored(Revision)) == 1
    assert len(world.stored(Grade)) == 1
    assert world.verbs().count("completed") == 1


DRAFT = {"q-minutes": ["180"]}
