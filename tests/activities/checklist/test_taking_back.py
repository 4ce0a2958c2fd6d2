"""Taking an observation back: what it leaves of the mark, and what the LRS hears."""

from sqlalchemy import update

from lti_tool.domain.records import Record
from lti_tool.domain.signing import Signature
from lti_tool.outbox.models import Delivery
from tests.activities.checklist.observing import (
    CRITERIA,
    all_met,
    newest_grade,
    observe,
    said,
    told,
)


def test_an_observation_that_was_taken_back_counts_no_more_and_stays_in_sight(
    world, link, tomas, meera, tilda
):
    observe(meera, tomas, all_met())
    record_id = observe(meera, tomas, said(hands="not_yet"))
    assert newest_grade(world) == 87.5

    form = {"reason": "It was somebody else at the sink."}
    back = meera.post("checklist.take_back", form, record_id=record_id)

    assert back.status_code == 303
    assert newest_grade(world) == 100
    tomas.get("checklist.show", record_id=record_id)
    assert "taken back on" in tomas.text
    assert "It was somebody else at the sink." in tomas.text
    tilda.get("checklist.show_trainee", person_id=tomas.person.id)
    assert "taken back" in tilda.text


def test_what_the_lrs_was_told_of_an_observation_is_voided_with_it(world, link, tomas, meera):
    record_id = observe(meera, tomas, all_met(fridge="not_yet"))
    with world.database.transaction() as session:
        session.execute(update(Delivery).where(Delivery.kind == "statement").values(tries=1))
    said_of_it = [
        one["id"] for one in told(world) if one["verb"]["display"]["en"] in ("passed", "failed")
    ]
    assert len(said_of_it) == len(CRITERIA) + 1, "each line, and the whole"

    meera.post("checklist.take_back", {"reason": "Not Tomas."}, record_id=record_id)

    voided = [one for one in told(world) if one["verb"]["display"]["en"] == "voided"]
    assert [one["object"]["id"] for one in voided] == said_of_it


GROUND_IS_GONE = "What this grade came from was taken back."


def test_a_grade_whose_only_observation_was_taken_back_says_so_and_is_not_sent_as_nought(
    world, link, tomas, meera, tilda
):
    record_id = observe(meera, tomas, all_met(fridge="not_yet"))
    before = [delivery.id for delivery in world.deliveries("score")]

    meera.post("checklist.take_back", {"reason": "Not Tomas."}, record_id=record_id)

    assert newest_grade(world) == 87.5
    assert [delivery.id for delivery in world.deliveries("score")] == before
    tomas.get("checklist.home")
    assert GROUND_IS_GONE in tomas.text
    assert "until a tutor gives another one" in tomas.text
    tilda.get("checklist.show_trainee", person_id=tomas.person.id)
    assert GROUND_IS_GONE in tilda.text
    assert "until you give another one" in tilda.text
    tilda.get("trainees.index")
    assert GROUND_IS_GONE in tilda.text


def test_a_tutors_grade_and_a_new_observation_both_give_the_mark_its_ground_again(
    world, link, tomas, meera, tilda
):
    record_id = observe(meera, tomas, all_met())
    meera.post("checklist.take_back", {"reason": "Not Tomas."}, record_id=record_id)

    observe(tilda, tomas, all_met())
    tilda.get("checklist.show_trainee", person_id=tomas.person.id)
    assert GROUND_IS_GONE not in tilda.text

    form = {"given": "40", "comment": "", "seen_number": "1"}
    assert tilda.post("trainees.grade", form, person_id=tomas.person.id).status_code == 303
    newest = max(world.stored(Record), key=lambda record: record.created_at)
    tilda.post("checklist.take_back", {"reason": "Wrong day."}, record_id=str(newest.id))
    tilda.get("checklist.show_trainee", person_id=tomas.person.id)
    assert GROUND_IS_GONE not in tilda.text
    assert newest_grade(world) == 40


def test_while_another_observation_stands_the_mark_is_worked_out_from_it(
    world, link, tomas, meera, tilda
):
    observe(tilda, tomas, said(hands="met", fridge="not_yet"))
    record_id = observe(meera, tomas, all_met())

    meera.post("checklist.take_back", {"reason": "Not Tomas."}, record_id=record_id)

    tomas.get("checklist.home")
    assert GROUND_IS_GONE not in tomas.text
    assert newest_grade(world) == 12.5


def test_only_the_observer_takes_an_observation_back_and_only_with_a_reason(
    world, link, tomas, meera, tilda
):
    record_id = observe(meera, tomas, all_met())

    without = meera.post("checklist.take_back", {"reason": " "}, record_id=record_id)
    by_another = tilda.post("checklist.take_back", {"reason": "x y z"}, record_id=record_id)
    by_the_trainee = tomas.post("checklist.take_back", {"reason": "x y z"}, record_id=record_id)

    codes = [answer.status_code for answer in (without, by_another, by_the_trainee)]
    assert codes == [422, 409, 403]
    assert "Write the reason." in without.text
    assert len(world.stored(Signature)) == 1
