"""A copied course works at once: same activity, no learner's data, and nobody is asked."""

from uuid import uuid4

import pytest

from lti_tool.domain.courses import ActivitySetup, Course, LineItem, ResourceLink
from lti_tool.domain.grading import Grade
from lti_tool.domain.people import Membership, Relation
from lti_tool.domain.records import Attempt, Record
from lti_tool.domain.roles import Role
from tests.lti.gradebook import cell, give


@pytest.fixture
def link(world):
    """A logbook with settings of its own, so that a copy has something to keep."""
    settings = {"required_entries": 7, "mentor_confirms": False}
    return world.place("logbook", title="Bakery log", maximum=50, settings=settings)


@pytest.fixture
def copied(world, tutor, trainee, meera, link):
    """The link of a copy, made after people had worked in the original."""
    meera.launch(link)
    world.make(meera, Role.MENTOR)
    world.mentors(meera, trainee)
    id = uuid4()
    trainee.post("logbook.start", record_id=id)
    trainee.post("logbook.submit", typed("Rye bread of the original"), record_id=id)
    give(tutor, trainee, "40", comment="Grade of the original")
    copy = world.sandbox.copy_course(world.cast.course)
    (made,) = world.sandbox.tables.links_in(copy)
    return made


def typed(text):
    return {"practised_on": "2026-11-20", "duration_minutes": "30", "text-topics": text}


def stored_link(world, link):
    return world.stored(ResourceLink, resource_link_id=str(link.id))[0]


def test_a_trainees_first_launch_of_a_copy_opens_the_activity(world, copied, tomas):
    answer = tomas.launch(copied)

    assert answer.status_code == 200
    assert answer.request.path.endswith("/logbook/")
    assert "Bakery log" in answer.text


def test_template_settings_and_maximum_are_copied(world, link, copied, tomas):
    tomas.launch(copied)

    old, new = world.setup_of(link), world.setup_of(copied)
    assert new.id != old.id
    assert new.copied_from_id == old.id
    assert new.course_id != old.course_id
    for name in ("kind", "title", "settings", "template_version_id", "grade_maximum"):
        assert getattr(new, name) == getattr(old, name), name


def test_no_learners_data_comes_along(world, copied, tomas):
    records, grades = len(world.stored(Record)), len(world.stored(Grade))

    answer = tomas.launch(copied)

    assert "of the original" not in answer.text
    assert len(world.stored(Record)) == records
    assert len(world.stored(Grade)) == grades
    assert world.stored(Attempt, resource_link_id=stored_link(world, copied).id) == []


def test_roles_and_mentors_do_not_come_along(world, copied, tutor, meera, nils):
    for player in (meera, nils):
        answer = player.launch(copied)
        assert answer.request.path.endswith("/undecided")
    course = stored_link(world, copied).course_id

    assert {m.role for m in world.stored(Membership, course_id=course)} == {None}
    assert world.stored(Relation, course_id=course) == []


def test_the_tutor_is_asked_nothing(world, copied, tilda):
    tilda.launch(copied)
    world.deliver()

    assert tilda.launch(copied).request.path.endswith("/trainees")


def test_a_grade_in_the_copy_stands_in_the_copys_column(world, link, copied, tilda, tomas):
    tilda.launch(copied)
    world.deliver()
    tilda.launch(copied)
    tomas.launch(copied)
    give(tilda, tomas, "25")
    world.deliver()

    assert cell(world, copied, world.cast.tomas).score == 25
    assert cell(world, link, world.cast.tomas).score == 40


def test_changing_the_copy_leaves_the_original_alone(world, link, copied, tilda):
    tilda.launch(copied)
    world.deliver()
    tilda.launch(copied)
    page = {"title": "Other log", "graded": "no", "maximum": "", "settings-required_entries": "1"}

    assert tilda.post("chooser.save_settings", page).status_code == 303

    assert world.setup_of(copied).title == "Other log"
    assert world.setup_of(link).title == "Bakery log"
    assert world.setup_of(link).settings["required_entries"] == 7


def test_a_copy_of_a_copy_works_too(world, copied, tomas, link):
    tomas.launch(copied)
    again = world.sandbox.copy_course(world.sandbox.tables.course(copied.course_id))
    (third,) = world.sandbox.tables.links_in(again)

    assert tomas.launch(third).request.path.endswith("/logbook/")
    assert world.setup_of(third).settings == world.setup_of(link).settings


def test_a_copy_of_a_copy_that_nobody_opened_works_too(world, copied, tomas, link):
    again = world.sandbox.copy_course(world.sandbox.tables.course(copied.course_id))
    (third,) = world.sandbox.tables.links_in(again)

    assert tomas.launch(third).request.path.endswith("/logbook/")
    assert world.setup_of(third).copied_from_id == world.setup_of(link).id


def test_a_copy_is_made_once(world, copied, tomas, tilda):
    for player in (tomas, tilda, tomas):
        player.launch(copied)

    assert len(world.stored(ActivitySetup)) == 2
    assert len(world.stored(Course)) == 2


def test_a_duplicate_in_the_same_course_is_an_activity_of_its_own(
    world, link, copied, tutor, tomas
):
    twin = world.sandbox.duplicate_link(link)

    answer = tomas.launch(twin)

    assert answer.request.path.endswith("/logbook/")
    assert "of the original" not in answer.text
    assert world.setup_of(twin).id != world.setup_of(link).id
    assert world.setup_of(twin).settings == world.setup_of(link).settings


def test_grades_of_a_duplicate_stand_in_its_own_column(world, link, trainee, tutor):
    twin = world.sandbox.duplicate_link(link)
    trainee.launch(twin)
    tutor.launch(twin)
    give(tutor, trainee, "5")
    world.deliver()

    assert cell(world, twin, world.cast.tomas).score == 5
    assert cell(world, link, world.cast.tomas).score is None
    assert len({item.url for item in world.stored(LineItem)}) == 2


# What a link may not be led to --------------------------------------------------------------------


def hand_made(world, setup_id):
    """A link whose custom parameter somebody typed."""
    custom = {"trellis_activity": str(setup_id)}
    return world.sandbox.add_link(world.cast.course, world.tool, "By hand", custom=custom)


@pytest.mark.parametrize("named", ["00000000-0000-0000-0000-000000000000", "x", "", "1", "é" * 500])
def test_an_activity_nobody_knows_is_left_to_the_tutor(world, tutor, trainee, named):
    odd = hand_made(world, named)

    assert "Not ready yet" in trainee.launch(odd).text
    assert tutor.launch(odd).request.path.endswith("/set-up")
    assert stored_link(world, odd).setup_id is None


def test_an_activity_of_another_site_is_not_taken(world, tutor, trainee, neighbour):
    foreign = neighbour.place("logbook", title="Secret of the neighbour")
    neighbour.player(neighbour.cast.tomas).launch(foreign)
    odd = world.sandbox.add_link(world.cast.course, world.tool, "By hand")
    odd.custom = foreign.custom

    assert "Not ready yet" in trainee.launch(odd).text
    answer = tutor.launch(odd)
    assert answer.request.path.endswith("/set-up")
    assert "Secret of the neighbour" not in answer.text


def test_a_link_on_which_somebody_has_worked_keeps_its_activity(world, tutor, trainee, link):
    other = world.place("quiz", title="Quiz")
    id = uuid4()
    trainee.post("logbook.start", record_id=id)
    link.custom = other.custom

    answer = trainee.launch(link)

    assert answer.request.path.endswith("/logbook/")
    assert world.setup_of(link).kind == "logbook"


def test_a_link_on_which_nobody_has_worked_can_be_given_another_activity(world, tutor, link):
    other = world.place("quiz", title="Quiz")
    link.custom = other.custom

    tutor.launch(link)

    assert world.setup_of(link).kind == "quiz"


def test_content_chosen_anew_replaces_an_activity_without_work(world, tutor, link):
    setups = len(world.stored(ActivitySetup))
    link.custom = "trellis_activity=" + str(world.setup_of(link).id)

    tutor.launch(link)

    assert len(world.stored(ActivitySetup)) == setups


def test_a_link_that_loses_its_parameter_keeps_its_activity(world, tutor, trainee, link):
    link.custom = ""

    assert trainee.launch(link).request.path.endswith("/logbook/")


def test_a_duplicate_is_called_as_the_course_calls_it(world, link, tomas):
    tomas.launch(link)
    twin = world.sandbox.duplicate_link(link)

    answer = tomas.launch(twin)

    assert twin.title == "Bakery log (copy)"
    assert world.setup_of(twin).title == "Bakery log (copy)"
    assert world.setup_of(link).title == "Bakery log"
    assert "Bakery log (copy)" in answer.text


def test_a_new_name_in_the_course_is_taken_over(world, link, tutor):
    link.title = "Oven log"

    assert "Oven log" in tutor.launch(link).text
    assert world.setup_of(link).title == "Oven log"


def test_a_name_given_in_the_settings_stays_while_the_course_says_nothing_new(world, link, tutor):
    page = {"title": "Our name", "graded": "no", "settings-required_entries": "7"}
    tutor.post("chooser.save_settings", page)

    assert "Our name" in tutor.launch(link).text
    link.title = ""
    tutor.launch(link)
    assert world.setup_of(link).title == "Our name"
