"""The trainees of an activity, as tutors, assessors and mentors see them."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, event, select, update

from lti_tool.domain.base import utc_now
from lti_tool.domain.grading import Grade
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.roles import Hint, Role
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


def rows(player):
    """Name and state of everybody in the table, in its order."""
    page = player.get("trainees.index").text
    found = re.findall(r'<tr role="row" id="p-.*?</tr>', page, re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def test_a_course_without_trainees_says_how_they_appear(world, tilda, link, roster):
    course = world.cast.course
    for person, _ in list(world.sandbox.tables.enrolled_in(course)):
        if person is not world.cast.tilda:
            world.sandbox.unenrol(course, person)
    tilda.launch(link)
    roster()
    tilda.launch(link)

    tilda.get("trainees.index")

    assert "No trainees yet" in tilda.text


def test_who_is_on_the_list_and_has_not_been_here_is_in_the_table(world, tutor, tomas, link):
    assert len(rows(tutor)) == 7  # the platform lists mentors, too, as learners
    assert all("Not started yet" in row for row in rows(tutor))

    tomas.launch(link)
    tutor.get("trainees.index")
    links = re.findall(r'href="[^"]*/trainees/[0-9a-f-]{36}">([^<]+)<', tutor.page.text)

    assert links == ["Tomas Trainee"]
    assert len(rows(tutor)) == 7  # the platform lists mentors, too, as learners


def test_of_who_has_not_been_here_nothing_is_said_of_grades(tutor, tomas, link):
    tomas.launch(link)
    said = {row.split()[0]: row for row in rows(tutor)}

    assert "No grade yet" in said["Tomas"]
    assert said["Omar"] == "Omar Haddad On the course list, not here yet Not started yet"


def test_who_has_not_been_here_has_nothing_to_open_or_to_grade(world, tutor, link):
    sigrun = world.player(world.cast.sigrun).person.id

    assert tutor.get("trainees.show", person_id=sigrun).status_code == 404
    assert tutor.post("trainees.grade", {"given": "5"}, person_id=sigrun).status_code == 404


def test_somebody_who_turns_out_to_be_a_mentor_leaves_the_table(world, tutor, meera, link):
    assert any(row.startswith("Meera") for row in rows(tutor))

    meera.launch(link)

    assert not any(row.startswith("Meera") for row in rows(tutor))


def test_who_left_the_list_without_ever_coming_is_not_in_the_table(world, tutor, link):
    with world.database.transaction() as session:
        session.execute(update(Membership).values(left_at=utc_now()).where(~Membership.may_edit))

    assert rows(tutor) == []


def test_a_mentor_sees_the_own_trainees_who_have_not_been_here_and_no_others(
    world, tutor, meera, link
):
    meera.launch(link)
    world.make(meera, Role.MENTOR)
    world.mentors(meera, world.player(world.cast.sigrun))

    assert [row.partition(" ")[0] for row in rows(meera)] == ["Sigrún"]


def test_those_who_have_not_been_here_stand_among_the_others_by_name(tutor, tomas, link):
    tomas.launch(link)
    names = [row.split()[0] for row in rows(tutor)]

    assert names == sorted(names, key=str.lower)
    assert names.index("Tomas") > 0


def test_the_table_asks_the_database_as_often_for_many_as_for_few(world, tutor, link):
    def asked():
        statements = []

        def count(_connection, _cursor, statement, *_rest):
            statements.append(statement)

        event.listen(Engine, "before_cursor_execute", count)
        try:
            tutor.get("trainees.index")
        finally:
            event.remove(Engine, "before_cursor_execute", count)
        return [one for one in statements if one.startswith("SELECT")]

    few = len(asked())
    with world.database.transaction() as session:
        course_id = session.scalars(select(Membership.course_id)).first()
        for number in range(60):
            person = Person(platform_id=world.platform_id, sub=f"new-{number}", name=f"N{number}")
            session.add(person)
            session.flush()
            member = {"course_id": course_id, "person_id": person.id}
            session.add(Membership(**member, roster_hint=Hint.LEARNER, in_roster=True))

    assert len(asked()) == few <= 10
    assert len(rows(tutor)) == 50
    assert "page=2" in tutor.page.text


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
