"""A trainee hands the phone over: the mentor's word, on the learner's device, with a receipt."""

import re

import pytest

from lti_tool.domain.records import Move, RecordState
from lti_tool.domain.signing import Method, Signature
from tests.mentors.conftest import GWEN


@pytest.fixture
def entry(bakery, tomas, mail_on):
    bakery.name(tomas)
    return bakery.entry(tomas)


def form(page, **typed):
    hidden = dict(re.findall(r'name="(seen_sha256|said)"[^>]*value="([^"]*)"', page.text))
    (mentor,) = re.findall(r'type="radio" name="mentor"[^>]*\s+value="([^"]+)"', page.text)
    return hidden | {"mentor": mentor} | typed


def hands_over(tomas, record_id, **typed):
    tomas.get("logbook.show_entry", record_id=record_id)
    assert "Hand the phone to your mentor" in tomas.text
    page = tomas.get("handover.show", record_id=record_id)
    return tomas.post("handover.sign", form(page, **typed), record_id=record_id)


def test_the_mentor_confirms_on_the_trainees_phone(bakery, tomas, tilda, entry):
    answer = hands_over(tomas, entry, do="confirm", capacity="saw_it")

    assert answer.status_code == 303
    (signature,) = bakery.world.stored(Signature)
    assert signature.method is Method.HANDOVER
    assert signature.signer_id == bakery.contact().person_id
    assert signature.flags == []
    (mail,) = [m for m in bakery.world.deliveries("mail") if m.payload["template"] == "receipt"]
    assert mail.payload["signature_id"] == str(signature.id)
    tilda.get("logbook.show_entry", record_id=entry)
    assert "On the learner's device, receipt not sent yet" in tilda.text


def test_without_a_capacity_or_a_choice_nothing_is_signed(bakery, tomas, entry):
    codes = [hands_over(tomas, entry, do=do).status_code for do in ("confirm", "return", "")]

    assert codes == [422, 422, 422]
    assert bakery.world.stored(Signature) == []


def test_other_words_than_those_above_the_button_are_not_signed(bakery, tomas, entry):
    page = tomas.get("handover.show", record_id=entry)
    typed = form(page, do="confirm", capacity="saw_it") | {"said": "0" * 64}

    assert tomas.post("handover.sign", typed, record_id=entry).status_code == 409
    assert bakery.world.stored(Signature) == []


def test_the_mentor_sends_back_or_says_it_is_not_theirs(bakery, tomas, entry):
    other = bakery.entry(tomas)

    hands_over(tomas, entry, do="return", comment="Which bread?")
    hands_over(tomas, other, do="not-mine")

    assert bakery.record(entry).state is RecordState.RETURNED
    assert [move.record_id for move in bakery.world.stored(Move)] == [other]


def test_there_is_nobody_to_hand_the_phone_to_without_an_approved_address(
    bakery, tomas, entry, tilda
):
    bakery.set(type(bakery.contact()), {}, approved_at=None)

    tomas.get("logbook.show_entry", record_id=entry)

    assert "Hand the phone" not in tomas.text
    assert tomas.get("handover.show", record_id=entry).status_code == 404


def test_a_trainee_cannot_sign_as_somebody_else(bakery, tomas, tilda, entry):
    page = tomas.get("handover.show", record_id=entry)
    typed = form(page, do="confirm", capacity="saw_it") | {"mentor": str(tilda.person.id)}

    assert tomas.post("handover.sign", typed, record_id=entry).status_code == 422
    assert bakery.world.stored(Signature) == []


def test_what_is_decided_is_handed_over_no_more(bakery, tomas, entry):
    page = tomas.get("handover.show", record_id=entry)
    typed = form(page, do="confirm", capacity="told")
    tomas.post("handover.sign", typed, record_id=entry)

    assert tomas.post("handover.sign", typed, record_id=entry).status_code == 404
    assert len(bakery.world.stored(Signature)) == 1
    assert GWEN.name == bakery.world.stored(Signature)[0].signer_name
