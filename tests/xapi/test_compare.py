"""When an LRS already holds a statement."""

import copy

import pytest

from tests.xapi.samples import LOGBOOK, MEERA, QUIZ, fullest
from xapi.compare import same_statement

SENT = fullest(QUIZ, "scored")


def held(**members):
    """Return the statement as an LRS might show it."""
    return {
        **copy.deepcopy(SENT),
        "stored": "2026-11-03T00:00:00.000Z",
        "authority": MEERA,
        "version": "1.0.0",
        **members,
    }


def single_groups(statement):
    groups = statement["context"]["contextActivities"]
    single = {name: group[0] if len(group) == 1 else group for name, group in groups.items()}
    return {**statement, "context": {**statement["context"], "contextActivities": single}}


@pytest.mark.parametrize(
    "other",
    [
        held(),
        held(timestamp="2026-11-02T09:10:00Z"),
        held(timestamp="2026-11-02T10:10:00.000+01:00"),
        held(id=SENT["id"].upper()),
        held(verb={"id": SENT["verb"]["id"], "display": {"fr": "a obtenu"}}),
        held(verb={"id": SENT["verb"]["id"]}),
        held(object={"id": SENT["object"]["id"]}),
        held(actor={"account": SENT["actor"]["account"]}),
        single_groups(held()),
    ],
)
def test_what_an_lrs_adds_or_respells_makes_no_difference(other):
    assert same_statement(SENT, other)


@pytest.mark.parametrize(
    "other",
    [
        held(timestamp="2026-11-02T09:10:00.001Z"),
        held(timestamp="yesterday"),
        held(timestamp="2026-11-02T09:10:00"),
        held(actor=MEERA),
        held(verb={"id": "http://adlnet.gov/expapi/verbs/passed"}),
        held(object={"objectType": "StatementRef", "id": SENT["object"]["id"]}),
        held(result={"score": {**SENT["result"]["score"], "raw": 9}}),
        held(result={}),
        held(context={}),
        {},
        fullest(LOGBOOK, "submitted"),
    ],
)
def test_what_a_statement_says_makes_a_difference(other):
    assert not same_statement(SENT, other)
