"""Two observers at the very same moment, on both engines."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

import pytest

from activities.checklist.reading import read_observation
from activities.checklist.service import checklist_of, observation_hash, sign_observation
from lti_tool.domain.grading import Grade
from lti_tool.domain.people import Person
from lti_tool.domain.records import Record
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Signature, Signing
from lti_tool.web.i18n import today


@pytest.fixture
def draft(world, tomas):
    """Let somebody write, and not sign, that one point was met; return the record's id."""

    def writing(player, point):
        begun = player.post(
            "checklist.start", {"record_id": str(uuid4())}, person_id=tomas.person.id
        )
        found = re.search(r"/observations/([0-9a-f-]{36})", begun.headers["Location"])
        record_id = UUID(found.group(1))
        with world.app.test_request_context():
            form = {"observed_on": today().isoformat(), f"o-{point}": "met"}
        player.post("checklist.keep", form, record_id=record_id)
        return record_id

    return writing


@pytest.fixture
def sign_at_once(world):
    """Sign several drafts in transactions that begin together."""

    def signing(*record_ids):
        ready = Barrier(len(record_ids))

        def one(record_id):
            with world.app.test_request_context():
                record = world.stored(Record, id=record_id)[0]
                with world.database.reading() as session:
                    said = read_observation(
                        checklist_of(session, record), record.draft, today=today()
                    )
                ready.wait()
                with world.database.transaction() as session:
                    record = session.get_one(Record, record_id)
                    sign_observation(
                        session,
                        record,
                        Signing(
                            signer=session.get_one(Person, record.author_id),
                            role=Role.TUTOR,
                            locale="en",
                            seen_sha256=observation_hash(said),
                        ),
                        today=today(),
                    )

        with ThreadPoolExecutor(len(record_ids)) as pool:
            list(pool.map(one, record_ids))

    return signing


@pytest.fixture
def opened(world, tomas, tilda, nils):
    link = world.place("checklist", template="kitchen-hygiene")
    for player in (tomas, tilda, nils):
        player.launch(link)
    world.make(tilda, Role.TUTOR)
    world.make(nils, Role.TUTOR)


def test_two_observers_who_sign_at_once_both_count_in_the_mark(
    world, opened, draft, sign_at_once, tilda, nils
):
    sign_at_once(draft(tilda, "hands"), draft(nils, "dates"))

    newest = max(world.stored(Grade), key=lambda grade: grade.number)
    assert newest.given == 25


def test_one_observation_signed_from_several_tabs_at_once_has_one_signature(
    world, opened, draft, sign_at_once, tilda
):
    record_id = draft(tilda, "hands")

    sign_at_once(record_id, record_id, record_id)

    assert len(world.stored(Signature)) == 1
    assert len(world.stored(Grade)) == 1
