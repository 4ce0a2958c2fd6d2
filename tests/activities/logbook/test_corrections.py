"""Who may take what back, after whom, and how the page says so."""

from typing import Any

import pytest

from lti_tool.domain.records import Revision
from lti_tool.domain.signing import Decision, Signature
from lti_tool.sdk import Attempt, RecordState
from tests.activities.logbook.conftest import Course
from tests.activities.logbook.steps import (
    TYPED,
    amended,
    confirm,
    confirmed,
    hash_of,
    pull_back,
    reopen,
    reopened,
    send_back,
    sent_back,
    submitted,
    take_back,
    waive,
)

STATES = {
    "submitted": submitted,
    "sent back": sent_back,
    "confirmed": confirmed,
    "reopened": reopened,
    "amended": amended,
}


ACTS = {
    "pull back": pull_back,
    "take back": take_back,
    "reopen": reopen,
    "waive": waive,
    "confirm": confirm,
    "send back": send_back,
}


MAY = {
    ("tomas", "pull back"): {"submitted", "amended"},
    ("meera", "confirm"): {"submitted", "amended"},
    ("meera", "send back"): {"submitted", "amended"},
    ("meera", "take back"): {"confirmed", "reopened", "amended"},
    ("tilda", "confirm"): {"submitted", "amended"},
    ("tilda", "send back"): {"submitted", "amended"},
    ("tilda", "reopen"): {"confirmed"},
    ("tilda", "waive"): {"submitted", "amended"},
}
"""Who may do what in which states; whatever is not here is refused (activities.md D0, rule 3)."""


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("who", ["tomas", "meera", "tilda", "nils"])
def test_who_may_do_what_after_whom(course: Course, who: str, state: str) -> None:
    wrong = []
    for name, act in ACTS.items():
        id = STATES[state](course)
        before = course.record(id).state
        answer = act(course, id, getattr(course, who))
        may = state in MAY.get((who, name), set())
        if (answer.status_code == 303) != may:
            # Saying what one said before is saying it once, and answered as if it were new.
            if course.record(id).state is before and (who, name, state) in REPEATS:
                continue
            wrong.append((name, answer.status_code))
        if not may:
            assert course.record(id).state is before, name
    assert wrong == []


REPEATS = {("meera", "confirm", "confirmed"), ("meera", "send back", "sent back")}


def test_an_entry_waits_again_after_its_signature_was_taken_back(course: Course) -> None:
    id = confirmed(course)

    assert take_back(course, id, reason="It was another day.").status_code == 303

    assert course.record(id).state is RecordState.SUBMITTED
    home = course.tomas.get("logbook.home").text
    assert "0 of 2" in home
    course.tomas.get("logbook.show_entry", record_id=id)
    assert "taken back on" in course.tomas.text
    assert "because: It was another day." in course.tomas.text
    kept = sorted(s.decision.value for s in course.world.stored(Signature))
    assert kept == ["confirmed", "withdrawn"]
    assert confirm(course, id).status_code == 303


@pytest.mark.parametrize("act", [take_back, reopen])
def test_a_step_without_a_reason_is_not_taken(course: Course, act: Any) -> None:
    id = confirmed(course)

    answer = act(course, id, reason="  ")

    assert answer.status_code == 422
    assert "Write the reason." in answer.text
    assert course.record(id).state is RecordState.COUNTERSIGNED


def test_a_signature_reads_as_who_when_how_and_of_which_day(course: Course) -> None:
    id = confirmed(course)

    course.tomas.get("logbook.show_entry", record_id=id)

    assert "Confirmed by Meera Mentor , " in course.tomas.text
    assert "on what they saw; it happened on 12 November 2026" in course.tomas.text


def test_an_amendment_needs_a_reason_and_keeps_what_was_typed(course: Course) -> None:
    id = reopened(course)
    form = course.tomas.get("logbook.edit", record_id=id).text
    assert "Why do you change it?" in form
    assert "Correct the day." in form

    change = TYPED | {"text-topics": "Oat bread."}
    refused = course.tomas.post("logbook.submit", change, record_id=id)

    assert refused.status_code == 422
    assert "Write the reason." in refused.text
    assert "Oat bread." in refused.text
    assert len(course.world.stored(Revision)) == 1


def test_an_amendment_shows_what_changed_and_old_signatures_say_which_version(
    course: Course,
) -> None:
    id = amended(course)

    page = course.meera.get("logbook.show_entry", record_id=id).text

    course.meera.page = course.meera.get("logbook.show_entry", record_id=id)
    assert "on version 1" in course.meera.text
    assert "It was oats." in page
    assert "</span>Rye</del>" in page
    assert "</span>Oat</ins>" in page
    newest = max(course.world.stored(Revision), key=lambda revision: revision.number)
    assert newest.reason == "It was oats."
    assert newest.amends_id is not None


def test_an_entry_that_was_never_signed_is_changed_without_a_reason(course: Course) -> None:
    id = sent_back(course)

    form = course.tomas.get("logbook.edit", record_id=id).text
    again = course.tomas.post("logbook.submit", TYPED, record_id=id)

    assert "Why do you change it?" not in form
    assert again.status_code == 303


def test_those_who_signed_are_told_on_their_next_page(course: Course) -> None:
    id = reopened(course)
    course.meera.get("trainees.index")
    assert "What you signed was opened again: please look" in course.meera.text
    course.tilda.get("trainees.index")
    assert "What you signed was opened again" not in course.tilda.text

    change = TYPED | {"reason": "It was oats."}
    assert course.tomas.post("logbook.submit", change, record_id=id).status_code == 303

    course.meera.get("trainees.index")
    assert "(opened again: please look)" in course.meera.text
    confirm(course, id)
    course.meera.get("trainees.index")
    assert "opened again" not in course.meera.text


def test_an_entry_counts_when_the_tutor_lets_it_although_the_mentor_left(course: Course) -> None:
    course.set(required_entries=1)
    id = submitted(course)

    assert waive(course, id, reason="Meera left the company.").status_code == 303

    assert course.record(id).state is RecordState.COUNTERSIGNED
    [signature] = course.world.stored(Signature)
    assert signature.decision is Decision.WAIVED
    assert "nobody can be reached" in signature.wording
    assert course.world.stored(Attempt)[0].completed_at is not None
    course.tomas.get("logbook.show_entry", record_id=id)
    assert "Counted without confirmation by Tilda" in course.tomas.text
    assert "Meera left the company." in course.tomas.text


def test_a_waiver_of_what_was_changed_meanwhile_is_refused(course: Course) -> None:
    id = submitted(course)
    old = hash_of(course, id)
    pull_back(course, id)
    course.tomas.post("logbook.submit", TYPED | {"duration_minutes": "45"}, record_id=id)

    form = {"waive-comment": "Gone.", "waive-seen_sha256": old}
    assert course.tilda.post("logbook.waive", form, record_id=id).status_code == 409
    assert course.world.stored(Signature) == []


@pytest.mark.parametrize(
    ("decide", "was", "wanted", "answer"),
    [
        (None, "shared", "learner_private", 303),
        (None, "learner_private", "shared", 303),
        (None, "learner_tutor", "shared", 303),
        (confirm, "shared", "learner_tutor", 303),
        (confirm, "shared", "learner_private", 303),
        (send_back, "learner_tutor", "shared", 409),
        (confirm, "learner_tutor", "shared", 409),
    ],
)
def test_who_sees_an_entry_is_widened_only_before_anybody_decided(
    course: Course, decide: Any, was: str, wanted: str, answer: int
) -> None:
    id = submitted(course, visibility=was)
    if decide:
        assert decide(course, id, course.tilda).status_code == 303

    chosen = {"visibility": wanted}
    said = course.tomas.post("logbook.choose_visibility", chosen, record_id=id)

    assert said.status_code == answer
    assert course.record(id).visibility.value == (wanted if answer == 303 else was)


@pytest.mark.parametrize("wanted", ["welfare", "mentor_private", "everybody", ""])
def test_no_other_class_can_be_chosen(course: Course, wanted: str) -> None:
    id = submitted(course)

    course.tomas.post("logbook.choose_visibility", {"visibility": wanted}, record_id=id)

    assert course.record(id).visibility.value in ("shared", "learner_private")
    for other in (course.meera, course.tilda):
        form = {"visibility": "learner_private"}
        answer = other.post("logbook.choose_visibility", form, record_id=id)
        assert answer.status_code == 403


def test_an_entry_for_the_trainee_alone_waits_for_nobody_and_counts_for_nothing(
    course: Course,
) -> None:
    id = submitted(course, visibility="learner_private")

    course.tomas.get("logbook.home")
    assert "0 of 2" in course.tomas.text
    assert "Only you see it" in course.tomas.text
    course.meera.get("trainees.index")
    assert "Nothing waits for you now." in course.meera.text
    assert confirm(course, id).status_code == 404
    assert confirm(course, id, course.tilda).status_code == 404
