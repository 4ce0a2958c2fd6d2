"""The quiz in the browser of trainee, mentor and tutor, through real launches."""

import json
import re
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import select

from activities.quiz.models import KIND, QuizResponse, QuizTry
from lti_tool.domain.grading import Grade
from lti_tool.domain.records import Record, RecordState, Revision
from lti_tool.domain.roles import Role
from xapi.profile import violations

RIGHT = {
    "q-open-question": "next-step",
    "q-good-feedback": ["soon", "specific", "next"],
    "q-private": "keep",
    "q-minutes": "180",
    "q-summarise": "Summarising",
    "q-refer": "named-person",
}
SECRET = "zebra-crossing"


@pytest.fixture
def place(world):
    def placing(template="mentoring-basics", **settings):
        return world.place("quiz", template=template, title="Basics", settings=settings)

    return placing


def start(player):
    answer = player.post("quiz.start", {"record_id": str(uuid4())})
    return re.search(r"/tries/([0-9a-f-]{36})", answer.headers["Location"]).group(1)


def seen(player):
    return re.search(r'name="seen" value="([0-9a-f]+)"', player.page.text).group(1)


def submit(player, record_id, answers):
    """Answer, check and hand in, as the pages lead."""
    player.post("quiz.keep", answers, follow=True, record_id=record_id)
    return player.post("quiz.submit", {"seen": seen(player)}, follow=True, record_id=record_id)


def do_try(player, answers):
    record_id = start(player)
    submit(player, record_id, answers)
    return record_id


def statements(world):
    return [json.loads(delivery.body) for delivery in world.deliveries("statement")]


def test_a_trainee_answers_everything_rightly_and_gets_all_points(world, place, tomas):
    tomas.launch(place())

    record_id = start(tomas)
    page = submit(tomas, record_id, RIGHT)

    assert page.status_code == 200
    assert "8 of 8" in tomas.text
    (one,) = world.stored(QuizTry)
    assert (one.number, one.raw, one.maximum) == (1, 8, 8)
    (grade,) = world.stored(Grade)
    assert (grade.given, grade.maximum, grade.author_id) == (100, 100, None)
    assert [d.payload["given"] for d in world.deliveries("score")] == ["100.00000"]


def test_before_the_first_try_there_is_no_grade_rather_than_nought(world, place, tomas):
    tomas.launch(place())
    start(tomas)

    assert world.stored(Grade) == []
    assert world.deliveries("score") == []


def test_all_wrong_is_a_grade_of_nought(world, place, tomas):
    tomas.launch(place())

    do_try(tomas, {"q-open-question": "blame"})

    (grade,) = world.stored(Grade)
    assert grade.given == 0


def test_the_result_tells_of_each_answer_with_its_feedback(place, tomas):
    tomas.launch(place())

    do_try(tomas, RIGHT | {"q-open-question": "blame", "q-good-feedback": ["soon", "next"]})

    assert "Not right 0 of 1 This question blames." in tomas.text
    assert "Partly right 2 of 3" in tomas.text


def test_without_feedback_the_result_shows_points_but_not_what_was_right(place, tomas):
    tomas.launch(place(shows_feedback=False))

    do_try(tomas, RIGHT)

    assert "8 of 8" in tomas.text
    assert "Summarising" in tomas.text
    assert "Right 1 of 1" not in tomas.text
    assert "An open question cannot be answered" not in tomas.text


def test_the_check_page_says_what_is_missing_and_stops_nobody(world, place, tomas):
    tomas.launch(place())
    record_id = start(tomas)

    tomas.post("quiz.keep", {"q-minutes": "180"}, follow=True, record_id=record_id)

    assert "You have not answered 5 questions." in tomas.text
    tomas.post("quiz.submit", {"seen": seen(tomas)}, follow=True, record_id=record_id)
    assert "1 of 8" in tomas.text
    points = {row.question_id: row.points for row in world.stored(QuizResponse)}
    assert points["refer"] == 0


def test_a_try_under_way_goes_on_where_it_was_left(world, place, tomas):
    tomas.launch(place())
    record_id = start(tomas)
    tomas.post("pages.autosave", {"q-summarise": SECRET}, record_id=record_id)

    again = start(tomas)
    tomas.get("quiz.answer", record_id=again)

    assert again == record_id
    assert SECRET in tomas.page.text
    assert len(world.stored(QuizTry)) == 1


def test_what_is_no_number_is_said_and_nothing_typed_is_lost(place, tomas):
    tomas.launch(place())
    record_id = start(tomas)

    answer = tomas.post(
        "quiz.keep", {"q-minutes": "three hours", "q-summarise": SECRET}, record_id=record_id
    )

    assert answer.status_code == 422
    assert "Type one number, such as 12 or 3.5." in tomas.text
    assert "three hours" in answer.text
    assert SECRET in answer.text
    tomas.get("quiz.answer", record_id=record_id)
    assert "three hours" in tomas.page.text


def test_words_beyond_the_limit_are_said_and_kept_rather_than_cut(place, tomas):
    tomas.launch(place())
    record_id = start(tomas)
    words = "long " * 101

    answer = tomas.post("quiz.keep", {"q-summarise": words}, record_id=record_id)

    assert answer.status_code == 422
    assert "Write at most 500 characters." in tomas.text
    assert words in answer.text
    assert "maxlength" not in answer.text


def test_an_unreadable_number_kept_by_itself_cannot_be_handed_in(world, place, tomas):
    tomas.launch(place())
    record_id = start(tomas)
    tomas.post("pages.autosave", {"q-minutes": "three hours"}, record_id=record_id)

    answer = tomas.post("quiz.submit", {"seen": "0"}, record_id=record_id)

    assert answer.status_code == 422
    assert "three hours" in answer.text
    assert world.stored(Record, kind=KIND)[0].state is RecordState.DRAFT


def test_answers_changed_in_another_tab_are_shown_again_before_they_count(world, place, tomas):
    tomas.launch(place())
    record_id = start(tomas)
    tomas.post("quiz.keep", {"q-minutes": "180"}, follow=True, record_id=record_id)
    old = seen(tomas)
    tomas.post("pages.autosave", {"q-minutes": "200"}, record_id=record_id)

    answer = tomas.post("quiz.submit", {"seen": old}, record_id=record_id)

    assert answer.status_code == 409
    assert "200 minutes" in tomas.text
    assert "Your answers were changed" in tomas.text
    assert world.stored(Revision) == []


def test_handing_in_twice_makes_one_result(world, place, tomas):
    tomas.launch(place())
    record_id = start(tomas)
    tomas.post("quiz.keep", RIGHT, follow=True, record_id=record_id)
    form = {"seen": seen(tomas)}

    answers = [tomas.post("quiz.submit", form, record_id=record_id) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(world.stored(Revision)) == 1
    assert len(world.stored(Grade)) == 1
    assert world.verbs().count("completed") == 1


def test_a_submitted_try_cannot_be_changed(world, place, tomas):
    tomas.launch(place())
    record_id = do_try(tomas, RIGHT)

    kept = tomas.post("quiz.keep", {"q-minutes": "1"}, record_id=record_id)
    saved = tomas.post("pages.autosave", {"q-minutes": "1"}, record_id=record_id)

    assert kept.headers["Location"].endswith("/result")
    assert saved.status_code == 409
    (revision,) = world.stored(Revision)
    assert revision.content["answers"]["minutes"] == {"number": "180"}


def test_the_revision_holds_answers_by_stable_ids_and_points_as_text(world, place, tomas):
    tomas.launch(place())

    do_try(tomas, RIGHT | {"q-good-feedback": ["soon"]})

    (revision,) = world.stored(Revision)
    assert revision.content["answers"]["good-feedback"] == {"options": ["soon"]}
    assert Decimal(revision.content["points"]["good-feedback"]) == 1


def test_no_try_begins_when_all_are_used(world, place, tomas):
    tomas.launch(place(max_tries=1))
    do_try(tomas, RIGHT)

    answer = tomas.post("quiz.start", {"record_id": str(uuid4())})

    assert answer.status_code == 409
    assert "You have used all your tries." in tomas.text
    assert len(world.stored(QuizTry)) == 1
    tomas.get("quiz.home")
    assert "Try again" not in tomas.text


@pytest.mark.parametrize(("method", "expected"), [("highest", 100), ("latest", 0)])
def test_the_try_that_counts_makes_the_grade(world, place, tomas, method, expected):
    tomas.launch(place(method=method))

    do_try(tomas, RIGHT)
    do_try(tomas, {"q-private": "tell-team"})

    newest = max(world.stored(Grade), key=lambda grade: grade.number)
    assert newest.given == expected


def test_a_grade_that_a_tutor_gave_is_not_moved_by_another_try(world, place, tomas, tilda):
    link = place()
    tomas.launch(link)
    do_try(tomas, {"q-minutes": "180"})
    tilda.launch(link)
    world.make(tilda, Role.TUTOR)
    tilda.post("trainees.grade", {"given": "42", "seen_number": "1"}, person_id=tomas.person.id)

    do_try(tomas, RIGHT)

    newest = max(world.stored(Grade), key=lambda grade: grade.number)
    assert newest.given == 42


def test_a_self_rating_is_shown_without_judgement_and_gives_no_grade(world, place, tomas):
    tomas.launch(place("mentor-skills"))

    do_try(tomas, {"q-listening": "2", "q-feedback": "5"})

    assert "2 – a little" in tomas.text
    assert "Right" not in tomas.text
    assert "Not right" not in tomas.text
    assert world.stored(Grade) == []
    points = [row.points for row in world.stored(QuizResponse)]
    assert points == [None] * 6
    assert "scored" not in world.verbs()


def test_in_a_mixed_quiz_ratings_do_not_move_the_mark(world, place, tomas):
    tomas.launch(place("giving-feedback"))
    knowledge = {
        "q-clearest": "hands",
        "q-when": "same-day",
        "q-two-steps": ["own-view", "agree"],
    }

    do_try(tomas, knowledge | {"q-ask": "1", "q-praise": "1"})

    assert world.stored(Grade)[0].given == 100
    assert "4 of 4" in tomas.text


def test_the_tutor_sees_tries_with_answers_and_the_grade(world, place, tomas, tilda):
    link = place()
    tomas.launch(link)
    do_try(tomas, RIGHT | {"q-summarise": SECRET})
    tilda.launch(link)
    world.make(tilda, Role.TUTOR)

    tilda.get("quiz.show_trainee", person_id=tomas.person.id)

    assert tilda.page.status_code == 200
    assert SECRET in tilda.text
    assert "7 of 8" in tilda.text
    assert "87.5 of 100" in tilda.text
    assert "All trainees" in tilda.text


def test_the_tutors_table_says_where_a_trainee_stands(world, place, tomas, tilda):
    link = place()
    tomas.launch(link)
    do_try(tomas, RIGHT)
    tilda.launch(link)
    world.make(tilda, Role.TUTOR)

    tilda.get("trainees.index")

    assert "One try, 8 of 8 points" in tilda.text


def test_only_the_trainee_sees_answers_that_are_not_handed_in(world, place, tomas, tilda):
    link = place()
    tomas.launch(link)
    record_id = start(tomas)
    tomas.post("pages.autosave", {"q-summarise": SECRET}, record_id=record_id)
    tilda.launch(link)
    world.make(tilda, Role.TUTOR)

    tilda.get("quiz.show_trainee", person_id=tomas.person.id)

    assert "is not handed in yet" in tilda.text
    assert SECRET not in tilda.page.text


def test_a_mentor_sees_only_own_trainees(world, place, tomas, meera):
    link = place()
    tomas.launch(link)
    do_try(tomas, RIGHT)
    meera.launch(link)
    world.make(meera, Role.MENTOR)

    assert meera.get("quiz.show_trainee", person_id=tomas.person.id).status_code == 404
    world.mentors(meera, tomas)
    assert meera.get("quiz.show_trainee", person_id=tomas.person.id).status_code == 200


def test_a_trainee_of_another_course_reaches_nothing(world, place, tomas, otto):
    tomas.launch(place())
    record_id = do_try(tomas, RIGHT)
    other = world.place("quiz", template="mentoring-basics", course=world.cast.other_course)
    otto.launch(other)

    pages = [
        otto.get(f"quiz.{page}", record_id=record_id) for page in ("answer", "check", "result")
    ]
    acts = [
        otto.post(f"quiz.{act}", {"seen": "0"}, record_id=record_id) for act in ("keep", "submit")
    ]

    assert {answer.status_code for answer in (*pages, *acts)} == {404}


def test_pages_for_trainees_are_closed_to_a_tutor(world, place, tomas, tilda):
    link = place()
    tomas.launch(link)
    record_id = do_try(tomas, RIGHT)
    tilda.launch(link)
    world.make(tilda, Role.TUTOR)

    assert tilda.get("quiz.home").status_code == 403
    assert tilda.post("quiz.keep", record_id=record_id).status_code == 403


@pytest.mark.parametrize("record_id", ["", "x", "1234"])
def test_a_start_without_a_usable_id_is_refused_kindly(place, tomas, record_id):
    tomas.launch(place())

    assert tomas.post("quiz.start", {"record_id": record_id}).status_code == 422


def test_the_lrs_hears_of_the_try_in_order_and_never_of_typed_text(world, place, tomas):
    tomas.launch(place(pass_percent=80))

    do_try(tomas, RIGHT | {"q-summarise": SECRET})

    told = statements(world)
    assert [row["verb"]["display"]["en"] for row in told] == [
        "attempted",
        *["answered"] * 5,
        "completed",
        "passed",
        "scored",
    ]
    assert SECRET not in json.dumps(told)
    assert [violations(row) for row in told] == [[]] * len(told)
    assert told[2]["result"]["response"] == "specific[,]soon[,]next"
    assert told[6]["result"]["score"]["raw"] == 7


def test_a_try_below_the_pass_mark_failed_and_the_activity_is_not_complete(world, place, tomas):
    tomas.launch(place(pass_percent=80))

    do_try(tomas, {"q-minutes": "180"})

    assert "failed" in world.verbs()
    assert "Not passed yet" in tomas.text
    with world.database.reading() as session:
        from lti_tool.domain.records import Attempt

        assert session.scalar(select(Attempt.completed_at)) is None


def test_each_try_is_completed_once_in_the_lrs(world, place, tomas):
    tomas.launch(place(pass_percent=80))

    do_try(tomas, {"q-minutes": "180"})
    do_try(tomas, RIGHT)

    assert world.verbs().count("completed") == 2
    assert world.verbs().count("passed") == 1


def test_ratings_are_told_as_points_of_their_scale(world, place, tomas):
    tomas.launch(place("mentor-skills"))

    do_try(tomas, {"q-listening": "3"})

    told = {row["verb"]["display"]["en"]: row for row in statements(world)}
    assert told["rated"]["result"]["score"] == {"raw": 3, "min": 1, "max": 5, "scaled": 0.5}
    assert told["answered"]["result"] == {"response": "3"}
    assert told["answered"]["object"]["id"] != told["rated"]["object"]["id"]
    assert [violations(row) for row in told.values()] == [[]] * len(told)
