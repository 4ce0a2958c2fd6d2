"""Every page for every role and every class of visibility: nothing private is shown or counted."""

import html
import re
from uuid import uuid4

import pytest

from lti_tool.domain.records import Attempt, Record, RecordReader, RecordState, Visibility
from lti_tool.domain.roles import Role
from lti_tool.services.visibility import EXPORTED, LEAVES
from tests.cast import ONE_ENGINE
from tests.isolation.test_matrix import addresses, rules
from tests.isolation.victim import put_to_work

pytestmark = [ONE_ENGINE, pytest.mark.timeout(180)]

SEES = {
    Visibility.SHARED: {"author", "mentor", "tutor", "assessor"},
    Visibility.LEARNER_TUTOR: {"author", "tutor", "assessor"},
    Visibility.LEARNER_PRIVATE: {"author"},
    Visibility.MENTOR_PRIVATE: {"author"},
    Visibility.WELFARE: {"author", "named"},
}
"""Who reads a record of each class, of the people around its author."""

ENTRY = {"practised_on": "2026-11-20", "duration_minutes": "30"}


def canary(visibility):
    return f"Words of {visibility.value.replace('_', ' ')}"


@pytest.fixture
def victim(world, tomas, tilda):
    return put_to_work(world, tomas, tilda)


@pytest.fixture
def people(world, victim, tomas, tilda, meera, nils):
    """Everybody around Tomas at his logbook: his mentor, a tutor, an assessor, a named tutor."""
    named = world.player(world.cast.ada)
    world.sandbox.enrol(world.cast.course, world.cast.ada)
    found = {"author": tomas, "tutor": tilda, "mentor": meera, "assessor": nils, "named": named}
    roles = {
        "tutor": Role.TUTOR,
        "mentor": Role.MENTOR,
        "assessor": Role.ASSESSOR,
        "named": Role.TUTOR,
    }
    for name, player in found.items():
        player.csrf = ""
        player.launch(victim.links["logbook"])
        if name in roles:
            world.make(player, roles[name])
        player.launch(victim.links["logbook"])
    world.mentors(meera, tomas)
    return found


def hand_in(tomas, words):
    id = uuid4()
    tomas.post("logbook.start", record_id=id)
    names = re.findall(
        r'<textarea[^>]*name="([^"]+)"', tomas.get("logbook.edit", record_id=id).text
    )
    form = ENTRY | dict.fromkeys(names, words)
    assert tomas.post("logbook.submit", form, record_id=id).status_code == 303
    return id


def classify(world, id, visibility, named):
    """Put a record into a class, also one that its author could not choose."""
    with world.database.transaction() as session:
        record = session.get_one(Record, id)
        record.visibility = visibility
        if visibility is Visibility.WELFARE:
            names = {"record_id": id, "person_id": named.person.id, "why": "Safeguarding lead."}
            session.add(RecordReader(**names, named_by_id=record.author_id))


def crawl(player, world, ids):
    """The words of every page that a player can open with these ids."""
    seen = []
    for rule in rules(world):
        if "GET" in rule.methods:
            for values in addresses(rule, ids):
                path = player.url(rule.endpoint, **values)
                seen.append(words(player.client.get(path, follow_redirects=True)))
    return seen


def words(answer):
    text = answer.data.decode("utf-8", "replace")  # photos are answers, too
    stripped = re.sub(r"<[^>]+>", " ", text)
    without_reference = re.sub(r"\b[0-9a-f]{8}\b", "", html.unescape(stripped))
    return re.sub(r"\s+", " ", without_reference)


def test_every_page_shows_a_record_to_those_of_its_class_and_to_nobody_else(
    world, victim, people, tomas
):
    records = {visibility: hand_in(tomas, canary(visibility)) for visibility in Visibility}
    for visibility, id in records.items():
        classify(world, id, visibility, people["named"])
    ids = victim.ids | {"record_id": list(records.values())}

    for name, player in people.items():
        seen = " ".join(crawl(player, world, ids))
        for visibility, may in SEES.items():
            expected = name in may or (name == "named" and "tutor" in may)
            assert (canary(visibility) in seen) == expected, (name, visibility)


@pytest.mark.parametrize("visibility", [v for v in Visibility if v is not Visibility.SHARED])
def test_no_count_on_any_page_betrays_a_private_record(world, victim, people, tomas, visibility):
    """Whoever may not see a record sees the very pages that were there without it."""
    blind = {name: p for name, p in people.items() if name not in SEES[visibility]}
    if "tutor" in SEES[visibility]:
        blind.pop("named")
    before = {name: crawl(player, world, victim.ids) for name, player in blind.items()}
    ids = victim.ids

    for state in (RecordState.SUBMITTED, RecordState.COUNTERSIGNED):
        id = hand_in(tomas, canary(visibility))
        classify(world, id, visibility, people["named"])
        with world.database.transaction() as session:
            session.get_one(Record, id).state = state

    for name, player in blind.items():
        assert crawl(player, world, ids) == before[name], name


def test_what_nobody_but_the_author_sees_makes_nothing_complete(world, victim, people, tomas):
    """Neither the mark nor the completion of an activity counts what is private."""
    hidden = [v for v in Visibility if v not in EXPORTED]
    for visibility in hidden:
        id = hand_in(tomas, canary(visibility))
        classify(world, id, visibility, people["named"])
        with world.database.transaction() as session:
            session.get_one(Record, id).state = RecordState.COUNTERSIGNED
    with world.database.reading() as session:
        plugin = world.app.extensions["trellis"].registry.get("logbook")
        attempt = session.get_one(Attempt, session.get_one(Record, id).attempt_id)
        assert plugin.grade(session, attempt) is None


def test_the_choices_of_the_author_are_kept_from_the_first_submit_on(world, victim, people, tomas):
    for visibility in (Visibility.LEARNER_TUTOR, Visibility.LEARNER_PRIVATE):
        before = len(world.deliveries("statement"))
        id = uuid4()
        tomas.post("logbook.start", record_id=id)
        page = tomas.get("logbook.edit", record_id=id).text
        names = re.findall(r'<textarea[^>]*name="([^"]+)"', page)
        form = ENTRY | dict.fromkeys(names, canary(visibility)) | {"visibility": visibility.value}

        assert tomas.post("logbook.submit", form, record_id=id).status_code == 303

        assert world.stored(Record, id=id)[0].visibility is visibility
        assert people["mentor"].get("logbook.show_entry", record_id=id).status_code == 404
        assert visibility not in LEAVES
        assert len(world.deliveries("statement")) == before
