"""What counts, the mark it suggests, and when the logbook is complete."""

from decimal import Decimal

import pytest

from activities.logbook import plugin
from activities.logbook.grading import HANDED_IN, grade_attempt, is_complete, total_of
from activities.logbook.settings import LogbookSettings
from lti_tool.sdk import RecordState, Score
from tests.activities.logbook.conftest import Logbook


def test_an_empty_logbook_has_no_mark(logbook: Logbook) -> None:
    assert grade_attempt(logbook.session, logbook.attempt) is None


def test_drafts_and_unconfirmed_entries_give_no_mark(logbook: Logbook) -> None:
    logbook.draft()
    logbook.submitted()
    logbook.returned()
    assert grade_attempt(logbook.session, logbook.attempt) is None


@pytest.mark.parametrize(("done", "given"), [(1, 1), (2, 2), (3, 2)])
def test_the_mark_is_the_confirmed_share_of_what_is_needed(
    logbook: Logbook, done: int, given: int
) -> None:
    for _ in range(done):
        logbook.countersigned()
    score = grade_attempt(logbook.session, logbook.attempt)
    assert score == Score(given=Decimal(given), maximum=Decimal(2))


def test_the_logbook_is_complete_with_the_last_entry_needed(logbook: Logbook) -> None:
    logbook.countersigned()
    assert not is_complete(logbook.session, logbook.attempt)
    logbook.countersigned()
    assert is_complete(logbook.session, logbook.attempt)


def test_completion_is_told_once(logbook: Logbook) -> None:
    for _ in range(3):
        logbook.countersigned()
    assert logbook.verbs().count("completed") == 1
    assert logbook.attempt.completed_at is not None


def test_without_a_mentor_entries_count_when_submitted(logbook: Logbook) -> None:
    logbook.set(mentor_confirms=False)
    logbook.submitted()
    logbook.submitted()
    assert is_complete(logbook.session, logbook.attempt)
    assert logbook.verbs()[-1] == "completed"


def test_times_are_added_up_by_state(logbook: Logbook) -> None:
    logbook.countersigned()
    logbook.submitted()
    logbook.draft()
    confirmed = total_of(logbook.session, logbook.attempt, [RecordState.COUNTERSIGNED])
    handed_in = total_of(logbook.session, logbook.attempt, HANDED_IN)
    assert (confirmed.entries, confirmed.minutes) == (1, 90)
    assert (handed_in.entries, handed_in.minutes) == (2, 180)


def test_the_tutors_table_counts_and_hides_drafts(logbook: Logbook) -> None:
    [empty] = plugin.standing(logbook.session, [logbook.attempt]).values()
    logbook.draft()
    [drafting] = plugin.standing(logbook.session, [logbook.attempt]).values()
    logbook.countersigned()
    logbook.submitted()
    [pending] = plugin.standing(logbook.session, [logbook.attempt]).values()

    assert drafting == empty
    assert (empty.state, empty.needs_attention) == ("todo", False)
    assert pending.text == "1 of 2 entries, 1 waits to be confirmed"
    assert (pending.state, pending.needs_attention) == ("submitted", True)


def test_nothing_waits_where_the_mentor_need_not_confirm(logbook: Logbook) -> None:
    logbook.set(mentor_confirms=False)
    logbook.submitted()
    assert plugin.waiting is not None
    assert plugin.waiting(logbook.session, [logbook.attempt]) == []


def test_settings_that_were_never_saved_have_their_defaults() -> None:
    assert LogbookSettings.read({}) == LogbookSettings(required_entries=12, mentor_confirms=True)
