"""What may be sent and what may not: the published profile and our own narrower rules."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ralph.models.xapi.base.statements import BaseXapiStatement

from tests.xapi.samples import (
    CHECKLIST,
    EVENTS,
    HERE,
    LOGBOOK,
    MEERA,
    QUIZ,
    START,
    SYSTEM,
    VOCABULARIES,
    fullest,
)
from xapi.profile import PUBLISHED, Profile, undescribed, violations
from xapi.statements import canonical, statement_id, voiding
from xapi.vocabulary import PROFILE_VERSION, Vocabulary

SECRET = "Agnes Privat"

WALK = Vocabulary.parse(
    """
    activity = "walk"
    [types.walk]
    id = "https://other.example.org/types/walk"
    name = "Walk"
    [verbs.wandered]
    id = "https://other.example.org/verbs/wandered"
    display = "wandered"
    [events.wandered]
    verb = "wandered"
    result = ["duration"]
    """
)


def changed(statement, path, value):
    """Return a copy with *value* at *path*, which may be new."""
    copied = copy.deepcopy(statement)
    node = copied
    *above, last = path
    for step in above:
        node = node[step] if isinstance(node, list) else node.setdefault(step, {})
    node[last] = value
    return copied


@pytest.mark.parametrize(("activity", "event"), EVENTS)
def test_every_event_may_be_sent(activity, event):
    assert violations(fullest(VOCABULARIES[activity], event)) == []


@pytest.mark.parametrize(("activity", "event"), EVENTS)
def test_every_event_matches_a_template_of_its_own(activity, event):
    matching, broken = PUBLISHED.validate(fullest(VOCABULARIES[activity], event))
    names = {id.removeprefix(f"{PROFILE_VERSION}/templates/") for id in matching}

    assert broken == []
    assert "any" in names
    assert [name for name in names if name != "any" and not name.startswith("object-")]


@pytest.mark.parametrize(("activity", "event"), EVENTS)
def test_every_event_is_valid_for_another_authors_validator(activity, event):
    BaseXapiStatement.model_validate(json.loads(canonical(fullest(VOCABULARIES[activity], event))))


def test_a_voiding_is_valid_for_another_authors_validator():
    void = voiding(
        id=statement_id(HERE, "v"), actor=SYSTEM, voided=statement_id(HERE, "s"), timestamp=START
    )

    BaseXapiStatement.model_validate(json.loads(canonical(void)))
    assert violations(void) == []


@pytest.mark.parametrize("vocabulary", VOCABULARIES.values(), ids=VOCABULARIES.keys())
def test_the_profile_describes_all_that_our_activities_say(vocabulary):
    assert undescribed(vocabulary) == []


def test_what_another_activity_says_besides_is_named():
    assert undescribed(WALK) == [
        "event wandered",
        "type walk: the published name is None",
    ]


def test_another_activity_may_send_its_own_events_if_its_vocabulary_is_known():
    wandered = fullest(WALK, "wandered")

    assert violations(wandered, vocabularies=[WALK]) == []
    assert violations(wandered) == ["$.object.definition.name: must be the type's own generic name"]


def test_another_activity_is_held_to_the_same_privacy():
    leaky = changed(fullest(WALK, "wandered"), ["actor", "name"], SECRET)

    assert violations(leaky, vocabularies=[WALK]) == ["$.actor.name: is not allowed"]


def test_no_vocabulary_can_rename_what_the_profile_names():
    renamed = Vocabulary.parse(
        """
        activity = "logbook"
        [types.logbook]
        id = "profile:activity-types/logbook"
        name = "Diary"
        """
    )

    assert violations(fullest(renamed, "launched"), vocabularies=[renamed]) == [
        "$.object.definition.name: must be the type's own generic name"
    ]
    assert "type logbook: the published name is Logbook" in undescribed(renamed)


FORBIDDEN_BY_THE_PROFILE = [
    (["actor", "name"], SECRET),
    (["actor", "mbox"], "mailto:agnes@example.org"),
    (["actor", "mbox_sha1sum"], "0" * 40),
    (["actor", "openid"], "https://agnes.example.org"),
    (["context", "instructor", "name"], SECRET),
    (["context", "instructor", "mbox"], "mailto:agnes@example.org"),
    (["context", "team"], {"objectType": "Group", "name": SECRET, "member": [MEERA]}),
    (["context", "team"], {"objectType": "Group", "member": [{**MEERA, "name": SECRET}]}),
    (["object", "definition", "name", "en"], SECRET),
    (["object", "definition", "name", "cy"], SECRET),
    (["object", "definition", "description"], {"en": SECRET}),
    (["object", "definition", "moreInfo"], "https://agnes.example.org"),
    (["object", "definition", "extensions"], {"https://x.org/note": SECRET}),
    (["object", "definition", "choices"], [{"id": "a", "description": {"en": SECRET}}]),
    (["object", "definition", "correctResponsesPattern"], ["a"]),
    (["object", "definition", "interactionType"], "long-fill-in"),
    (["context", "contextActivities", "parent", 0, "definition", "name", "en"], SECRET),
    (["context", "contextActivities", "grouping", 0, "definition", "name", "en"], SECRET),
    (["context", "contextActivities", "other", 0, "definition", "name", "en"], SECRET),
    (["context", "contextActivities", "other", 0, "definition", "description"], {"en": SECRET}),
    (["context", "revision"], SECRET),
    (["result", "response"], SECRET),
    (["result", "response"], f"a[,]{SECRET}"),
    (["result", "extensions"], {"https://x.org/note": SECRET}),
    (["attachments"], [{"usageType": "https://x.org/evidence"}]),
]
FORBIDDEN_BESIDES = [
    (["actor", "account", "name"], "agnes@example.org"),
    (["actor", "account", "name"], SECRET),
    (["actor", "account", "mail"], "agnes@example.org"),
    (["verb", "display", "en"], f"{SECRET}!"),
    (["object", "id"], f"https://tool.example.org/{SECRET}"),
    (["context", "platform"], f"{SECRET} <agnes@example.org>"),
    (["context", "language"], SECRET),
    (["context", "extensions", "https://x.org/note"], SECRET),
    (["context", "extensions", "https://x.org/note"], {"text": SECRET}),
    (["context", "extensions", SECRET], 1),
    ([SECRET], 1),
]


@pytest.mark.parametrize(("path", "value"), FORBIDDEN_BY_THE_PROFILE + FORBIDDEN_BESIDES)
def test_nothing_that_names_or_quotes_a_person_may_be_sent(path, value):
    leaky = changed(fullest(QUIZ, "answered"), path, value)

    found = violations(leaky)

    assert found
    assert not any("gnes" in line for line in found)


@pytest.mark.parametrize(("path", "value"), FORBIDDEN_BY_THE_PROFILE)
def test_the_published_profile_alone_forbids_most_of_it(path, value):
    leaky = changed(fullest(LOGBOOK, "submitted"), path, value)

    _, broken = PUBLISHED.validate(leaky)

    assert broken


def test_a_response_is_only_for_questions():
    odd = changed(fullest(QUIZ, "attempted"), ["result"], {"response": "a"})

    assert violations(odd) == [
        "$.result.response: is only allowed for a question with an interaction type"
    ]


BROKEN = [
    (["id"], "537A9537-8C4A-5226-8909-D60E417C612B"),
    (["id"], "537a9537-8c4a-5226-0909-d60e417c612b"),
    (["id"], "not-a-uuid"),
    (["id"], None),
    (["timestamp"], "2026-11-02T09:10:00"),
    (["timestamp"], "2026-11-02T09:10:00Z"),
    (["timestamp"], "2026-11-02T09:10:00.000+00:00"),
    (["timestamp"], "2026-11-02T09:10:00.000-00:00"),
    (["timestamp"], "2026-02-30T09:10:00.000Z"),
    (["timestamp"], 1762074600),
    (["context", "registration"], "attempt 1"),
    (["actor", "objectType"], "Group"),
    (["actor", "account", "homePage"], "tool.example.org"),
    (["verb", "id"], "scored"),
    (["object", "objectType"], "SubStatement"),
    (["object"], {"objectType": "StatementRef", "id": "537a9537-8c4a-5226-8909-d60e417c612b"}),
    (["object"], "https://tool.example.org/1"),
    (["result", "score", "raw"], "8"),
    (["result", "score", "raw"], True),
    (["result", "score", "raw"], 11),
    (["result", "score", "min"], 10),
    (["result", "score", "scaled"], 1.5),
    (["result", "score", "scaled"], float("nan")),
    (["result", "score"], {"scaled": 1}),
    (["result", "success"], "true"),
    (["result", "completion"], 1),
    (["result", "duration"], "P4W1D"),
    (["result", "duration"], "PT"),
    (["result", "duration"], "PT1.123456S"),
    (["context", "contextActivities", "parent"], {"id": "https://tool.example.org/1"}),
    (["context", "contextActivities", "parent"], []),
    (["context", "contextActivities", "category"], []),
    (["context", "contextActivities", "category", 0, "id"], "https://x.org/profile"),
    (["context", "extensions"], {}),
    (["context", "statement"], {"objectType": "StatementRef", "id": "first"}),
    (["version"], "2.0.0"),
    (["authority"], MEERA),
    (["stored"], "2026-11-02T09:10:00.000Z"),
]


@pytest.mark.parametrize(("path", "value"), BROKEN)
def test_what_an_lrs_would_choke_on_may_not_be_sent(path, value):
    assert violations(changed(fullest(QUIZ, "answered"), path, value))


@pytest.mark.parametrize("member", ["id", "actor", "verb", "object", "context", "timestamp"])
def test_a_statement_without_one_of_its_parts_may_not_be_sent(member):
    part = {key: value for key, value in fullest(QUIZ, "scored").items() if key != member}

    assert f"$.{member}: is missing" in violations(part)


def test_a_voiding_may_not_say_more():
    void = voiding(
        id=statement_id(HERE, "v"), actor=SYSTEM, voided=statement_id(HERE, "s"), timestamp=START
    )

    assert violations(changed(void, ["context"], {"platform": "Moodle"}))
    assert violations(changed(void, ["object"], fullest(QUIZ, "scored")["object"]))


WRONG_EVENTS = [
    (LOGBOOK, "submitted", ["context", "contextActivities", "parent"], "entry-submitted"),
    (LOGBOOK, "approved", ["context", "team"], "entry-approved"),
    (LOGBOOK, "attended", ["result", "completion"], "session-attended"),
    (LOGBOOK, "goal_achieved", ["result", "success"], "goal-achieved"),
    (LOGBOOK, "completed", ["result", "completion"], "completed"),
    (QUIZ, "scored", ["result", "score"], "scored"),
    (QUIZ, "answered", ["object", "definition", "interactionType"], "question-answered"),
    (QUIZ, "passed", ["result", "success"], "quiz-passed"),
    (CHECKLIST, "item_failed", ["context", "instructor"], "item-failed"),
    (CHECKLIST, "observed_passed", ["context", "instructor"], "observation-passed"),
]


@pytest.mark.parametrize(("vocabulary", "event", "path", "template"), WRONG_EVENTS)
def test_an_event_without_what_its_template_asks_for_breaks_it(vocabulary, event, path, template):
    made = copy.deepcopy(fullest(vocabulary, event))
    *above, last = path
    node = made
    for step in above:
        node = node[step]
    del node[last]
    if event == "answered":
        del made["result"]["response"]

    assert [line for line in violations(made) if f"/templates/{template}: " in line]


def test_passed_with_success_false_breaks_the_template():
    assert violations(changed(fullest(QUIZ, "passed"), ["result", "success"], False))


def test_a_mentor_may_answer_a_submission_that_was_never_sent():
    assert violations(without_reference(fullest(LOGBOOK, "approved"))) == []


TWO_STEPS = Profile.parse(
    json.dumps(
        {
            "concepts": [],
            "patterns": [],
            "templates": [
                {"id": "first", "verb": LOGBOOK.event("submitted").verb.id, "rules": []},
                {
                    "id": "second",
                    "verb": LOGBOOK.event("approved").verb.id,
                    "contextStatementRefTemplate": ["first"],
                    "rules": [],
                },
            ],
        }
    ).encode()
)


def test_a_reference_is_followed_where_the_other_statement_is_at_hand():
    first, second = fullest(LOGBOOK, "submitted"), fullest(LOGBOOK, "approved")
    other = fullest(LOGBOOK, "attended")
    complaint = ["second: must refer to a statement of another template"]

    assert TWO_STEPS.validate(second, lambda id: first) == (["second"], [])
    assert TWO_STEPS.validate(second, lambda id: None) == (["second"], [])
    assert TWO_STEPS.validate(second) == (["second"], [])
    assert TWO_STEPS.validate(second, lambda id: other) == (["second"], complaint)
    assert TWO_STEPS.validate(without_reference(second)) == (["second"], complaint)


def without_reference(statement):
    context = {key: value for key, value in statement["context"].items() if key != "statement"}
    return {**statement, "context": context}


def chain(vocabulary, *events):
    return [fullest(vocabulary, event, number=number) for number, event in enumerate(events)]


def patterns(vocabulary, *events):
    followed = PUBLISHED.patterns_followed(chain(vocabulary, *events))
    return [id.removeprefix(f"{PROFILE_VERSION}/patterns/") for id in followed]


def test_the_life_of_an_entry_follows_its_pattern():
    assert patterns(LOGBOOK, "submitted", "returned", "submitted", "approved") == ["work", "entry"]
    assert patterns(LOGBOOK, "submitted", "approved", "returned") == ["work"]


def test_an_attempt_at_a_quiz_follows_its_pattern():
    done = ("attempted", "answered", "rated", "attempt_completed", "passed", "scored")

    assert patterns(QUIZ, *done) == ["work", "quiz-attempt"]
    assert patterns(QUIZ, "attempted") == ["work", "quiz-attempt"]
    assert patterns(QUIZ, "answered", "attempted") == ["work"]


def test_an_observation_follows_its_pattern():
    seen = ("item_passed", "item_scored", "item_failed", "observed_failed")

    assert patterns(CHECKLIST, *seen) == ["work", "observation"]
    assert patterns(CHECKLIST, *seen, "acknowledged") == ["work", "observation"]
    assert patterns(CHECKLIST, "acknowledged", *seen) == ["work"]


def test_a_series_with_a_leak_follows_no_pattern():
    statements = chain(LOGBOOK, "submitted", "returned")
    leaky = changed(statements[0], ["actor", "name"], SECRET)

    assert PUBLISHED.patterns_followed([leaky, statements[1]]) == []


def test_single_context_activities_are_read_like_lists_of_one():
    made = fullest(LOGBOOK, "submitted")
    groups = made["context"]["contextActivities"]
    path = ["context", "contextActivities", "parent"]

    assert PUBLISHED.validate(changed(made, path, groups["parent"][0])) == PUBLISHED.validate(made)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(node, path=()):
    if path:
        yield list(path)
    inner = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in inner:
        yield from places(value, (*path, key))


WHOLE = fullest(QUIZ, "answered")


@given(st.sampled_from(list(places(WHOLE))), json_values)
def test_the_check_answers_whatever_it_is_given(path, value):
    lines = violations(changed(WHOLE, path, value))

    assert all(isinstance(line, str) for line in lines)


@given(json_values.filter(lambda value: isinstance(value, dict)))
def test_the_check_refuses_what_is_no_statement(value):
    assert violations(value)
