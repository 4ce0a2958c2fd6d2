"""Settling a batch, whatever mixture of statements it holds.

The LRS here is a model of the specification, so that hypothesis can try thousands of
mixtures; that real LRSs behave so is shown in test_real_lrs.py.
"""

import json
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi.answers import Answer
from xapi.batches import MOST_FAILURES, PATIENCE, Settlement, StoredStatement
from xapi.errors import LrsBroken, LrsUnavailable

JSON = "application/json"


@dataclass
class Model:
    """An LRS in memory: the text of a statement says how it takes to it."""

    largest: int = 100
    most: int = 10**6
    stored: set[UUID] = field(default_factory=set)
    sizes: list[int] = field(default_factory=list)
    order: list[UUID] = field(default_factory=list)
    away_after: int | None = None

    def post(self, part):
        self.sizes.append(len(part))
        kinds = {json.loads(one.text)["kind"] for one in part}
        if self.away_after is not None and len(self.sizes) > self.away_after:
            return Answer(503, retry_after=9)
        if len(part) > self.most or "huge" in kinds:
            return Answer(413)
        for kind, status in (("bad", 400), ("poison", 500), ("taken", 409), ("respelt", 409)):
            if kind in kinds:
                return Answer(status)
        self.order += [one.id for one in part if one.id not in self.stored]
        self.stored |= {one.id for one in part}
        return Answer(200, JSON, b"[]")

    def held(self, id):
        return {"kind": "respelt", "verb": {"display": {}}} if id.int % 2 else {"kind": "other"}

    def check_version(self):
        pass


def made(kinds, tries=PATIENCE):
    """Return one statement for each kind; ids say whether the LRS would hold the same."""
    return [
        StoredStatement(
            UUID(int=2 * number + (kind == "respelt")),
            json.dumps({"kind": kind, "verb": {}}),
            tries,
        )
        for number, kind in enumerate(kinds)
    ]


def kind_of(statement):
    return json.loads(statement.text)["kind"]


def settled(model, batch):
    outcomes = Settlement(model, batch).run()
    return [outcomes[statement.id].delivered for statement in batch]


mixtures = st.lists(
    st.sampled_from(["good"] * 6 + ["bad", "taken", "respelt", "huge"]), min_size=0, max_size=60
)


@given(mixtures, st.integers(1, 30), st.integers(1, 100))
def test_exactly_the_bad_statements_are_rejected(kinds, most, largest):
    model = Model(most=most, largest=largest)
    batch = made(kinds)

    assert settled(model, batch) == [kind in ("good", "respelt") for kind in kinds]
    assert model.stored == {one.id for one in batch if kind_of(one) == "good"}
    assert max(model.sizes, default=0) <= largest


@given(mixtures, st.lists(st.integers(0, 60), max_size=3))
def test_statements_that_break_the_lrs_are_found_once_others_get_through(kinds, places):
    batch = made(["good", *kinds])
    for place in places:
        if 0 < place < len(batch):
            [poison] = made(["poison"])
            batch[place] = StoredStatement(batch[place].id, poison.text, PATIENCE)

    assert settled(Model(), batch) == [kind_of(one) in ("good", "respelt") for one in batch]


@given(st.lists(st.sampled_from(["good"] * 5 + ["bad"]), min_size=1, max_size=60))
def test_the_order_of_the_batch_is_kept_however_it_is_halved(kinds):
    model = Model()
    batch = made(kinds)

    settled(model, batch)

    assert model.order == [one.id for one in batch if kind_of(one) == "good"]


@given(mixtures, st.integers(0, 40))
def test_what_was_certain_before_the_lrs_went_away_is_not_forgotten(kinds, away_after):
    model = Model(away_after=away_after)
    batch = made(kinds)
    try:
        outcomes = list(Settlement(model, batch).run().values())
    except LrsUnavailable as error:
        outcomes = error.outcomes

    assert {one.id for one in outcomes if one.delivered} >= model.stored
    for outcome in outcomes:
        [statement] = [one for one in batch if one.id == outcome.id]
        assert outcome.delivered is (kind_of(statement) in ("good", "respelt"))


def test_one_bad_statement_in_a_hundred_costs_few_requests():
    model = Model()

    settled(model, made(["good"] * 99 + ["bad"]))

    assert len(model.sizes) <= 15


def test_the_largest_batch_an_lrs_takes_is_remembered():
    model = Model(most=7)

    settled(model, made(["good"] * 40))
    first = len(model.sizes)
    settled(model, made(["good"] * 40))

    assert model.largest <= 7
    assert max(model.sizes[first:]) <= 7


def test_a_server_error_is_waited_out_before_anything_is_suspected():
    model = Model()

    with pytest.raises(LrsBroken, match="HTTP 500"):
        settled(model, made(["good", "poison"], tries=PATIENCE - 1))

    assert model.sizes == [2]


def test_a_server_that_fails_for_everything_rejects_nothing():
    model = Model()

    with pytest.raises(LrsBroken) as caught:
        settled(model, made(["poison"] * 100))

    assert caught.value.outcomes == ()
    assert len(model.sizes) <= MOST_FAILURES


@pytest.mark.parametrize("count", [1, 2, 5])
def test_without_another_one_getting_through_no_statement_is_blamed(count):
    with pytest.raises(LrsBroken) as caught:
        settled(Model(), made(["poison"] * count))

    assert caught.value.outcomes == ()


def test_many_poisons_in_front_do_not_hide_the_good_ones_behind():
    batch = made(["poison"] * 12 + ["good"] * 38)

    assert settled(Model(), batch) == [False] * 12 + [True] * 38


def test_an_empty_batch_is_settled_without_a_word():
    model = Model()

    assert settled(model, []) == []
    assert model.sizes == []


REASONS = {
    "bad": "refused by the LRS (HTTP 400)",
    "huge": "too large for the LRS (HTTP 413)",
    "taken": "conflict (HTTP 409): the LRS has another statement under this id",
    "poison": "server error (HTTP 500) for this statement alone",
    "good": "",
}


@pytest.mark.parametrize(("kind", "reason"), REASONS.items())
def test_every_rejection_says_why(kind, reason):
    batch = made(["good", kind])

    outcomes = Settlement(Model(), batch).run()

    assert outcomes[batch[1].id].reason == reason


def test_an_lrs_too_slow_for_the_whole_batch_keeps_what_it_took_and_gets_the_rest_later():
    batch = made(["good"] * 3)
    model = Model(largest=1)

    with pytest.raises(LrsUnavailable) as late:
        Settlement(model, batch, seconds=0).run()

    assert [one.id for one in late.value.outcomes] == model.order == [batch[0].id]


def test_a_batch_in_one_request_is_settled_however_slow_the_lrs_is():
    model = Model()
    assert Settlement(model, made(["good"] * 3), seconds=0).run().keys() == model.stored
