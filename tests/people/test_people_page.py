"""The People page, through real launches from a course like Moodle's."""

from datetime import timedelta
from uuid import uuid4

import pytest

from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import Course
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.roles import Role


def test_the_list_of_the_course_proves_the_tutor(tutor, role_now):
    assert role_now(tutor) is Role.TUTOR
    assert tutor.page.request.path.endswith("/trainees")


def test_a_non_editing_teacher_is_told_kindly_and_sees_no_record(tutor, nils, tomas, link):
    tomas.launch(link)

    page = nils.launch(link)

    assert page.status_code == 200
    assert "nothing is wrong" in nils.text
    assert "Tilda Tutor" in nils.text
    assert "Tomas" not in nils.text
    assert nils.get("trainees.index").status_code == 403
    assert nils.get("trainees.show", person_id=tomas.person.id).status_code == 403
    assert nils.get("people.index").status_code == 403


def test_one_click_of_the_tutor_lets_a_non_editing_teacher_in(tutor, nils, link, role_now):
    nils.launch(link)
    tutor.get("people.index")
    assert "Somebody to decide on" in tutor.text

    tutor.post("people.set_role", {"role": "tutor"}, person_id=nils.person.id)

    assert role_now(nils) is Role.TUTOR
    assert nils.get("pages.home").request.path.endswith("/trainees")
    tutor.get("people.index")
    assert "Somebody to decide on" not in tutor.text


def test_a_mentor_sees_own_mentees_and_nobody_else(world, tutor, meera, tomas, link):
    sigrun = world.player(world.cast.sigrun)
    for player in (tomas, sigrun, meera):
        player.launch(link)
    tutor.post("people.set_role", {"role": "mentor"}, person_id=meera.person.id)

    answer = tutor.post(
        "people.add_mentor_to", {"mentor": str(meera.person.id)}, person_id=tomas.person.id
    )

    assert answer.status_code == 303
    meera.get("trainees.index")
    assert "Tomas" in meera.text
    assert "Sigrún" not in meera.text
    assert meera.get("trainees.show", person_id=tomas.person.id).status_code == 200
    assert meera.get("trainees.show", person_id=sigrun.person.id).status_code == 404


def test_a_removed_mentor_loses_sight_of_the_trainee(world, tutor, meera, tomas, link):
    tomas.launch(link)
    meera.launch(link)
    world.make(meera, Role.MENTOR)
    world.mentors(meera, tomas)

    tutor.post("people.remove_mentor_from", person_id=tomas.person.id, mentor_id=meera.person.id)

    assert meera.get("trainees.show", person_id=tomas.person.id).status_code == 404
    tutor.get("people.index")
    assert "No mentor yet" in tutor.text


def test_the_page_shows_who_mentors_whom(world, tutor, meera, tomas, link):
    tomas.launch(link)
    meera.launch(link)
    world.make(meera, Role.MENTOR)
    world.mentors(meera, tomas)

    tutor.get("people.index")

    assert "Mentors: Tomas Trainee" in tutor.text
    assert "Meera Mentor as mentor of Tomas Trainee" in tutor.text


def test_only_tutors_open_the_page(world, tomas, meera, tutor, link):
    for player in (tomas, meera):
        player.launch(link)
    world.make(meera, Role.MENTOR)

    for player in (tomas, meera):
        assert player.get("people.index").status_code == 403
        for act in ("people.set_switch", "people.update_list"):
            assert player.post(act, {"instructors_are_tutors": "yes"}).status_code == 403
        me = player.person.id
        assert player.post("people.set_role", {"role": "tutor"}, person_id=me).status_code == 403


def test_an_assessor_cannot_change_roles(world, tutor, nils, link, role_now):
    nils.launch(link)
    world.make(nils, Role.ASSESSOR)

    answer = nils.post("people.set_role", {"role": "tutor"}, person_id=nils.person.id)

    assert answer.status_code == 403
    assert role_now(nils) is Role.ASSESSOR


def test_people_of_another_course_do_not_exist_here(world, tutor, otto, meera, link):
    meera.launch(link)
    world.make(meera, Role.MENTOR)
    otto.launch(world.place("logbook", course=world.cast.other_course))
    there = otto.person.id

    tutor.get("people.index", q="Otto")
    assert "Nobody found" in tutor.text
    assert tutor.post("people.set_role", {"role": "tutor"}, person_id=there).status_code == 404
    mentor = {"mentor": str(meera.person.id)}
    assert tutor.post("people.add_mentor_to", mentor, person_id=there).status_code == 404
    answer = tutor.post("people.add_mentor_to", {"mentor": str(there)}, person_id=meera.person.id)
    assert answer.status_code == 404


def test_the_only_tutor_cannot_stop_being_one(tutor, role_now):
    answer = tutor.post("people.set_role", {"role": "mentor"}, person_id=tutor.person.id)

    assert answer.status_code == 409
    assert "Make somebody else a tutor first" in tutor.text
    assert role_now(tutor) is Role.TUTOR


def test_a_tutor_who_steps_back_lands_on_the_page_of_the_new_role(world, tutor, nils, link):
    nils.launch(link)
    world.make(nils, Role.TUTOR)

    answer = tutor.post(
        "people.set_role", {"role": "mentor"}, follow=True, person_id=tutor.person.id
    )

    assert answer.status_code == 200
    assert "Your trainees" in tutor.text


def test_the_switch_of_the_course_makes_every_teacher_a_tutor(tutor, nils, link, role_now):
    nils.launch(link)

    tutor.post("people.set_switch", {"instructors_are_tutors": "yes"})
    assert role_now(nils) is Role.TUTOR

    tutor.post("people.set_switch", {"instructors_are_tutors": "no"})
    assert role_now(nils) is None


def test_taking_a_role_back_follows_the_platform_again(world, tutor, nils, link, role_now):
    nils.launch(link)
    world.make(nils, Role.MENTOR)

    tutor.post("people.set_role", {"role": ""}, person_id=nils.person.id)

    assert role_now(nils) is None


@pytest.mark.parametrize(
    ("endpoint", "form"),
    [
        ("people.set_role", {"role": "headmaster"}),
        ("people.set_role", {}),
        ("people.add_mentor_to", {"mentor": "not an id"}),
        ("people.add_mentor_to", {"mentor": ""}),
    ],
)
def test_answers_that_are_not_on_offer_change_nothing(tutor, tomas, link, endpoint, form, role_now):
    tomas.launch(link)

    answer = tutor.post(endpoint, form, person_id=tomas.person.id)

    assert answer.status_code == 422
    assert role_now(tomas) is Role.TRAINEE


def test_a_switch_that_is_not_on_offer_is_refused(tutor):
    assert tutor.post("people.set_switch", {"instructors_are_tutors": "maybe"}).status_code == 422


def test_somebody_unknown_is_not_found(tutor):
    answer = tutor.post("people.set_role", {"role": "tutor"}, person_id=uuid4())

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"page": "99999999999999999999"},
        {"page": "-3"},
        {"page": "x"},
        {"q": "a\0b"},
        {"q": "%' OR 1=1 --"},
        {"role": "headmaster"},
        {"_scheme": "javascript", "_external": "1"},
    ],
)
def test_the_page_takes_any_address(tutor, query):
    page = tutor.get("people.index", **query)

    assert page.status_code == 200
    assert "javascript:" not in page.text


def test_names_are_found_and_filtered_by_role(tutor, tomas, link):
    tomas.launch(link)

    tutor.get("people.index", q="sigr")
    assert "Sigrún" in tutor.text
    assert "Tomas" not in tutor.text

    tutor.get("people.index", role="trainee")
    assert "Tomas" in tutor.text
    assert "Sigrún" not in tutor.text


def test_a_form_of_the_second_page_comes_back_to_it(world, tutor):
    with world.database.transaction() as session:
        course = session.query(Course).filter_by(context_id=str(world.cast.course.id)).one()
        for number in range(60):
            person = Person(platform_id=world.platform_id, sub=f"p{number}", name=f"P {number:02}")
            session.add(person)
            session.flush()
            session.add(Membership(course_id=course.id, person_id=person.id))
        last = person.id

    tutor.get("people.index", page=2)
    assert "P 59" in tutor.text
    assert "P 01" not in tutor.text

    answer = tutor.post("people.set_role", {"role": "trainee"}, person_id=last, page=2, q="P")
    assert "page=2" in answer.location
    assert "q=P" in answer.location
    assert answer.location.endswith(f"#p-{last}")


def test_who_left_is_shown_last_and_can_come_back(world, tutor, tomas, link):
    tomas.launch(link)
    with world.database.transaction() as session:
        member = session.query(Membership).filter_by(person_id=tomas.person.id).one()
        member.left_at = utc_now()

    tutor.get("people.index")
    assert "Left the course" in tutor.text
    assert tomas.get("pages.home").status_code == 401

    tomas.launch(link)
    tutor.get("people.index")
    assert "Left the course" not in tutor.text


def test_the_button_has_the_list_read_again(world, tutor, roster):
    course = world.stored(Course, context_id=str(world.cast.course.id))[0]
    with world.database.transaction() as session:
        session.get_one(Course, course.id).roster_queued_at = None

    tutor.post("people.update_list", follow=True)
    assert "We are reading the list now" in tutor.text
    tutor.post("people.update_list", follow=True)
    assert "asked for a moment ago" in tutor.text

    roster()
    read_again = world.stored(Course, id=course.id)[0].roster_synced_at
    assert read_again > course.roster_synced_at


def test_the_page_says_why_the_list_could_not_be_read(world, tutor):
    with world.database.transaction() as session:
        course = session.query(Course).filter_by(context_id=str(world.cast.course.id)).one()
        course.roster_error = "TokenRefused"

    tutor.get("people.index")

    assert "The platform refused our access" in tutor.text


def test_nothing_changes_without_the_token_of_the_page(tutor, nils, link, role_now):
    nils.launch(link)
    tutor.get("people.index")

    answer = tutor.post(
        "people.set_role", {"role": "tutor", "csrf_token": "forged"}, person_id=nils.person.id
    )

    assert answer.status_code == 400
    assert role_now(nils) is None


def test_a_name_with_markup_is_shown_as_text(world, tutor, nils, link):
    nils.launch(link)
    with world.database.transaction() as session:
        session.get_one(Person, nils.person.id).name = "<script>alert(1)</script>"

    page = tutor.get("people.index")

    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text


def test_an_undecided_teacher_has_the_list_read_again_after_a_minute(world, tutor, nils, link):
    read_before = len(world.deliveries("roster"))
    with world.database.transaction() as session:
        course = session.query(Course).filter_by(context_id=str(world.cast.course.id)).one()
        course.roster_queued_at = utc_now() - timedelta(minutes=2)

    nils.launch(link)

    assert len(world.deliveries("roster")) == read_before + 1
