"""What our own activities say is what the published profile describes, and LRSs take it."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.xapi.samples import fullest
from xapi.lrs import StoredStatement
from xapi.profile import undescribed, violations
from xapi.statements import canonical
from xapi.vocabulary import Vocabulary

FILES = sorted(Path(__file__).parents[2].glob("activities/*/vocabulary.toml"))
VOCABULARIES = [Vocabulary.parse(file.read_text("utf-8"), source=str(file)) for file in FILES]
ours = pytest.mark.parametrize("words", VOCABULARIES, ids=[file.parent.name for file in FILES])


@ours
def test_the_published_profile_describes_all_of_it(words):
    assert undescribed(words) == []


@ours
def test_every_event_may_be_sent(words):
    assert {event: violations(fullest(words, event)) for event in words.events} == {
        event: [] for event in words.events
    }


@ours
@pytest.mark.lrs
@pytest.mark.timeout(600)
def test_real_lrss_take_every_event(words, real_lrs):
    made = [fullest(words, event, id=uuid4()) for event in words.events]
    batch = [StoredStatement(UUID(one["id"]), canonical(one)) for one in made]

    assert [outcome.reason for outcome in real_lrs.client().store(batch)] == [""] * len(batch)
