"""The history of a record, as tutor, author and others get to see it."""

import re
from uuid import uuid4

import pytest

from lti_tool.domain.append_only import Upkeep
from lti_tool.domain.records import MoveKind, Revision
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Capacity, Decision, Method
from lti_tool.services import proof_words
from lti_tool.services.describing import differences
from tests.cast import ONE_ENGINE

ENTRY = {
    "practised_on": "2026-01-20",
    "duration_minutes": "45",
    "text-topics": "We baked bread.",
    "text-agreed": "I open on Monday.",
}


@pytest.fixture
def told(world, tomas, meera, tilda):
    """An entry that was confirmed, opened again by the tutor and handed in anew."""
    link = world.place("logbook")
    for player in (tomas, meera, tilda):
        player.launch(link)
    world.make(meera, Role.MENTOR)
    world.make(tilda, Role.TUTOR)
    world.mentors(meera, tomas)
    id = uuid4()
    tomas.post("logbook.start", record_id=id)
    assert tomas.post("logbook.submit", ENTRY, record_id=id).status_code == 303
    page = meera.get("logbook.show_entry", record_id=id).text
    seen = re.search(r'name="seen_sha256"[^>]*value="([0-9a-f]+)"', page).group(1)
    form = {"seen_sha256": seen, "capacity": "saw_it", "comment": "Well done."}
    assert meera.post("logbook.countersign", form, record_id=id).status_code == 303
    return id


def test_the_tutor_reads_words_capacity_method_and_the_trail(told, tilda):
    tilda.get("proof.timeline", record_id=told)

    for words in (
        "Version 1 handed in",
        "We baked bread.",
        "On version 1",
        "I saw it",
        "Signed in to the course",
        "Well done.",
        "record.confirmed",
        "Valid: this is word for word",
    ):
        assert words in tilda.text


def test_the_author_reads_it_without_the_trail(told, tomas):
    page = tomas.get("logbook.show_entry", record_id=told)
    assert f"/records/{told}/timeline" in page.text

    tomas.get("proof.timeline", record_id=told)

    assert "Version 1 handed in" in tomas.text
    assert "Audit trail" not in tomas.text


def test_a_mentor_who_did_not_write_it_does_not_get_the_history(told, meera):
    assert "/timeline" not in meera.get("logbook.show_entry", record_id=told).text
    assert meera.get("proof.timeline", record_id=told).status_code == 404


def test_what_was_changed_behind_our_back_is_said_there(told, tilda, world):
    with world.database.transaction() as session:
        upkeep = Upkeep(reason="a test")
        session.add(upkeep)
        session.flush()
        revision = session.query(Revision).filter_by(record_id=told).one()
        revision.content = revision.content | {"duration_minutes": 450}
        session.flush()
        session.delete(upkeep)

    tilda.get("proof.timeline", record_id=told)

    assert "Not as it was" in tilda.text


@ONE_ENGINE
def test_differences_are_shown_word_by_word(world):
    before = [("Day", "Monday"), ("What", "We baked white bread."), ("Gone", "x")]
    after = [("Day", "Monday"), ("What", "We baked rye bread."), ("New", "y")]

    found = differences(before, after)

    assert [one.label for one in found] == ["What", "New", "Gone"]
    parts = [(part.text, part.change) for part in found[0].parts]
    assert parts == [
        ("We baked ", ""),
        ("white", "removed"),
        ("rye", "added"),
        (" bread.", ""),
    ]


@ONE_ENGINE
def test_every_activity_of_ours_says_its_revisions_in_words(world):
    for plugin in world.app.extensions["trellis"].registry:
        assert plugin.describe is not None, plugin.key


@ONE_ENGINE
def test_there_are_words_for_everything_that_can_be_signed_or_happen(world):
    assert set(proof_words.DECISIONS) == set(Decision)
    assert set(proof_words.MOVES) == set(MoveKind)
    assert set(proof_words.CAPACITIES) == set(Capacity)
    assert set(proof_words.METHODS) == set(Method)
    assert set(proof_words.ROLES) == set(Role)
