"""Vocabularies: what an activity may say."""

from importlib.resources import files

import pytest

from tests.xapi.samples import CHECKLIST, LOGBOOK, fullest
from xapi.errors import VocabularyError
from xapi.profile import PUBLISHED, violations
from xapi.vocabulary import PROFILE, Vocabulary

SMALL = """
activity = "walk"

[types.walk]
id = "https://other.example.org/types/walk"
name = "Walk"
"""


def test_a_small_vocabulary_has_the_core_events_about_its_own_activity():
    walk = Vocabulary.parse(SMALL)

    assert set(walk.events) == {"launched", "scored", "completed"}
    assert {event.type.name for event in walk.events.values()} == {"Walk"}


def test_an_event_knows_its_verb_type_and_parent():
    approved = LOGBOOK.event("approved")

    assert approved.verb.display == "approved"
    assert approved.type.id == f"{PROFILE}/activity-types/logbook-entry"
    assert approved.parent == LOGBOOK.types["logbook"]
    assert approved.context == {"team", "revision_ref"}


def test_what_an_event_always_says_is_fixed_in_the_vocabulary():
    assert CHECKLIST.event("observed_failed").success is False
    assert CHECKLIST.event("observed_failed").completion is True
    assert CHECKLIST.event("acknowledged").success is None


def test_a_vocabulary_cannot_be_changed_afterwards():
    with pytest.raises(TypeError):
        LOGBOOK.events["submitted"] = LOGBOOK.events["approved"]


def test_repeating_what_the_core_says_is_allowed():
    again = '\n[types.course]\nid = "http://adlnet.gov/expapi/activities/course"\nname = "Course"\n'

    assert Vocabulary.parse(SMALL + again).types["course"].name == "Course"


@pytest.mark.parametrize(
    ("addition", "complaint"),
    [
        ("[surprises]", "unknown table or key: surprises"),
        ("[verbs.done]\nid = 'https://x.org/v'", r"\[verbs.done\] needs id and display"),
        ("[verbs.done]\nid = 'done'\ndisplay = 'done'", "not an absolute IRI"),
        ("[verbs.done]\nid = 'https://x.org/v'\ndisplay = 'done!'", "letters"),
        ("[verbs.scored]\nid = 'https://x.org/v'\ndisplay = 'scored'", "defined otherwise"),
        ("[verbs]\ndone = 'https://x.org/v'", "not a table: done"),
        ("verbs = []", r"\[verbs\] must be a table"),
        ("[events.done]\nverb = 'done'", r"\[events.done\] has no verb"),
        ("[events.done]\nverb = 'scored'\ntype = 'hike'", r"\[events.done\] has no type"),
        ("[events.done]\nverb = 'scored'\nparent = 'hike'", r"\[events.done\] has no parent"),
        ("[events.done]\nverb = 'scored'\nresult = ['name']", "result cannot hold: name"),
        ("[events.done]\nverb = 'scored'\ncontext = ['name']", "context cannot hold: name"),
        ("[events.done]\nverb = 'scored'\nextensions = ['x']", "extensions cannot hold: x"),
        ("[events.done]\nverb = 'scored'\nsuccess = 1", "success must be true or false"),
        ("[events.done]\nverb = 'scored'\nresults = []", "unknown key in .*: results"),
        ("[events.done]\nverb = 'scored'\nsuccess = true\nresult = ['success']", "both"),
        ("[extensions]\nx = 'not an iri'", "not an absolute IRI"),
        ("[verbs.done", "walk.toml"),
    ],
)
def test_a_mistake_in_a_vocabulary_is_named(addition, complaint):
    text = addition + SMALL if addition == "verbs = []" else SMALL + addition

    with pytest.raises(VocabularyError, match=complaint):
        Vocabulary.parse(text, source="walk.toml")


def test_a_vocabulary_must_name_the_activity_as_a_whole():
    with pytest.raises(VocabularyError, match="activity must be the key"):
        Vocabulary.parse(SMALL.replace('activity = "walk"', ""))


@pytest.mark.parametrize("package", ["xapi", "no.such.package"])
def test_a_package_without_a_vocabulary_is_named(package):
    with pytest.raises(VocabularyError, match=package):
        Vocabulary.load(package)


def test_an_unknown_event_or_type_is_refused():
    with pytest.raises(VocabularyError, match="celebrated"):
        LOGBOOK.event("celebrated")
    with pytest.raises(VocabularyError, match="cake"):
        LOGBOOK.object("cake", "https://tool.example.org/1")


def test_the_example_in_the_readme_can_be_loaded_and_used():
    readme = (files("xapi") / "README.md").read_text("utf-8")
    example = Vocabulary.parse(readme.partition("```toml")[2].partition("```")[0])

    made = fullest(example, "wandered")

    assert violations(made, vocabularies=[example]) == []
    assert made["object"]["definition"]["name"] == {"en": "Stage of a walk"}


@pytest.mark.parametrize("type", PUBLISHED.names)
def test_the_readme_lists_every_published_type_and_its_name(type):
    readme = (files("xapi") / "README.md").read_text("utf-8")
    iri = type.replace(f"{PROFILE}/", "profile:")

    assert f"| `{iri}` | {PUBLISHED.names[type]} |" in readme
