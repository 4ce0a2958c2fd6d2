"""Copies of courses and activities (fact 12)."""

from __future__ import annotations

import pytest

from lti_tool.sandbox.vocabulary import LTI


@pytest.fixture
def copy(world, logbook):
    world.sandbox.add_item(
        world.cast.course, world.tool, "Hours", 10, logbook, resource_id="h", tag="hours"
    )
    world.score(world.sandbox.tables.items_of(logbook)[0], world.cast.tomas, 80)
    return world.sandbox.copy_course(world.cast.course)


def copied(world, copy):
    return world.sandbox.tables.links_in(copy)[0]


def test_every_id_in_a_copied_course_is_new(world, cast, logbook, copy):
    link = copied(world, copy)

    old = {item.id for item in world.sandbox.tables.items_of(logbook)}
    new = {item.id for item in world.sandbox.tables.items_of(link)}
    assert copy.id != cast.course.id
    assert (link.id == logbook.id, link.cmid == logbook.cmid) == (False, False)
    assert len(new) == 2
    assert not old & new


def test_custom_resource_id_and_tag_are_kept(world, copy):
    link = copied(world, copy)

    claims = world.launch(world.cast.tomas, link)

    kept = {(i.resource_id, i.tag) for i in world.sandbox.tables.items_of(link)}
    assert claims[LTI + "custom"]["activity_id"] == "act1"
    assert kept == {("r1", "entry"), ("h", "hours")}


def test_a_copy_has_people_but_no_grades(world, cast, copy):
    items = world.sandbox.tables.items_in(copy)

    assert world.sandbox.tables.enrolment(copy, cast.tomas) is not None
    assert {world.grade(item, cast.tomas) for item in items} == {(None, None)}


def test_people_can_stay_behind(world, cast):
    empty = world.sandbox.copy_course(cast.course, with_people=False)

    assert list(world.sandbox.tables.enrolled_in(empty)) == []


def test_the_history_names_the_ancestors_nearest_first(world, cast, copy):
    grandchild = world.sandbox.copy_course(copy)
    link = copied(world, grandchild)
    link.custom = "from=$Context.id.history\nlinks=$ResourceLink.id.history"

    custom = world.launch(cast.tomas, link)[LTI + "custom"]

    assert custom["from"] == f"{copy.id},{cast.course.id}"
    assert custom["links"] == "$ResourceLink.id.history"


def test_copies_are_numbered(world, cast, copy):
    second = world.sandbox.copy_course(cast.course)

    assert (copy.label, second.label) == ("WBL101_1", "WBL101_2")
    assert second.title == "Work-based learning 101 copy 2"


def test_a_duplicate_stays_in_its_course_with_the_same_custom(world, cast, logbook):
    twin = world.sandbox.duplicate_link(logbook)

    assert (twin.course_id, twin.custom) == (logbook.course_id, logbook.custom)
    assert twin.id != logbook.id
    assert len(world.sandbox.tables.items_of(twin)) == 1
