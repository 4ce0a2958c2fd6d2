"""What observations make of the mark, and what the LRS hears of them."""

import json
from datetime import timedelta

import pytest

from lti_tool.domain.grading import Grade
from lti_tool.domain.records import Attempt
from lti_tool.domain.roles import Role
from tests.activities.checklist.observing import (
    CRITICAL,
    SECRET,
    TODAY,
    all_met,
    newest_grade,
    observe,
    said,
    start,
    told,
)
from xapi.profile import violations


def test_the_mark_is_the_share_of_points_met(world, link, tomas, meera):
    observe(meera, tomas, said(hands="met", fridge="not_yet", dates="met"))

    (grade,) = world.stored(Grade)
    assert (grade.given, grade.maximum, grade.author_id) == (25, 100, None)


def test_before_anything_is_judged_there_is_no_mark(world, link, tomas, meera):
    start(meera, tomas)

    assert world.stored(Grade) == []
    tomas.get("checklist.home")
    assert "No mark yet: nothing has been observed." in tomas.text


def test_the_page_shows_the_mark_as_an_equation_of_ones_own_numbers(link, tomas, meera):
    observe(meera, tomas, said(hands="met", fridge="not_yet", dates="met"))

    tomas.get("checklist.home")

    assert "2 met ÷ 8 points × 100 = 25" in tomas.text
    assert "The checklist is complete when every point is met." in tomas.text
    assert "2 critical points are still open:" in tomas.text


def test_a_point_that_was_not_seen_again_keeps_its_judgement(world, link, tomas, meera):
    observe(meera, tomas, said(day=TODAY - timedelta(days=1), hands="met"))
    observe(meera, tomas, said(dates="met"))

    assert newest_grade(world) == 25


def test_an_older_day_written_down_later_does_not_replace_a_newer_one(world, link, tomas, meera):
    observe(meera, tomas, said(hands="met"))
    observe(meera, tomas, said(day=TODAY - timedelta(days=3), hands="not_yet"))

    assert [grade.given for grade in world.stored(Grade)] == [12.5]


def test_a_failed_critical_point_is_no_longer_open_once_it_is_met(world, link, tomas, meera):
    yesterday = TODAY - timedelta(days=1)
    observe(meera, tomas, all_met(hands="not_yet") | {"observed_on": yesterday.isoformat()})
    before = world.stored(Attempt)[0].completed_at

    observe(meera, tomas, said(hands="met"))

    assert before is None
    assert world.stored(Attempt)[0].completed_at is not None
    assert world.verbs().count("completed") == 1
    assert newest_grade(world) == 100


def test_a_checklist_may_be_complete_with_its_critical_points_alone(world, tomas, tilda):
    placed = world.place("checklist", template="kitchen-hygiene", settings={"required": "critical"})
    for player in (tomas, tilda):
        player.launch(placed)
    world.make(tilda, Role.TUTOR)

    observe(tilda, tomas, said(**dict.fromkeys(CRITICAL, "met")))

    assert world.stored(Attempt)[0].completed_at is not None


def test_the_lrs_hears_of_judged_lines_with_the_observer_and_never_of_comments(
    world, link, tomas, meera
):
    observe(meera, tomas, said(hands="met", fridge="not_yet") | {"c-hands": SECRET})

    rows = told(world)
    lines = [row for row in rows if row["object"]["definition"]["name"]["en"] == "Checklist item"]
    assert [row["verb"]["display"]["en"] for row in lines] == ["passed", "failed"]
    assert all(
        row["actor"]["account"]["name"] == str(tomas.person.pseudonym)
        and row["context"]["instructor"]["account"]["name"] == str(meera.person.pseudonym)
        for row in lines
    )
    assert SECRET not in json.dumps(rows)
    assert [violations(row) for row in rows] == [[]] * len(rows)


def test_an_observation_that_leaves_points_open_neither_passed_nor_failed(
    world, link, tomas, meera
):
    observe(meera, tomas, said(hands="met", fridge="not_yet"))

    assert [
        row["verb"]["display"]["en"]
        for row in told(world)
        if row["object"]["definition"]["name"]["en"] == "Checklist"
    ] == ["scored"]


@pytest.mark.parametrize(("fridge", "verb"), [("met", "passed"), ("not_yet", "failed")])
def test_an_observation_of_everything_has_an_outcome(world, link, tomas, meera, fridge, verb):
    observe(meera, tomas, all_met(fridge=fridge))

    whole = [
        row
        for row in told(world)
        if row["object"]["definition"]["name"]["en"] == "Checklist"
        and row["verb"]["display"]["en"] in ("passed", "failed")
    ]
    assert [row["verb"]["display"]["en"] for row in whole] == [verb]
    assert [violations(row) for row in whole] == [[]]
    assert list(whole[0]["context"]["extensions"].values()) == [0]
