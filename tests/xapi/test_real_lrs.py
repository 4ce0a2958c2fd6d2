"""Our client and our statements against LRSs of other authors."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests

from tests.xapi.lrs_servers import RealLrs, free_port
from tests.xapi.samples import EVENTS, MEERA, START, SYSTEM, TOMAS, VOCABULARIES, fullest
from xapi import ralph_lrs
from xapi.errors import LrsMisconfigured
from xapi.lrs import LrsClient, StoredStatement
from xapi.statements import canonical, voiding

pytestmark = [pytest.mark.lrs, pytest.mark.timeout(600)]

QUIZ = VOCABULARIES["quiz"]


def fresh(count: int, **changes: Any) -> list[StoredStatement]:
    """Return statements that no LRS has seen yet."""
    work = uuid4()
    made = (
        fullest(QUIZ, "attempted", number=n, id=uuid4(), registration=work, **changes)
        for n in range(count)
    )
    return [as_stored(one) for one in made]


def as_stored(statement: dict[str, Any], **options: int) -> StoredStatement:
    return StoredStatement(UUID(statement["id"]), canonical(statement), **options)


def broken(statement: StoredStatement, **members: Any) -> StoredStatement:
    """Return the statement with members that xAPI does not allow."""
    text = json.dumps(json.loads(statement.text) | members)
    return StoredStatement(statement.id, text, statement.tries)


def ask(lrs: RealLrs, **query: str) -> Any:
    headers = {"X-Experience-API-Version": "1.0.3"}
    auth = (lrs.key, lrs.secret)
    url = f"{lrs.endpoint}/statements"
    return requests.get(url, params=query, headers=headers, auth=auth, timeout=10).json()


def found(lrs: RealLrs, **query: str) -> set[UUID]:
    return {UUID(one["id"]) for one in ask(lrs, **query)["statements"]}


def delivered(lrs: RealLrs, batch: list[StoredStatement]) -> list[bool]:
    return [outcome.delivered for outcome in lrs.client().store(batch)]


@pytest.mark.parametrize(("activity", "event"), EVENTS)
def test_every_event_of_every_activity_is_accepted(real_lrs, activity, event):
    statement = fullest(VOCABULARIES[activity], event, id=uuid4(), registration=uuid4())

    assert delivered(real_lrs, [as_stored(statement)]) == [True]

    assert found(real_lrs, registration=statement["context"]["registration"]) == {
        UUID(statement["id"])
    }


def test_a_question_of_each_interaction_type_is_accepted(real_lrs):
    kinds = ("true-false", "choice", "likert", "numeric", "matching", "sequencing", "performance")
    questions = [fullest(QUIZ, "answered", id=uuid4(), interaction=kind) for kind in kinds]

    assert delivered(real_lrs, [as_stored(one) for one in questions]) == [True] * len(kinds)


def test_a_batch_sent_again_is_delivered_and_stored_once(real_lrs):
    batch = fresh(5)
    work = json.loads(batch[0].text)["context"]["registration"]

    assert delivered(real_lrs, batch) == [True] * 5
    assert delivered(real_lrs, batch) == [True] * 5

    assert found(real_lrs, registration=work) == {statement.id for statement in batch}
    assert len(ask(real_lrs, registration=work)["statements"]) == 5


def test_new_statements_in_a_batch_of_known_ones_are_delivered(real_lrs):
    batch = fresh(4)
    delivered(real_lrs, batch[:2])

    assert delivered(real_lrs, batch) == [True] * 4


def test_a_statement_twice_in_one_batch_is_delivered(real_lrs):
    batch = fresh(2)

    assert delivered(real_lrs, [*batch, batch[0]]) == [True] * 3


def test_the_bad_statements_in_a_batch_are_told_apart(real_lrs):
    batch = fresh(20)
    batch[3] = broken(batch[3], verb={"display": {"en": "did"}})
    batch[17] = broken(batch[17], actor={"objectType": "Agent", "name": "No Identifier"})
    wanted = [n not in (3, 17) for n in range(20)]

    outcomes = real_lrs.client().store(batch)

    assert [outcome.delivered for outcome in outcomes] == wanted
    assert {outcomes[3].reason[:19], outcomes[17].reason[:19]} == {"refused by the LRS "}


def test_the_reason_names_the_place_and_nothing_that_was_there(learning_locker, ralph):
    secret = "Agnes Privat"
    for lrs, place in ((learning_locker, "verb"), (ralph, "verb")):
        [bad] = [broken(one, verb={"display": {"en": secret}}) for one in fresh(1)]

        [outcome] = lrs.client().store([bad])

        assert place in outcome.reason
        assert secret not in outcome.reason


def test_a_statement_with_another_spelling_of_its_time_counts_as_delivered(real_lrs):
    [statement] = fresh(1)
    other = json.loads(statement.text)
    other["timestamp"] = other["timestamp"].replace(".000Z", "+00:00")
    other["verb"]["display"] = {"en-US": "tried"}
    delivered(real_lrs, [statement])

    assert delivered(real_lrs, [StoredStatement(statement.id, json.dumps(other))]) == [True]


def test_another_statement_under_a_known_id_is_rejected_without_hurting_the_rest(real_lrs):
    batch = fresh(6)
    delivered(real_lrs, batch[2:3])
    batch[2] = broken(batch[2], timestamp="2020-01-01T00:00:00.000Z")

    outcomes = real_lrs.client().store(batch)

    assert [outcome.delivered for outcome in outcomes] == [n != 2 for n in range(6)]
    assert outcomes[2].reason == "conflict (HTTP 409): the LRS has another statement under this id"


def test_a_voided_statement_is_hidden_and_its_repeat_is_still_delivered(learning_locker):
    [statement] = fresh(1)
    void = voiding(id=uuid4(), actor=SYSTEM, voided=statement.id, timestamp=START)
    delivered(learning_locker, [statement])

    assert delivered(learning_locker, [as_stored(void)]) == [True]

    assert "id" not in ask(learning_locker, statementId=str(statement.id))
    respelt = broken(statement, timestamp="2026-11-02T10:10:00.000+01:00")
    assert delivered(learning_locker, [statement]) == [True]
    assert delivered(learning_locker, [respelt]) == [True]


def test_learners_are_found_as_actor_and_as_team(learning_locker):
    logbook = VOCABULARIES["logbook"]
    work = uuid4()
    chain = [
        fullest(logbook, event, number=n, id=uuid4(), registration=work)
        for n, event in enumerate(("submitted", "returned", "submitted", "approved"))
    ]
    delivered(learning_locker, [as_stored(one) for one in chain])
    mine = {"registration": str(work), "agent": json.dumps(TOMAS)}

    assert found(learning_locker, **mine) == {UUID(chain[0]["id"]), UUID(chain[2]["id"])}
    assert found(learning_locker, **mine, related_agents="true") == {
        UUID(one["id"]) for one in chain
    }


def test_our_statements_are_found_by_the_profile_they_follow(learning_locker):
    batch = fresh(2)
    profile = json.loads(batch[0].text)["context"]["contextActivities"]["category"][0]["id"]
    work = json.loads(batch[0].text)["context"]["registration"]
    delivered(learning_locker, batch)

    query = {"activity": profile, "related_activities": "true", "registration": work}

    assert found(learning_locker, **query) == {statement.id for statement in batch}


def test_a_statement_that_ralph_can_never_take_does_not_hold_up_the_others(ralph):
    batch = [StoredStatement(one.id, one.text, tries=5) for one in fresh(8)]
    actor = {"objectType": "Agent", "account": {"homePage": "no address", "name": "x"}}
    batch[5] = broken(batch[5], actor=actor)

    outcomes = ralph.client().store(batch)

    assert [outcome.delivered for outcome in outcomes] == [n != 5 for n in range(8)]
    assert outcomes[5].reason == "server error (HTTP 500) for this statement alone"


def test_a_large_batch_is_delivered_whole(real_lrs):
    batch = fresh(250, actor=MEERA)

    assert delivered(real_lrs, batch) == [True] * 250


def test_ralph_does_not_say_its_versions_and_learning_locker_does(ralph, learning_locker):
    assert ralph.client().about().speaks("1.0.3") is None
    assert learning_locker.client().about().speaks("1.0.3") is True
    assert learning_locker.client().about().speaks("2.0.0") is False


def test_a_version_that_the_lrs_does_not_speak_parks_nothing(learning_locker):
    with pytest.raises(LrsMisconfigured, match=r"does not speak xAPI 2\.0\.0") as caught:
        learning_locker.client(version="2.0.0").store(fresh(3))

    assert caught.value.outcomes == ()


def test_a_wrong_secret_is_a_matter_for_the_administrator(ralph):
    stranger = LrsClient(ralph.endpoint, ralph.key, "wrong")

    with pytest.raises(LrsMisconfigured, match="HTTP 401"):
        stranger.store(fresh(1))
    with pytest.raises(LrsMisconfigured, match="HTTP 401"):
        stranger.check_key()


def test_a_right_key_is_recognised(real_lrs):
    assert real_lrs.client().check_key() is True


def test_a_wrong_path_is_a_matter_for_the_administrator(real_lrs):
    lost = LrsClient(f"{real_lrs.endpoint}/nowhere", real_lrs.key, real_lrs.secret)

    with pytest.raises(LrsMisconfigured, match="HTTP 404"):
        lost.store(fresh(1))
    with pytest.raises(LrsMisconfigured, match="HTTP 404"):
        lost.check_key()


def test_a_ralph_that_stores_parts_of_batches_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("RALPH_LRS_PARTIAL_SUCCESS_DEFAULT", "true")
    batch = fresh(8)
    batch[2] = broken(batch[2], verb={})

    with ralph_lrs.start(tmp_path, free_port(), "trellis", "s3cret") as lrs:
        client = LrsClient(lrs.endpoint, lrs.key, lrs.secret)
        first, second = client.store(batch), client.store(batch)
        stored = [one["id"] for one in lrs.stored()]

    assert [outcome.delivered for outcome in first] == [n != 2 for n in range(8)]
    assert second == first
    assert sorted(stored) == sorted(str(one.id) for one in batch if one is not batch[2])


def test_ralph_keeps_its_statements_over_a_restart(tmp_path):
    batch = fresh(3)
    for _ in range(2):
        with ralph_lrs.start(tmp_path, free_port(), "trellis", "s3cret") as lrs:
            LrsClient(lrs.endpoint, lrs.key, lrs.secret).store(batch)
            stored = [one["id"] for one in lrs.stored()]

    assert stored == [str(one.id) for one in batch]


def test_a_port_that_is_taken_is_named(tmp_path, ralph):
    taken = int(ralph.endpoint.split(":")[2].split("/")[0])

    with pytest.raises(RuntimeError, match=f"port {taken} is taken"):
        ralph_lrs.start(tmp_path, taken, "trellis", "s3cret")


def test_a_ralph_that_cannot_start_leaves_no_process_and_names_its_log(tmp_path, monkeypatch):
    monkeypatch.setenv("RALPH_RUNSERVER_MAX_SEARCH_HITS_COUNT", "many")

    with pytest.raises(RuntimeError, match=r"ralph\.log"):
        ralph_lrs.start(tmp_path, free_port(), "trellis", "s3cret")

    assert "RUNSERVER_MAX_SEARCH_HITS_COUNT" in (tmp_path / "ralph.log").read_text("utf-8")
