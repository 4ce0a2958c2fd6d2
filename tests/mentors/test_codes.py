"""A code to the mentor's own mailbox, where an activity asks for more than the link."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import MentorLink
from lti_tool.domain.courses import ActivitySetup
from lti_tool.domain.signing import Method, Signature
from lti_tool.services.mail_tokens import code_of
from tests.mentors.conftest import Gwen
from tests.mentors.test_observing import link_id, observes, opens


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


@pytest.fixture
def observer(bakery, tomas, world):
    """Gwen, who opened a checklist that asks for a code, in a browser of hers."""
    hygiene = world.place("checklist", title="Hygiene", template="kitchen-hygiene")
    tomas.launch(hygiene)
    bakery.name(tomas)
    bakery.set(ActivitySetup, {"kind": "checklist"}, settings={"mentor_proof": "code"})
    gwen = Gwen(bakery)
    gwen.client = world.app.test_client()
    _answer, player = opens(gwen, link_id(bakery, hygiene))
    player.hygiene = hygiene
    return player


def sign_again(player, asked, **typed):
    """Press once more on the page that asked for the code."""
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', asked.text).group(1)
    path = re.search(r'action="([^"]+/sign)"', asked.text).group(1)
    return player.post(path, {"seen": seen, "capacity": "saw_it", **typed})


def test_an_observation_by_mail_is_not_signed_before_the_code_was_typed(bakery, tomas, observer):
    asked = observes(observer, tomas)

    assert asked.status_code == 422
    assert 'name="code"' in asked.text
    assert "We mailed you a code" in asked.text
    assert bakery.world.stored(Signature) == []

    wrong = sign_again(observer, asked, code="000 00")
    assert "This is not the code." in wrong.text

    signed = sign_again(observer, asked, code=f"{code(bakery)[:3]} {code(bakery)[3:]}")

    assert signed.status_code == 303
    [signature] = bakery.world.stored(Signature)
    assert signature.method is Method.MAIL_CODE


def test_five_wrong_codes_end_the_code_of_an_observation_too(bakery, tomas, observer):
    asked = observes(observer, tomas)
    right = code(bakery)
    for _ in range(5):
        assert sign_again(observer, asked, code="12345").status_code == 422

    assert sign_again(observer, asked, code=right).status_code == 422
    assert bakery.world.stored(Signature) == []


def test_looking_at_an_observation_before_signing_mails_no_code(bakery, tomas, observer):
    begun = observer.post("checklist.start", {"record_id": str(uuid4())}, person_id=tomas.person.id)
    record_id = re.search(r"/observations/([0-9a-f-]{36})", begun.location).group(1)

    page = observer.get("checklist.observe", record_id=record_id)
    observer.get("checklist.check", record_id=record_id)

    assert 'name="code"' not in page.text
    assert link(bakery).code_hash is None


def test_an_observer_from_the_course_needs_no_code(bakery, tomas, tilda, observer):
    tilda.launch(observer.hygiene)

    assert observes(tilda, tomas).status_code == 303
    assert bakery.world.stored(Signature)[0].method is Method.LAUNCH


def test_a_logbook_opened_from_the_mail_asks_for_the_code_too(bakery, tomas, gwen, world):
    """Its own pages must be no way around the code that the list asks for."""
    record_id = bakery.entry(tomas)
    bakery.set(ActivitySetup, {}, settings={"mentor_proof": "code"})
    gwen.client = world.app.test_client()
    _answer, player = opens(gwen, link_id(bakery, bakery.link))
    seen = re.search(
        r'name="seen_sha256"[^>]*value="([0-9a-f]+)"',
        player.get("logbook.show_entry", record_id=record_id).text,
    ).group(1)
    form = {"seen_sha256": seen, "capacity": "saw_it", "shown_locale": "en"}

    asked = player.post("logbook.countersign", form, record_id=record_id)

    assert asked.status_code == 422
    assert 'name="code"' in asked.text
    assert bakery.world.stored(Signature) == []
    form["code"] = code(bakery)
    assert player.post("logbook.countersign", form, record_id=record_id).status_code == 303
    assert bakery.world.stored(Signature)[0].method is Method.MAIL_CODE


def test_where_a_code_is_asked_for_the_phone_is_not_handed_over(bakery, tomas, gwen, mail_on):
    record_id = bakery.entry(tomas)
    tomas.launch(bakery.link)
    assert tomas.get("handover.show", record_id=record_id).status_code == 200

    bakery.set(ActivitySetup, {}, settings={"mentor_proof": "code"})

    assert tomas.get("handover.show", record_id=record_id).status_code == 404
    page = tomas.get("logbook.show_entry", record_id=record_id)
    assert "Hand the phone to your mentor" not in page.text


def test_a_tutor_asks_for_the_code_of_a_checklist_too(bakery, tilda, observer, world):
    setup = next(one for one in world.stored(ActivitySetup) if one.kind == "checklist")
    assert setup.settings["mentor_proof"] == "code"
    tilda.launch(observer.hygiene)

    assert 'name="mentor_proof"' in tilda.get("chooser.settings").text
