"""Who somebody is in a course: hints, proof, a tutor's word, and the switch."""

import itertools
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from lti_tool.domain.base import utc_now
from lti_tool.domain.errors import InvalidInput, NotFound, WrongState
from lti_tool.domain.people import Membership, Relation
from lti_tool.domain.platforms import Platform
from lti_tool.domain.roles import Hint, Role
from lti_tool.services.members import (
    add_mentor,
    change_role,
    find_member,
    list_members,
    members_who_are,
    mentors_by_trainee,
    remove_mentor,
    set_course_switch,
    trainees_by_mentor,
    undecided_members,
)
from lti_tool.services.people import role_column, role_of, visible_trainees


def names(members):
    return [member.person.sub for member in members]


@pytest.mark.parametrize("switch", [True, False])
def test_the_database_and_python_agree_on_every_role(room, switch):
    room.course.instructors_are_tutors = switch
    cases = itertools.product([None, *Role], Hint, [True, False])
    for number, (role, hint, may_edit) in enumerate(cases):
        room.add(str(number), role=role, launch_hint=hint, may_edit=may_edit)

    rows = room.session.execute(
        select(Membership.person_id, role_column(instructors_are_tutors=switch))
    ).all()

    assert len(rows) == 5 * 5 * 2
    for person_id, role in rows:
        assert role is role_of(room.session, room.course.id, person_id)


def test_who_launches_as_teacher_and_is_listed_as_learner_sees_nobody(room):
    room.came("tomas", Hint.LEARNER)
    nils = room.came("nils", Hint.INSTRUCTOR, roster_hint=Hint.LEARNER)

    role = role_of(room.session, room.course.id, nils.id)
    seen = room.session.scalars(visible_trainees(room.course.id, nils.id, role)).all()

    assert role is None
    assert seen == []
    assert names(undecided_members(room.session, room.course.id)) == ["nils"]


def test_who_is_only_on_the_list_does_not_ask_for_a_decision(room):
    room.roster(("1", Hint.LEARNER))

    assert undecided_members(room.session, room.course.id) == []
    assert find_member(room.session, room.course.id, room.person("1").id).role is None


def test_who_left_does_not_ask_for_a_decision(room):
    room.came("nils", Hint.INSTRUCTOR, left_at=utc_now())

    assert undecided_members(room.session, room.course.id) == []


def test_one_word_of_a_tutor_decides(room):
    nils = room.came("nils", Hint.INSTRUCTOR)

    member = change_role(room.session, room.course.id, nils.id, Role.ASSESSOR)

    assert member.role is Role.ASSESSOR
    assert undecided_members(room.session, room.course.id) == []


def test_the_last_tutor_stays_one(room):
    tilda = room.came("tilda", Hint.INSTRUCTOR, may_edit=True)

    with pytest.raises(WrongState):
        change_role(room.session, room.course.id, tilda.id, Role.MENTOR)


def test_a_tutor_who_left_does_not_count_as_another(room):
    tilda = room.came("tilda", Hint.INSTRUCTOR, may_edit=True)
    room.came("old", Hint.INSTRUCTOR, may_edit=True, left_at=utc_now())

    with pytest.raises(WrongState):
        change_role(room.session, room.course.id, tilda.id, Role.MENTOR)


def test_a_tutor_may_step_back_where_there_is_another(room):
    tilda = room.came("tilda", Hint.INSTRUCTOR, may_edit=True)
    room.came("theo", Hint.INSTRUCTOR, role=Role.TUTOR)

    assert change_role(room.session, room.course.id, tilda.id, Role.MENTOR).role is Role.MENTOR


def test_the_switch_makes_every_teacher_a_tutor(room):
    tilda = room.came("tilda", Hint.INSTRUCTOR, may_edit=True)
    room.came("nils", Hint.INSTRUCTOR)
    room.came("meera", Hint.INSTRUCTOR, role=Role.MENTOR)

    set_course_switch(room.session, room.course.id, True, by=tilda.id)

    tutors = members_who_are(room.session, room.course.id, Role.TUTOR)
    assert set(names(tutors)) == {"nils", "tilda"}
    assert names(members_who_are(room.session, room.course.id, Role.MENTOR)) == ["meera"]


def test_the_course_follows_its_platform_until_it_says_otherwise(room):
    nils = room.came("nils", Hint.INSTRUCTOR)
    room.session.get_one(Platform, room.course.platform_id).instructors_are_tutors = True
    assert role_of(room.session, room.course.id, nils.id) is Role.TUTOR

    room.course.instructors_are_tutors = False
    assert role_of(room.session, room.course.id, nils.id) is None


def test_who_switches_off_the_switch_that_made_them_tutor_stays_one(room):
    room.course.instructors_are_tutors = True
    nils = room.came("nils", Hint.INSTRUCTOR)
    theo = room.came("theo", Hint.INSTRUCTOR)

    set_course_switch(room.session, room.course.id, False, by=nils.id)

    assert role_of(room.session, room.course.id, nils.id) is Role.TUTOR
    assert role_of(room.session, room.course.id, theo.id) is None


@pytest.fixture
def pair(room):
    tomas = room.came("tomas", Hint.LEARNER, name="Tomas")
    meera = room.came("meera", Hint.INSTRUCTOR, role=Role.MENTOR, name="Meera")
    return tomas, meera


def test_a_mentor_sees_only_own_mentees(room, pair):
    tomas, meera = pair
    room.came("sigrun", Hint.LEARNER)

    add_mentor(room.session, room.course.id, trainee_id=tomas.id, mentor_id=meera.id, by=meera.id)

    seen = room.session.scalars(visible_trainees(room.course.id, meera.id, Role.MENTOR)).all()
    assert seen == [tomas]


def test_mentors_and_their_trainees_are_found_from_both_sides(room, pair):
    tomas, meera = pair
    add_mentor(room.session, room.course.id, trainee_id=tomas.id, mentor_id=meera.id, by=meera.id)

    both = [tomas.id, meera.id]
    assert mentors_by_trainee(room.session, room.course.id, both) == {tomas.id: [meera]}
    assert trainees_by_mentor(room.session, room.course.id, both) == {meera.id: [tomas]}


def test_a_removed_mentor_sees_the_trainee_no_longer_at_once(room, pair):
    tomas, meera = pair
    add_mentor(room.session, room.course.id, trainee_id=tomas.id, mentor_id=meera.id, by=meera.id)

    remove_mentor(room.session, room.course.id, trainee_id=tomas.id, mentor_id=meera.id)

    seen = room.session.scalars(visible_trainees(room.course.id, meera.id, Role.MENTOR)).all()
    assert seen == []
    assert room.session.scalars(select(Relation)).one().to_on is not None


def test_a_mentor_who_was_added_twice_by_a_race_is_removed_whole(room, pair):
    tomas, meera = pair
    for _race in range(2):
        room.session.add(
            Relation(
                course_id=room.course.id,
                trainee_id=tomas.id,
                person_id=meera.id,
                from_on=utc_now().date() - timedelta(days=1),
            )
        )
    room.session.flush()

    remove_mentor(room.session, room.course.id, trainee_id=tomas.id, mentor_id=meera.id)

    assert mentors_by_trainee(room.session, room.course.id, [tomas.id]) == {}


def test_a_mentoring_that_ended_or_has_not_begun_counts_for_nothing(room, pair):
    tomas, meera = pair
    for from_on, to_on in [(date(2020, 1, 1), date(2020, 2, 1)), (date(2999, 1, 1), None)]:
        room.session.add(
            Relation(
                course_id=room.course.id,
                trainee_id=tomas.id,
                person_id=meera.id,
                from_on=from_on,
                to_on=to_on,
            )
        )
    room.session.flush()

    assert mentors_by_trainee(room.session, room.course.id, [tomas.id]) == {}


def test_only_a_mentor_can_be_made_somebodys_mentor(room, pair):
    tomas, _meera = pair
    nils = room.came("nils", Hint.INSTRUCTOR)

    with pytest.raises(InvalidInput):
        add_mentor(room.session, room.course.id, trainee_id=tomas.id, mentor_id=nils.id, by=nils.id)


def test_only_a_trainee_can_have_a_mentor(room, pair):
    _tomas, meera = pair
    theo = room.came("theo", Hint.INSTRUCTOR, role=Role.TUTOR)

    with pytest.raises(InvalidInput):
        add_mentor(room.session, room.course.id, trainee_id=theo.id, mentor_id=meera.id, by=theo.id)


def test_a_learner_on_the_list_can_be_given_a_mentor_before_the_first_visit(room, pair):
    _tomas, meera = pair
    room.roster(("sigrun", Hint.LEARNER), is_whole=False)
    sigrun = room.person("sigrun")

    add_mentor(room.session, room.course.id, trainee_id=sigrun.id, mentor_id=meera.id, by=meera.id)

    assert mentors_by_trainee(room.session, room.course.id, [sigrun.id]) == {sigrun.id: [meera]}


def test_people_of_another_course_cannot_be_touched(room, pair):
    tomas, meera = pair
    otto = room.add("otto", course=room.other_course(), launch_hint=Hint.LEARNER)
    course_id = room.course.id

    with pytest.raises(NotFound):
        change_role(room.session, course_id, otto.id, Role.TUTOR)
    with pytest.raises(NotFound):
        add_mentor(room.session, course_id, trainee_id=otto.id, mentor_id=meera.id, by=meera.id)
    with pytest.raises(NotFound):
        add_mentor(room.session, course_id, trainee_id=tomas.id, mentor_id=otto.id, by=meera.id)
    with pytest.raises(NotFound):
        remove_mentor(room.session, course_id, trainee_id=tomas.id, mentor_id=otto.id)


def test_the_list_shows_the_present_by_name_then_the_nameless_then_who_left(room):
    room.came("1", Hint.LEARNER, name="zoe")
    room.came("2", Hint.LEARNER)
    room.came("3", Hint.LEARNER, name="Anna", left_at=utc_now())
    room.came("4", Hint.LEARNER, name="Bo")

    members, total = list_members(room.session, room.course.id)

    assert names(members) == ["4", "1", "2", "3"]
    assert total == 4


@pytest.mark.parametrize("search", ["åsa", "ÅSA", "Åsa", "sa ö"])
def test_people_are_found_by_a_part_of_the_name_however_it_is_spelt(room, search):
    room.came("1", Hint.LEARNER, name="Åsa Öberg")
    room.came("2", Hint.LEARNER, name="Bo")

    members, total = list_members(room.session, room.course.id, search=search)

    assert (names(members), total) == (["1"], 1)


@pytest.mark.parametrize("search", ["%", "_", "\\", "'"])
def test_a_search_takes_signs_for_signs(room, search):
    room.came("1", Hint.LEARNER, name="Bo")

    assert list_members(room.session, room.course.id, search=search) == ([], 0)


def test_somebody_without_a_name_is_found_by_the_short_code(room):
    nameless = room.came("1", Hint.LEARNER)

    members, _total = list_members(room.session, room.course.id, search=nameless.short_code)

    assert names(members) == ["1"]


def test_the_list_can_show_one_role_a_page_at_a_time(room):
    for number in range(3):
        room.came(f"t{number}", Hint.LEARNER, name=f"T {number}")
    room.came("m", Hint.INSTRUCTOR, role=Role.MENTOR)

    members, total = list_members(room.session, room.course.id, role=Role.TRAINEE, start=2, limit=2)

    assert (names(members), total) == (["t2"], 3)
