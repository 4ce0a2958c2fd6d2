"""The ready-made checklists: complete in every language."""

from collections.abc import Iterator
from typing import Any

import pytest

from activities.checklist.content import Checklist
from activities.checklist.gallery import gallery
from config.settings import LANGUAGES

KEYS = [template.key for template in gallery()]


def texts(part: Any) -> Iterator[dict[str, str]]:
    """Yield every table of languages in a template."""
    if isinstance(part, dict) and "en" in part:
        yield part
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from texts(inner)


@pytest.mark.parametrize("template", gallery(), ids=KEYS)
def test_every_text_exists_in_all_languages(template):
    found = list(texts(template.content))

    assert len(found) > 8
    for text in found:
        assert list(text) == list(LANGUAGES)
        assert all(words.strip() == words and words for words in text.values())


@pytest.mark.parametrize(
    ("key", "criteria", "critical"), [("mentoring-session", 16, 3), ("kitchen-hygiene", 8, 3)]
)
def test_the_ready_made_checklists_have_their_points(key, criteria, critical):
    content = next(template.content for template in gallery() if template.key == key)
    found = Checklist.parse(content).criteria

    assert len(found) == criteria
    assert sum(criterion.is_critical for criterion in found) == critical


def test_every_point_of_the_mentoring_session_stands_in_a_section():
    content = next(t.content for t in gallery() if t.key == "mentoring-session")

    assert all(criterion.section for criterion in Checklist.parse(content).criteria)
