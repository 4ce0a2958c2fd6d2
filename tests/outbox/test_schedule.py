"""The waits between tries."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.outbox.schedule import STEPS, Schedule

SCHEDULE = Schedule()
EXACT = Schedule(jitter=0.0)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(1, 5), (2, 30), (3, 120), (4, 600), (5, 1800), (6, 3600), (9, 28800), (10, 43200)],
)
def test_the_wait_grows_as_promised(tries, seconds):
    assert EXACT.retry_delay(tries) == timedelta(seconds=seconds)


@given(st.integers(1, 10_000))
def test_the_wait_strays_by_a_fifth_at_most(tries):
    promised = EXACT.retry_delay(tries)

    assert 0.8 * promised <= SCHEDULE.retry_delay(tries) <= 1.2 * promised


def test_waits_of_many_deliveries_spread():
    assert len({SCHEDULE.retry_delay(4) for _ in range(50)}) > 40


@given(st.integers(1, 20), st.timedeltas(timedelta(0), 6 * HOUR))
def test_no_try_comes_before_retry_after(tries, asked):
    assert SCHEDULE.retry_delay(tries, retry_after=asked) >= asked
    assert SCHEDULE.probe_delay(tries, retry_after=asked) >= asked


def test_more_than_six_hours_is_not_believed():
    assert SCHEDULE.retry_delay(1, retry_after=timedelta(days=30)) == 6 * HOUR


def test_a_negative_retry_after_means_nothing():
    assert EXACT.retry_delay(1, retry_after=-HOUR) == STEPS[0]


def test_zero_tries_is_a_mistake():
    with pytest.raises(ValueError, match="at least 1"):
        SCHEDULE.retry_delay(0)


def test_a_destination_rests_only_after_five_faults_in_a_row():
    assert [EXACT.probe_delay(n).total_seconds() for n in range(1, 8)] == [0, 0, 0, 0, 5, 10, 20]


def test_a_dead_destination_is_probed_at_least_every_two_hours():
    assert EXACT.probe_delay(1000) == 2 * HOUR
