"""Building statements: pure, complete, and with no room for anybody's words."""

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xapi.samples import (
    CHECKLIST,
    EVENTS,
    HERE,
    LOGBOOK,
    MEERA,
    QUIZ,
    START,
    SYSTEM,
    TOMAS,
    VOCABULARIES,
    fullest,
    thing,
)
from xapi.actors import account_actor
from xapi.errors import StatementError, VocabularyError
from xapi.profile import violations
from xapi.results import Result, duration
from xapi.statements import canonical, statement, statement_id, timestamp_text, voiding

SECRET = "Agnes Privat"


def submitted(**changes):
    return fullest(LOGBOOK, "submitted", **changes)


@pytest.mark.parametrize(("activity", "event"), EVENTS)
def test_the_same_arguments_give_the_same_text(activity, event):
    vocabulary = VOCABULARIES[activity]

    assert canonical(fullest(vocabulary, event)) == canonical(fullest(vocabulary, event))


def test_a_submitted_entry_says_who_what_where_when_and_how_long():
    made = submitted()

    assert made["actor"] == TOMAS
    assert made["verb"]["id"] == "http://activitystrea.ms/schema/1.0/submit"
    assert made["object"]["definition"]["name"] == {"en": "Logbook entry"}
    assert made["result"] == {"duration": "PT1H30M"}
    assert made["timestamp"] == "2026-11-02T09:10:00.000Z"
    assert made["context"]["instructor"] == MEERA
    assert made["context"]["contextActivities"]["parent"][0]["definition"]["name"] == {
        "en": "Logbook"
    }


def test_a_confirmation_has_the_mentor_as_actor_and_the_learner_in_the_team():
    made = fullest(LOGBOOK, "approved")

    assert made["actor"] == MEERA
    assert made["context"]["team"] == {"objectType": "Group", "member": [TOMAS]}
    assert made["context"]["statement"]["objectType"] == "StatementRef"


def test_an_observation_has_the_learner_as_actor_and_the_observer_as_instructor():
    made = fullest(CHECKLIST, "observed_failed")

    assert (made["actor"], made["context"]["instructor"]) == (TOMAS, MEERA)
    assert made["result"]["success"] is False


def test_an_answer_holds_the_ids_of_options():
    made = fullest(QUIZ, "answered")

    assert made["result"]["response"] == "a[,]c"
    assert made["object"]["definition"]["interactionType"] == "choice"


def test_without_a_result_there_is_no_empty_one():
    assert "result" not in fullest(QUIZ, "attempted")


def test_a_statement_needs_no_more_than_its_event_asks_for():
    bare = statement(
        id=uuid4(),
        event="launched",
        vocabulary=QUIZ,
        actor=TOMAS,
        object_id=thing("quiz"),
        registration=uuid4(),
        timestamp=START,
    )

    assert violations(bare) == []
    assert set(bare["context"]) == {"registration", "contextActivities"}


@pytest.mark.parametrize(
    ("vocabulary", "event", "changes", "complaint"),
    [
        (LOGBOOK, "submitted", {"result": None}, "result needs duration"),
        (LOGBOOK, "submitted", {"result": Result(success=True)}, "result needs duration"),
        (QUIZ, "attempted", {"result": Result(success=True)}, "result cannot hold success"),
        (LOGBOOK, "submitted", {"parent": None}, "parent"),
        (LOGBOOK, "submitted", {"parent": QUIZ.object("quiz", thing("quiz"))}, "parent"),
        (QUIZ, "attempted", {"parent": QUIZ.object("quiz", thing("quiz"))}, "parent"),
        (LOGBOOK, "approved", {"team": None}, "needs team"),
        (LOGBOOK, "approved", {"team": []}, "needs team"),
        (LOGBOOK, "approved", {"revision_ref": None}, "needs revision_ref"),
        (CHECKLIST, "observed_passed", {"instructor": None}, "needs instructor"),
        (LOGBOOK, "submitted", {"extensions": {}}, "extensions needs submission-number"),
        (QUIZ, "attempted", {"extensions": {"mood": 3}}, "extensions cannot hold mood"),
        (LOGBOOK, "submitted", {"extensions": {"submission-number": SECRET}}, "never text"),
        (LOGBOOK, "submitted", {"extensions": {"submission-number": float("nan")}}, "number"),
        (QUIZ, "answered", {"result": Result(response=(SECRET,))}, "not of text"),
        (QUIZ, "answered", {"interaction": "long-fill-in"}, "interaction type"),
        (QUIZ, "answered", {"interaction": None}, "interaction type"),
        (QUIZ, "attempted", {"interaction": "choice"}, "interaction type"),
        (QUIZ, "attempted", {"object_id": "quiz 1"}, "absolute IRI"),
        (QUIZ, "attempted", {"object_id": f"https://x.org/{SECRET}"}, "absolute IRI"),
        (QUIZ, "attempted", {"timestamp": datetime(2026, 1, 1)}, "time zone"),
    ],
)
def test_what_an_event_does_not_allow_is_refused(vocabulary, event, changes, complaint):
    with pytest.raises(StatementError, match=complaint) as caught:
        fullest(vocabulary, event, **changes)

    assert SECRET not in str(caught.value)


def test_an_event_that_is_not_in_the_vocabulary_is_refused():
    with pytest.raises(VocabularyError):
        fullest(LOGBOOK, "referred")


@pytest.mark.parametrize(("member", "value"), [("language", "not one!"), ("platform", "<b>M</b>")])
def test_an_odd_decoration_is_left_out_rather_than_failing_the_act(member, value):
    made = submitted(**{member: value})

    assert member not in made["context"]
    assert violations(made) == []


def test_a_time_is_said_in_utc_with_milliseconds():
    paris = timezone(timedelta(hours=2))

    text = timestamp_text(datetime(2026, 7, 1, 0, 30, 15, 123999, tzinfo=paris))

    assert text == "2026-06-30T22:30:15.123Z"


@given(
    st.datetimes(
        min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1), timezones=st.timezones()
    )
)
def test_every_aware_time_comes_back_to_the_millisecond(moment):
    text = timestamp_text(moment)

    assert text.endswith("Z")
    assert timedelta(0) <= moment - datetime.fromisoformat(text) < timedelta(milliseconds=1)


parts = st.lists(st.text(min_size=1), min_size=1, max_size=4)


@given(parts, parts)
def test_different_parts_give_different_ids(some, others):
    equal = statement_id(HERE, *some) == statement_id(HERE, *others)

    assert equal is (some == others)


def test_an_id_is_always_the_same_and_differs_between_installations():
    first = statement_id(HERE, "entry", "6b1e", "submitted", "1")

    assert first == UUID("ffef6e7a-46e7-5e70-819b-e81f4e6f8ede")
    assert first != statement_id(uuid4(), "entry", "6b1e", "submitted", "1")


@pytest.mark.parametrize("wrong", [(), ("",), ("entry", "")])
def test_an_id_of_nothing_is_refused(wrong):
    with pytest.raises(StatementError):
        statement_id(HERE, *wrong)


def test_voiding_names_the_statement_and_nothing_else():
    voided = uuid4()
    made = voiding(id=uuid4(), actor=SYSTEM, voided=voided, timestamp=START)

    assert made["object"] == {"objectType": "StatementRef", "id": str(voided)}
    assert "context" not in made
    assert violations(made) == []


def test_the_text_is_compact_ascii_and_says_the_same():
    made = submitted()
    text = canonical(made)

    assert text.isascii()
    assert json.loads(text) == made
    assert canonical(json.loads(text)) == text
    assert ": " not in text


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), json_values, max_size=5))
def test_the_order_in_which_members_were_set_does_not_show(members):
    turned = dict(reversed(list(members.items())))

    assert canonical(members) == canonical(turned)
    assert json.loads(canonical(members)) == members


def test_a_number_that_json_does_not_have_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        canonical({"score": float("inf")})


names = st.uuids().map(str)


@given(
    st.sampled_from(EVENTS),
    names,
    st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 10**6),
)
def test_whatever_happens_to_whomever_the_statement_may_be_sent(chosen, name, moment, seconds):
    activity, event = chosen
    actor = account_actor("https://tool.example.org/xapi/actors", name)
    vocabulary = VOCABULARIES[activity]
    meant = vocabulary.event(event)
    changes = {"actor": actor, "timestamp": moment}
    if "duration" in meant.result and meant.result <= {"duration"}:
        changes["result"] = Result(duration=duration(seconds=seconds))

    assert violations(fullest(vocabulary, event, **changes)) == []
