"""The checklist in the browser of observer, trainee and tutor, through real launches."""

import re
from uuid import uuid4

import pytest

from activities.checklist.models import KIND, ChecklistObservation, Judgement, Outcome
from lti_tool.domain.grading import Grade
from lti_tool.domain.records import Record, RecordState, Revision
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Decision, Signature
from tests.activities.checklist.observing import (
    CRITERIA,
    SECRET,
    TODAY,
    all_met,
    newest_grade,
    observe,
    said,
    signing,
    start,
)


def test_a_mentor_observes_and_signs(world, link, tomas, meera):
    record_id = observe(meera, tomas, said(hands="met", fridge="not_yet"))

    assert "Observation signed." in meera.text
    (signature,) = world.stored(Signature)
    assert signature.decision is Decision.OBSERVED
    assert signature.role == "mentor"
    assert signature.revision_sha256 == world.stored(Revision)[0].sha256
    (signed,) = world.stored(ChecklistObservation)
    assert (str(signed.record_id), signed.observed_on) == (record_id, TODAY)
    judged = {row.criterion_id: row.outcome for row in world.stored(Judgement)}
    assert judged == dict.fromkeys(CRITERIA, Outcome.NOT_SEEN) | {
        "hands": Outcome.MET,
        "fridge": Outcome.NOT_YET,
    }


def test_a_tutor_may_observe_too(world, link, tomas, tilda):
    observe(tilda, tomas, said(hands="met"))

    assert world.stored(Signature)[0].role == "tutor"


def test_signing_twice_makes_one_signature(world, link, tomas, meera):
    record_id = start(meera, tomas)
    meera.post("checklist.keep", all_met(), follow=True, record_id=record_id)
    form = signing(meera)

    answers = [meera.post("checklist.sign", form, record_id=record_id) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(world.stored(Signature)) == 1
    assert len(world.stored(Grade)) == 1


def test_a_signed_observation_cannot_be_changed(world, link, tomas, meera):
    record_id = observe(meera, tomas, said(hands="met"))

    kept = meera.post("checklist.keep", all_met(), record_id=record_id)
    saved = meera.post("pages.autosave", {"comment": SECRET}, record_id=record_id)

    assert kept.headers["Location"].endswith("/signed")
    assert saved.status_code == 409
    assert len(world.stored(Revision)) == 1
    assert newest_grade(world) == 12.5


def test_what_was_changed_in_another_tab_is_shown_again_before_signing(world, link, tomas, meera):
    record_id = start(meera, tomas)
    meera.post("checklist.keep", said(hands="met"), follow=True, record_id=record_id)
    old = signing(meera)
    meera.post("pages.autosave", said(hands="not_yet"), record_id=record_id)

    answer = meera.post("checklist.sign", old, record_id=record_id)

    assert answer.status_code == 409
    assert "The observation was changed" in meera.text
    assert world.stored(Signature) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"observed_on": "someday"}, "Give the day on which you saw it."),
        ({"observed_on": "2999-01-01"}, "The day cannot lie in the future"),
        ({"o-hands": "not_seen"}, "Say of at least one point whether it was met."),
        ({"o-hands": "brilliant"}, "Choose one of the three."),
    ],
)
def test_what_cannot_be_used_is_said_and_the_typed_text_is_kept(
    link, tomas, meera, changes, message
):
    record_id = start(meera, tomas)
    form = said(hands="met") | {"comment": SECRET, "c-fridge": "seven degrees"} | changes

    answer = meera.post("checklist.keep", form, record_id=record_id)

    assert answer.status_code == 422
    assert message in meera.text
    assert "There is a problem" in meera.text
    meera.get("checklist.observe", record_id=record_id)
    assert SECRET in meera.page.text
    assert "seven degrees" in meera.page.text


def test_an_unready_draft_cannot_be_signed(world, link, tomas, meera):
    record_id = start(meera, tomas)

    answer = meera.post("checklist.sign", {"seen": "0", "capacity": "saw_it"}, record_id=record_id)

    assert answer.status_code == 422
    assert world.stored(Record, kind=KIND)[0].state is RecordState.DRAFT


def test_not_seen_is_chosen_to_begin_with(link, tomas, meera):
    record_id = start(meera, tomas)

    meera.get("checklist.observe", record_id=record_id)

    chosen = re.findall(r'<input type="radio"[^>]*value="(\w+)"[^>]* checked', meera.page.text)
    assert chosen == ["not_seen"] * 8


def test_a_draft_is_its_authors_alone(link, tomas, meera, tilda):
    record_id = start(meera, tomas)
    meera.post("pages.autosave", said(hands="met") | {"comment": SECRET}, record_id=record_id)

    tilda.get("checklist.show_trainee", person_id=tomas.person.id)
    tomas.get("checklist.home")

    assert "have not signed it" not in tilda.text
    assert SECRET not in tilda.page.text + tomas.page.text
    assert tilda.get("checklist.observe", record_id=record_id).status_code == 404
    assert tomas.get("checklist.show", record_id=record_id).status_code == 404
    meera.get("checklist.show_trainee", person_id=tomas.person.id)
    assert "have not signed it" in meera.text


def test_the_trainee_reads_a_signed_observation_with_its_comments(link, tomas, meera):
    form = said(hands="met", fridge="not_yet") | {"c-fridge": "Seven degrees", "comment": "Good"}
    record_id = observe(meera, tomas, form)

    tomas.get("checklist.show", record_id=record_id)

    assert tomas.page.status_code == 200
    assert "Seven degrees" in tomas.text
    assert "Meera" in tomas.text


def test_a_trainee_can_neither_begin_nor_sign_an_observation(world, link, tomas, meera):
    record_id = start(meera, tomas)

    begun = tomas.post("checklist.start", {"record_id": str(uuid4())}, person_id=tomas.person.id)
    signed = tomas.post("checklist.sign", {"seen": "0", "capacity": "saw_it"}, record_id=record_id)

    assert (begun.status_code, signed.status_code) == (403, 403)
    assert len(world.stored(Record, kind=KIND)) == 1


def test_nobody_observes_themselves_even_after_a_change_of_role(world, link, tomas, tilda):
    observe(tilda, tomas, said(hands="met"))
    world.make(tomas, Role.TUTOR)

    answer = tomas.post("checklist.start", {"record_id": str(uuid4())}, person_id=tomas.person.id)

    assert answer.status_code in (403, 404)
    assert len(world.stored(Record, kind=KIND)) == 1


def test_a_mentor_observes_only_own_trainees(world, link, tomas, meera, nils):
    nils.launch(link)
    world.make(nils, Role.MENTOR)
    record_id = observe(meera, tomas, said(hands="met"))

    assert nils.get("checklist.show_trainee", person_id=tomas.person.id).status_code == 404
    begun = nils.post("checklist.start", {"record_id": str(uuid4())}, person_id=tomas.person.id)
    assert begun.status_code == 404
    assert nils.get("checklist.show", record_id=record_id).status_code == 404


def test_a_trainee_of_another_course_reaches_nothing(world, link, tomas, meera, otto):
    record_id = observe(meera, tomas, said(hands="met"))
    otto.launch(world.place("checklist", course=world.cast.other_course))

    assert otto.get("checklist.show", record_id=record_id).status_code == 404
    assert (
        otto.post(
            "checklist.sign", {"seen": "0", "capacity": "saw_it"}, record_id=record_id
        ).status_code
        == 403
    )


def test_the_tutor_sees_outcomes_with_day_and_observer(link, tomas, meera, tilda):
    observe(meera, tomas, said(hands="met", fridge="not_yet"))

    tilda.get("checklist.show_trainee", person_id=tomas.person.id)

    row = re.search(r"Reads the fridge.*?Puts on|Reads the fridge.*?Keeps raw", tilda.text).group()
    assert "Not yet" in row
    assert "Meera" in row
    assert "12.5 of 100" in tilda.text


def test_the_tutors_table_says_where_a_trainee_stands(link, tomas, meera, tilda):
    observe(meera, tomas, said(hands="met", fridge="not_yet"))

    tilda.get("trainees.index")

    assert "1 of 8 points met, one observation" in tilda.text


def test_a_form_opened_twice_makes_one_observation(world, link, tomas, meera):
    form = {"record_id": str(uuid4())}

    for _ in range(2):
        meera.post("checklist.start", form, person_id=tomas.person.id)

    assert len(world.stored(Record, kind=KIND)) == 1
