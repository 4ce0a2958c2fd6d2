"""A code to the mentor's own mailbox, where an activity asks for more than the link."""

from datetime import timedelta

import pytest

from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import MentorLink
from lti_tool.domain.courses import ActivitySetup
from lti_tool.domain.signing import Method, Signature
from lti_tool.services.mail_tokens import code_of


@pytest.fixture
def strict(bakery, gwen):
    """The logbook asks for a code."""
    bakery.set(ActivitySetup, {}, settings={"mentor_proof": "code"})
    return gwen


def link(bakery):
    return bakery.world.stored(MentorLink)[0]


def code(bakery):
    """The code as the mail has it."""
    key = bakery.world.settings.secret_key.get_secret_value()
    return code_of(link(bakery).id, link(bakery).code_expires_at, key)


def test_nothing_is_confirmed_before_the_code_was_typed(bakery, tomas, strict):
    record_id = bakery.entry(tomas)

    asked = strict.confirms(record_id, **{f"t-{record_id}": "Kept."})

    assert asked.status_code == 422
    assert 'name="code"' in asked.text
    assert "Kept." in asked.text
    assert bakery.world.stored(Signature) == []

    signed = strict.confirms(record_id, code=f" {code(bakery)[:3]} {code(bakery)[3:]}")

    assert signed.status_code == 303
    assert bakery.world.stored(Signature)[0].method is Method.MAIL_CODE


def test_after_five_wrong_codes_the_right_one_is_worth_nothing(bakery, tomas, strict):
    record_id = bakery.entry(tomas)
    strict.confirms(record_id)
    right = code(bakery)
    wrong = "000000" if right != "000000" else "111111"

    for _ in range(5):
        assert strict.confirms(record_id, code=wrong).status_code == 422

    assert strict.confirms(record_id, code=right).status_code == 422
    assert bakery.world.stored(Signature) == []


def test_a_code_is_good_for_ten_minutes(bakery, tomas, strict):
    record_id = bakery.entry(tomas)
    strict.confirms(record_id)
    old = code(bakery)
    bakery.set(MentorLink, {}, code_expires_at=utc_now() - timedelta(seconds=1))

    assert strict.confirms(record_id, code=old).status_code == 422


def test_a_code_typed_a_moment_ago_still_counts(bakery, tomas, strict):
    first, second = bakery.entry(tomas), bakery.entry(tomas)
    strict.confirms(first)
    strict.confirms(first, code=code(bakery))
    strict.looks()

    assert strict.confirms(second).status_code == 303
    assert {one.method for one in bakery.world.stored(Signature)} == {Method.MAIL_CODE}


def test_sending_back_needs_no_code(bakery, tomas, strict):
    record_id = bakery.entry(tomas)

    answer = strict.presses(f"return {record_id}", **{f"t-{record_id}": "Which bread?"})

    assert answer.status_code == 303


def test_the_code_is_stored_as_a_hash_only(bakery, tomas, strict):
    strict.confirms(bakery.entry(tomas))

    assert len(link(bakery).code_hash) == 64
    assert code(bakery) not in link(bakery).code_hash


def test_a_tutor_asks_for_the_code_in_the_settings(bakery, tilda):
    tilda.get("people.index")
    page = tilda.get("chooser.settings").text
    assert 'name="mentor_proof"' in page

    setup = bakery.world.setup_of(bakery.link)
    form = {"title": setup.title, "graded": "no", "settings-required_entries": "3"}
    tilda.post("chooser.save_settings", form | {"mentor_proof": "code"})

    assert bakery.world.setup_of(bakery.link).settings["mentor_proof"] == "code"
    tilda.post("chooser.save_settings", form)
    assert bakery.world.setup_of(bakery.link).settings["mentor_proof"] == "code"
