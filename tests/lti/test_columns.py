"""A link has one gradebook column: found if there is one, else made once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from lti_tool.domain.courses import Course, LineItem, LineItemState, ResourceLink
from lti_tool.domain.roles import Role
from lti_tool.outbox.models import DeliveryState
from tests.cast import Player
from tests.lti.gradebook import calls, cell, column_of, give, made, standing

CHOSEN = {"graded": "yes", "maximum": "100", "title": "Set up by hand"}


def set_up(world, tutor, link, **form):
    """Choose the logbook for an empty link, as a tutor does."""
    tutor.launch(link)
    plugin = world.app.extensions["trellis"].registry.get("logbook")
    choice = f"logbook:{plugin.gallery()[0].key}"
    answer = tutor.post("chooser.create", {"choice": choice, **CHOSEN, **form})
    assert answer.status_code == 303, answer.text


@pytest.fixture
def empty(world, tutor):
    """A link without activity and without column."""
    return world.sandbox.add_link(world.cast.course, world.tool, "By hand")


def test_the_column_of_a_link_with_one_is_used_and_none_is_made(world, trainee, link):
    world.deliver()

    assert made(world) == 0
    assert world.line_item_of(link).state is LineItemState.READY
    assert world.line_item_of(link).url == world.sandbox.line_item_url(column_of(world, link))


def test_a_link_without_a_column_gets_one(world, tutor, empty):
    set_up(world, tutor, empty)
    world.deliver()

    item = column_of(world, empty)
    assert (item.label, item.score_maximum, item.tag) == ("Set up by hand", 100, "grade")
    assert item.resource_id == str(world.setup_of(empty).id)
    assert world.line_item_of(empty).url == world.sandbox.line_item_url(item)


def test_a_column_that_came_with_a_link_added_by_hand_is_used(world, tutor):
    by_hand = world.sandbox.add_link(world.cast.course, world.tool, "By hand", score_maximum=100)
    set_up(world, tutor, by_hand)
    world.deliver()
    tutor.launch(by_hand)
    world.deliver()

    assert made(world) == 0
    assert len(world.sandbox.tables.items_of(by_hand)) == 1


def test_a_column_whose_making_was_answered_too_late_is_found(world, tutor, empty):
    set_up(world, tutor, empty)
    setup = str(world.setup_of(empty).id)
    item = world.sandbox.add_item(
        world.cast.course, world.tool, "By hand", 100, empty, resource_id=setup, tag="grade"
    )
    world.deliver()

    assert made(world) == 0
    assert world.line_item_of(empty).url == world.sandbox.line_item_url(item)


def test_the_columns_of_other_links_and_tools_are_left_alone(world, tutor, link, empty):
    setup = str(world.setup_of(link).id)
    world.sandbox.add_item(world.cast.course, world.tool, "Loose", 100)
    world.sandbox.add_item(world.cast.course, world.tool, "Same name", 100, link, resource_id=setup)
    set_up(world, tutor, empty)
    world.deliver()

    assert made(world) == 1
    assert len(world.sandbox.tables.items_of(empty)) == 1


def open_at_once(world, link, people):
    """Launch *link* as each of *people*, all at the same moment."""
    players = [Player(world, str(p.id), world.app.test_client()) for p in people]
    with ThreadPoolExecutor(len(players)) as pool:
        return [answer.status_code for answer in pool.map(lambda p: p.launch(link), players)]


def classmates(world, course, number):
    people = [world.sandbox.add_person(f"Trainee{n}") for n in range(number)]
    for person in people:
        world.sandbox.enrol(course, person)
    return people


@pytest.mark.parametrize("graded", [True, False], ids=["with a column", "without"])
def test_of_twenty_first_launches_at_once_one_makes_the_column(world, graded):
    course = world.sandbox.add_course("NEW", "A new course")
    link = world.place("logbook", course=course)
    if not graded:
        world.sandbox.remove_item(column_of(world, link))

    codes = open_at_once(world, link, classmates(world, course, 20))
    world.deliver()

    assert codes == [200] * 20
    assert made(world) == (0 if graded else 1)
    assert len(world.sandbox.tables.items_of(link)) == 1
    assert len(world.stored(LineItem)) == 1
    assert len(world.stored(ResourceLink)) == 1


def test_of_twenty_first_launches_of_a_copy_at_once_one_copies(world, trainee, link):
    copy = world.sandbox.copy_course(world.cast.course)
    (copied,) = world.sandbox.tables.links_in(copy)
    world.sandbox.remove_item(column_of(world, copied))

    codes = open_at_once(world, copied, classmates(world, copy, 20))
    world.deliver()

    assert codes == [200] * 20
    assert made(world) == 1
    assert len(world.stored(ResourceLink)) == 2
    assert len(world.stored(Course)) == 2
    assert len({row.setup_id for row in world.stored(ResourceLink)}) == 2


def test_launches_again_and_again_ask_for_nothing(world, trainee, link):
    world.deliver()
    before = len(calls(world))

    for _ in range(3):
        trainee.launch(link)
    world.deliver()

    assert len(calls(world)) == before


def test_a_column_of_its_own_beside_another_of_the_link_is_found(world, tutor, trainee, link):
    """With two columns the launch names none: ours is found by name (facts.md 19)."""
    ours = column_of(world, link)
    world.sandbox.add_item(world.cast.course, world.tool, "Second", 10, link, tag="extra")
    with world.database.transaction() as session:
        session.execute(update(LineItem).values(url=None, state=LineItemState.GONE))
    give(tutor, trainee, "50")
    tutor.post("trainees.retry_score_again", person_id=trainee.person.id)

    world.deliver()
    world.deliver(seconds=6)

    assert made(world) == 0
    assert world.sandbox.cell(ours, world.cast.tomas).score == 50


def test_in_a_copied_course_with_two_columns_the_copied_one_is_found(world, trainee, link):
    """A copy keeps the original's names, not ours (facts.md 12)."""
    world.sandbox.add_item(world.cast.course, world.tool, "Second", 10, link, tag="extra")
    copy = world.sandbox.copy_course(world.cast.course)
    (copied,) = world.sandbox.tables.links_in(copy)

    trainee.launch(copied)
    world.deliver()

    assert made(world) == 0
    ours = next(i for i in world.sandbox.tables.items_of(copied) if i.tag == "grade")
    assert world.line_item_of(copied).url == world.sandbox.line_item_url(ours)


def test_a_column_that_may_not_be_made_is_refused_and_can_be_tried_again(
    world, tutor, tomas, empty
):
    world.tool.grade_sync = 1  # scores, but no columns of its own
    set_up(world, tutor, empty)
    tomas.launch(empty)
    world.deliver()
    give(tutor, tomas, "50")
    world.deliver()

    assert "refused" in standing(tutor, tomas)
    assert world.sandbox.tables.items_of(empty) == []

    world.tool.grade_sync = 2
    tutor.launch(empty)
    tutor.post("trainees.retry_score_again", person_id=tomas.person.id)
    world.deliver()
    world.deliver(seconds=6)
    assert cell(world, empty, world.cast.tomas).score == 50


def test_a_platform_without_a_gradebook_is_not_called(world, tilda, tomas):
    world.tool.grade_sync = 0
    bare = world.sandbox.add_link(world.cast.course, world.tool, "By hand")
    tilda.launch(bare)
    world.make(tilda, Role.TUTOR)
    set_up(world, tilda, bare)
    tomas.launch(bare)
    give(tilda, tomas, "50")
    world.deliver()
    world.deliver(seconds=6)

    assert "refused" in standing(tilda, tomas)
    assert [c.path for c in calls(world) if "lineitem" in c.path] == []
    assert {d.state for d in world.deliveries("line_item")} == {DeliveryState.PARKED}


def test_what_a_trainee_and_a_tutor_open_first_makes_no_second_column(world, tilda, tomas):
    course = world.sandbox.add_course("NEW")
    world.sandbox.enrol(course, world.cast.tomas)
    world.sandbox.enrol(
        course,
        world.cast.tilda,
        world.sandbox.tables.enrolment(world.cast.course, world.cast.tilda).role,
    )
    link = world.place("logbook", course=course)
    world.sandbox.remove_item(column_of(world, link))

    tomas.launch(link)
    world.deliver()
    tilda.launch(link)
    world.deliver()

    assert made(world) == 1
    assert tilda.role in (None, Role.TUTOR)
