"""A tutor gives a grade: what cannot be used is asked for again, and no text is lost."""

import re
from decimal import Decimal
from uuid import uuid4

import pytest

from lti_tool.domain.grading import Grade
from lti_tool.domain.records import Attempt
from lti_tool.web.i18n import mark_text
from tests.cast import Player

FEEDBACK = "Good."


@pytest.fixture
def trainee(tutor, tomas, link):
    tomas.launch(link)
    return tomas


def grade(tutor, trainee, **form):
    return tutor.post("trainees.grade", {"comment": FEEDBACK, **form}, person_id=trainee.person.id)


def given(world):
    return [(g.number, g.given, g.comment) for g in world.stored(Grade)]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0", "0"),
        ("100", "100"),
        ("66.66667", "66.66667"),
        ("7,5", "7.5"),
        (" 12 ", "12"),
        ("1e1", "10"),
        ("0.000001", "0"),
        ("-0", "0"),
    ],
)
def test_a_mark_on_the_scale_is_stored_as_typed(world, tutor, trainee, typed, stored):
    assert grade(tutor, trainee, given=typed).status_code == 303

    assert given(world) == [(1, Decimal(stored), FEEDBACK)]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "-1",
        "100.00001",
        "101",
        "ten",
        "NaN",
        "Infinity",
        "-Infinity",
        "sNaN",
        "1e999",
        "1e999999999",
        "0x10",
        "1/2",
        "5\n6",
        "9" * 10_000,
        "\u00bd",
        "--5",
        "7,5,5",
    ],
)
def test_another_mark_is_asked_for_again_with_all_that_was_typed(world, tutor, trainee, typed):
    answer = grade(tutor, trainee, given=typed)

    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert FEEDBACK in answer.text
    assert typed.strip() in answer.text
    assert given(world) == []


def test_a_grade_without_a_mark_in_the_form_is_asked_for_again(world, tutor, trainee):
    assert grade(tutor, trainee).status_code == 422
    assert given(world) == []


def test_feedback_that_is_too_long_is_kept(world, tutor, trainee):
    answer = grade(tutor, trainee, given="5", comment="word " * 3000)

    assert answer.status_code == 422
    assert "word " * 3000 in answer.text


def test_feedback_with_a_nul_is_stored_without_it(world, tutor, trainee):
    assert grade(tutor, trainee, given="5", comment="Well\0 done").status_code == 303

    assert given(world) == [(1, Decimal(5), "Well done")]


def test_the_form_shows_the_mark_digit_for_digit(tutor, trainee):
    grade(tutor, trainee, given="66.66667")

    page = tutor.get("logbook.show_trainee", person_id=trainee.person.id)

    assert 'value="66.66667"' in page.text


def test_of_two_tutors_at_once_the_second_sees_both_and_keeps_the_text(world, tutor, trainee):
    second = Player(world, tutor.sub, tutor.client)
    second.launch_id, second.csrf = tutor.launch_id, tutor.csrf
    grade(tutor, trainee, given="70", seen_number="0", comment="First.")

    answer = grade(second, trainee, given="40", seen_number="0", comment="No.")

    assert answer.status_code == 409
    assert "Somebody else graded this" in answer.text
    assert "First." in answer.text
    assert 'value="40"' in answer.text
    assert "No." in answer.text
    assert given(world) == [(1, Decimal(70), "First.")]


def test_after_comparing_the_second_tutor_can_save(world, tutor, trainee):
    grade(tutor, trainee, given="70", seen_number="0")
    conflict = grade(tutor, trainee, given="40", seen_number="0")
    seen = re.search(r'name="seen_number"[^>]*value="(\d+)"', conflict.text).group(1)

    assert grade(tutor, trainee, given="40", seen_number=seen).status_code == 303

    assert [mark for _, mark, _ in given(world)] == [70, 40]


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 5000, "1.0", "0"])
def test_an_odd_number_of_the_grade_seen_counts_as_none(world, tutor, trainee, number):
    assert grade(tutor, trainee, given="1", seen_number=number).status_code in (303, 409)
    assert grade(tutor, trainee, given="2", seen_number="0").status_code == 409


def test_a_trainee_who_did_nothing_yet_can_be_graded(world, tutor, trainee):
    assert world.stored(Attempt) == []

    assert grade(tutor, trainee, given="0").status_code == 303


def test_an_activity_without_a_grade_takes_none(world, tutor, trainee):
    ungraded = world.place("logbook", maximum=None, title="Ungraded")
    tutor.launch(ungraded)

    answer = grade(tutor, trainee, given="5")

    assert answer.status_code == 303
    assert given(world) == []
    assert "Save and send grade" not in tutor.get(answer.location).text


def test_a_retry_for_somebody_without_a_grade_sends_nothing(world, tutor, trainee):
    answer = tutor.post("trainees.retry_score_again", person_id=trainee.person.id)

    assert answer.status_code == 303
    assert world.deliveries("score") == []


def test_a_suggestion_reads_like_the_gradebook_and_is_sent_whole(world, tutor, tomas):
    rules = {"required_entries": 12, "mentor_confirms": False}
    twelve = world.place("logbook", title="Twelve entries", settings=rules)
    tomas.launch(twelve)
    id = uuid4()
    tomas.post("logbook.start", record_id=id)
    entry = {"practised_on": "2026-11-20", "duration_minutes": "30", "text-topics": "Rye."}
    assert tomas.post("logbook.submit", entry, record_id=id).status_code == 303
    tutor.launch(twelve)

    tutor.get("logbook.show_trainee", person_id=tomas.person.id)
    assert "Trellis suggests 8.33 of 100" in tutor.text
    grade(tutor, tomas, given="8.33333")

    tutor.get("trainees.index")
    assert "8.33 of 100" in tutor.text
    (sent,) = world.deliveries("score")
    assert sent.payload["given"] == "8.33333"


@pytest.mark.parametrize(
    ("mark", "read"),
    [("8.33333", "8.33"), ("8.335", "8.34"), ("7.50000", "7.5"), ("100", "100"), ("0", "0")],
)
def test_a_mark_is_rounded_for_the_eyes_alone(world, mark, read):
    with world.app.test_request_context():
        assert mark_text(Decimal(mark)) == read


def test_a_trainee_reads_of_the_own_grade_and_nothing_of_a_gradebook(tutor, trainee):
    grade(tutor, trainee, given="5")

    trainee.get("logbook.home")

    assert "Your grade 5 of 100" in trainee.text
    assert "Grade here" not in trainee.text
    tutor.get("logbook.show_trainee", person_id=trainee.person.id)
    assert "Grade here 5 of 100" in tutor.text
