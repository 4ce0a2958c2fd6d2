"""The rule: the latest judgement of each criterion counts, not seen judges nothing."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.checklist.content import Checklist, Criterion
from activities.checklist.models import Outcome
from activities.checklist.rule import Required, Result, Seen, latest, required_of

MEERA = UUID(int=1)
START = datetime(2026, 11, 2, 9, tzinfo=UTC)


def criterion(id: str, *, critical: bool = False) -> Criterion:
    return Criterion(id=id, text={"en": id}, help={}, is_critical=critical, section={})


CRITERIA = [criterion("a"), criterion("b"), criterion("safe", critical=True)]


def seen(id: str, outcome: Outcome, *, day: int = 1, minute: int = 0) -> Seen:
    return Seen(
        criterion_id=id,
        outcome=outcome,
        comment="",
        observed_on=date(2026, 11, day),
        signed_at=START + timedelta(minutes=minute),
        observer_id=MEERA,
        record_id=UUID(int=day * 1000 + minute),
    )


def result(*judgements: Seen, required: Required = Required.ALL) -> Result:
    return Result.of(CRITERIA, judgements, required)


many = st.lists(
    st.builds(
        seen,
        st.sampled_from(["a", "b", "safe", "gone"]),
        st.sampled_from(Outcome),
        day=st.integers(1, 5),
        minute=st.integers(0, 50),
    ),
    max_size=30,
    unique_by=lambda s: (s.criterion_id, s.record_id),
)


def test_without_any_judgement_there_is_no_score():
    assert result().score is None
    assert result(seen("a", Outcome.NOT_SEEN)).score is None


def test_not_yet_is_a_score_of_nought():
    found = result(seen("a", Outcome.NOT_YET)).score

    assert found is not None
    assert (found.given, found.maximum) == (0, 3)


def test_the_later_day_wins_whatever_was_signed_first():
    written_late = seen("a", Outcome.NOT_YET, day=1, minute=30)
    practised_late = seen("a", Outcome.MET, day=2, minute=10)

    assert result(practised_late, written_late).outcome(CRITERIA[0]) is Outcome.MET


def test_on_one_day_the_last_signed_wins():
    morning = seen("a", Outcome.MET, minute=1)
    evening = seen("a", Outcome.NOT_YET, minute=2)

    assert result(evening, morning).outcome(CRITERIA[0]) is Outcome.NOT_YET


def test_not_seen_never_takes_a_judgement_away():
    before = seen("a", Outcome.MET, day=1)
    after = seen("a", Outcome.NOT_SEEN, day=2)

    assert result(before, after).outcome(CRITERIA[0]) is Outcome.MET


def test_a_critical_criterion_failed_and_then_met_no_longer_stops_anybody():
    first = [seen(c.id, Outcome.MET) for c in CRITERIA[:2]] + [seen("safe", Outcome.NOT_YET)]

    assert not result(*first).is_complete
    assert result(*first, seen("safe", Outcome.MET, day=2)).is_complete


def test_everything_met_but_one_critical_point_is_not_complete():
    almost = [seen("a", Outcome.MET), seen("b", Outcome.MET)]

    assert not result(*almost).is_complete
    assert not result(*almost, required=Required.CRITICAL).is_complete
    assert [c.id for c in result(*almost).critical_open] == ["safe"]


def test_if_only_critical_points_are_required_they_are_enough():
    only = seen("safe", Outcome.MET)

    assert result(only, required=Required.CRITICAL).is_complete
    assert not result(only, required=Required.ALL).is_complete


def test_without_critical_points_requiring_them_means_requiring_all():
    plain = CRITERIA[:2]

    assert not Result.of(plain, [], Required.CRITICAL).is_complete
    met = [seen("a", Outcome.MET), seen("b", Outcome.MET)]
    assert Result.of(plain, met, Required.CRITICAL).is_complete


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, Required.ALL),
        ({"required": None}, Required.ALL),
        ({"required": "critical"}, "critical"),
    ],
)
def test_settings_that_say_nothing_require_everything(settings, expected):
    assert required_of(settings) == expected


@given(judgements=many, shuffled=st.randoms())
def test_the_order_in_which_judgements_come_does_not_matter(judgements, shuffled):
    mixed = list(judgements)
    shuffled.shuffle(mixed)

    assert latest(CRITERIA, mixed) == latest(CRITERIA, judgements)


@given(judgements=many)
def test_what_was_not_seen_and_what_is_no_longer_asked_change_nothing(judgements):
    counting = [
        s for s in judgements if s.outcome is not Outcome.NOT_SEEN and s.criterion_id != "gone"
    ]

    assert result(*judgements) == result(*counting)


@given(judgements=many)
def test_the_score_is_the_share_met_and_complete_means_all_of_it(judgements):
    found = result(*judgements)

    if found.score is None:
        assert not found.latest
        assert not found.is_complete
    else:
        assert found.score.given == len(found.met)
        assert found.score.maximum == Decimal(3)
        assert found.is_complete == (found.score.given == 3)


@given(judgements=many, id=st.sampled_from(["a", "b", "safe"]))
def test_one_more_met_on_a_later_day_never_lowers_the_score(judgements, id):
    before = result(*judgements)
    after = result(*judgements, seen(id, Outcome.MET, day=9))

    assert after.score is not None
    assert before.score is None or after.score.given >= before.score.given


@pytest.mark.parametrize(
    "criteria",
    [[], [{"id": "a", "text": {}}, {"id": "a", "text": {}}], [{"id": "has space", "text": {}}]],
)
def test_a_checklist_without_usable_ids_is_refused(criteria):
    with pytest.raises(ValueError):
        Checklist.parse({"criteria": criteria})
