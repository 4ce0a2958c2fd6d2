"""The trainees of an activity, as tutors, assessors and mentors see them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lti_tool.domain.base import utc_now
from lti_tool.domain.grading import Grade
from lti_tool.domain.people import Membership
from lti_tool.domain.roles import Role
from lti_tool.outbox.models import Delivery, DeliveryState


@pytest.fixture
def graded(tutor, tomas, link):
    """Tomas with 7.5 of 100, still waiting to be sent."""
    tomas.launch(link)
    tutor.get("trainees.index")
    tutor.post("trainees.grade", {"given": "7.5", "comment": "Good."}, person_id=tomas.person.id)
    return tomas


def park(world, code):
    with world.database.transaction() as session:
        delivery = session.query(Delivery).filter_by(kind="score").one()
        delivery.state, delivery.reason = DeliveryState.PARKED, code


def test_a_course_without_trainees_says_how_they_appear(tutor):
    tutor.get("trainees.index")

    assert "No trainees yet" in tutor.text


def test_no_grade_is_not_a_nought(tutor, tomas, link):
    tomas.launch(link)

    tutor.get("trainees.index")

    assert "No grade yet" in tutor.text
    assert "0 of 100" not in tutor.text


def test_the_table_shows_the_grade_and_where_it_is(tutor, graded):
    tutor.get("trainees.index")

    assert "7.5 of 100" in tutor.text
    assert "Waiting to be sent" in tutor.text


def test_a_sent_grade_says_so(tutor, graded, roster):
    roster()
    tutor.get("trainees.index")

    assert "Sent" in tutor.text
    assert "Waiting to be sent" not in tutor.text


def test_a_refused_grade_shows_the_reason_and_can_be_sent_again(world, tutor, graded):
    park(world, "not_gradable")
    page = tutor.get("trainees.index")
    assert "cannot be graded" in tutor.text
    assert "Retry" in page.text

    answer = tutor.post("trainees.retry_score_again", person_id=graded.person.id, list=1, page=1)

    assert answer.status_code == 303
    assert "/trainees?page=1" in answer.location
    states = [d.state for d in world.deliveries("score")]
    assert states == [DeliveryState.SUPERSEDED, DeliveryState.QUEUED]


@pytest.mark.parametrize("given", ["", "x", "-1", "100.01", "1e999", "NaN", "9" * 5000])
def test_a_grade_that_cannot_be_used_is_asked_for_again_with_the_text_kept(
    world, tutor, tomas, link, given
):
    tomas.launch(link)

    answer = tutor.post(
        "trainees.grade", {"given": given, "comment": "Long feedback."}, person_id=tomas.person.id
    )

    assert answer.status_code == 422
    assert "Long feedback." in answer.text
    assert world.stored(Grade) == []


@pytest.mark.parametrize("number", ["²", "x", "", "9" * 30])
def test_a_hidden_number_that_is_none_counts_as_nothing_seen(world, tutor, tomas, link, number):
    tomas.launch(link)

    answer = tutor.post(
        "trainees.grade", {"given": "1", "seen_number": number}, person_id=tomas.person.id
    )

    assert answer.status_code == 303
    assert world.stored(Grade)[0].given == Decimal(1)


def test_a_grade_keeps_five_places(world, tutor, tomas, link):
    tomas.launch(link)

    tutor.post("trainees.grade", {"given": "33.3333333333"}, person_id=tomas.person.id)

    assert world.stored(Grade)[0].given == Decimal("33.33333")


def test_a_mentor_may_look_but_not_grade(world, tutor, meera, graded, link):
    meera.launch(link)
    world.make(meera, Role.MENTOR)
    world.mentors(meera, graded)

    page = meera.get("trainees.index")

    assert "Waiting for you" in meera.text
    assert "7.5 of 100" in meera.text
    assert "gradebook" not in page.text
    grade = {"given": "99"}
    assert meera.post("trainees.grade", grade, person_id=graded.person.id).status_code == 403
    retry = meera.post("trainees.retry_score_again", person_id=graded.person.id)
    assert retry.status_code == 403


def test_a_mentor_without_trainees_is_told_who_chooses_them(world, tutor, meera, link):
    meera.launch(link)
    world.make(meera, Role.MENTOR)

    meera.get("trainees.index")

    assert "A tutor of the course chooses who your trainees are" in meera.text


def test_an_assessor_sees_everybody_and_grades(world, tutor, nils, tomas, link):
    tomas.launch(link)
    nils.launch(link)
    world.make(nils, Role.ASSESSOR)

    nils.get("trainees.index")

    assert "Tomas" in nils.text
    answer = nils.post("trainees.grade", {"given": "5"}, person_id=tomas.person.id)
    assert answer.status_code == 303


def test_a_trainee_who_left_is_still_in_the_table(world, tutor, graded):
    with world.database.transaction() as session:
        member = session.query(Membership).filter_by(person_id=graded.person.id).one()
        member.left_at = utc_now() - timedelta(days=1)

    tutor.get("trainees.index")

    assert "Left the course" in tutor.text
    assert "7.5 of 100" in tutor.text


def test_a_trainee_cannot_open_the_table_or_another_trainee(world, tutor, tomas, link):
    sigrun = world.player(world.cast.sigrun)
    sigrun.launch(link)
    tomas.launch(link)

    assert tomas.get("trainees.index").status_code == 403
    assert tomas.get("trainees.show", person_id=sigrun.person.id).status_code == 403


def test_trainees_of_another_course_do_not_exist_here(world, tutor, otto):
    otto.launch(world.place("logbook", course=world.cast.other_course))

    tutor.get("trainees.index")
    assert "Otto" not in tutor.text
    assert tutor.get("trainees.show", person_id=otto.person.id).status_code == 404
    grade = {"given": "1"}
    assert tutor.post("trainees.grade", grade, person_id=otto.person.id).status_code == 404


@pytest.mark.parametrize("page", ["2", "99999999999999999999", "-1", "x"])
def test_a_page_that_is_not_there_is_no_failure(tutor, tomas, link, page):
    tomas.launch(link)

    assert tutor.get("trainees.index", page=page).status_code == 200


def test_trainees_are_found_by_name(tutor, tomas, link):
    tomas.launch(link)

    tutor.get("trainees.index", q="toma")
    assert "Tomas" in tutor.text
    tutor.get("trainees.index", q="nobody")
    assert "Nobody found" in tutor.text
