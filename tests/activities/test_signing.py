"""Signing in a launch: how the signer knows, and the very words and language they saw."""

import html
import re
from uuid import uuid4

import pytest

from lti_tool.domain.records import Record
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Capacity, Signature
from lti_tool.sdk import RecordState

ENTRY = {"practised_on": "2026-11-12", "duration_minutes": "30", "text-topics": "Rye bread."}


@pytest.fixture
def entry(world, tomas, meera, tilda):
    """The id of an entry of Tomas's that waits for Meera."""
    link = world.place("logbook")
    for player in (tilda, tomas, meera):
        player.launch(link)
    for player, role in ((tilda, Role.TUTOR), (meera, Role.MENTOR)):
        world.make(player, role)
    world.mentors(meera, tomas)
    meera.post("pages.set_language", {"lang": "en"})
    id = uuid4()
    tomas.post("logbook.start", record_id=id)
    assert tomas.post("logbook.submit", ENTRY, record_id=id).status_code == 303
    return id


@pytest.fixture
def observation(world, tomas, meera):
    """The id of an observation of Tomas that Meera has checked and not signed."""
    link = world.place("checklist", template="kitchen-hygiene")
    for player in (tomas, meera):
        player.launch(link)
    world.make(meera, Role.MENTOR)
    world.mentors(meera, tomas)
    meera.post("pages.set_language", {"lang": "en"})
    id = uuid4()
    meera.post("checklist.start", {"record_id": str(id)}, person_id=tomas.person.id)
    judged = {"observed_on": "2026-11-12", "o-hands": "met"}
    assert meera.post("checklist.keep", judged, record_id=id).status_code == 303
    meera.get("checklist.check", record_id=id)
    return id


def carried(page):
    """What the hidden fields of a page for signing hold."""
    tags = re.findall(r'<input[^>]*type="hidden"[^>]*>', page.text)
    names = ("seen", "seen_sha256", "shown_locale")
    return {
        name: re.search(r'value="([^"]*)"', tag)[1]
        for tag in tags
        for name in names
        if f'name="{name}"' in tag
    }


def words(page):
    """The statement on the page, as a reader sees it."""
    text = re.search(r'class="warning-text".*?<strong>(.*?)</strong>', page.text, re.S)[1]
    return html.unescape(text)


def test_no_answer_to_how_one_knows_is_chosen_beforehand(entry, meera):
    page = meera.get("logbook.show_entry", record_id=entry).text

    answers = re.findall(r'<input[^>]*name="capacity"[^>]*>', page)
    assert len(answers) == 3
    assert not [answer for answer in answers if "checked" in answer]


def test_confirming_needs_an_answer_to_how_one_knows(world, entry, meera):
    form = carried(meera.get("logbook.show_entry", record_id=entry)) | {"comment": "Well done."}

    answer = meera.post("logbook.countersign", form, record_id=entry)

    assert answer.status_code == 422
    assert "Say how you know." in answer.text
    assert "Well done." in answer.text
    assert world.stored(Record, id=entry)[0].state is RecordState.SUBMITTED


@pytest.mark.parametrize("answer", ["", "guessed"])
def test_an_observation_is_not_signed_without_saying_how_one_knows(
    world, observation, meera, answer
):
    form = carried(meera.page) | {"capacity": answer}

    refused = meera.post("checklist.sign", form, record_id=observation)

    assert refused.status_code == 422
    assert "Say how you know." in refused.text or "Not a valid choice." in refused.text
    assert world.stored(Signature) == []


def test_sending_back_needs_no_answer_to_how_one_knows(world, entry, meera):
    form = carried(meera.get("logbook.show_entry", record_id=entry)) | {"comment": "Which oven?"}

    assert meera.post("logbook.send_back", form, record_id=entry).status_code == 303

    [signature] = world.stored(Signature)
    assert signature.capacity is None
    assert signature.wording == "I ask the trainee to change this."


def test_the_words_that_were_on_the_page_are_kept_with_the_answer(world, entry, meera):
    page = meera.get("logbook.show_entry", record_id=entry)
    form = carried(page) | {"capacity": "saw_result"}

    assert meera.post("logbook.countersign", form, record_id=entry).status_code == 303

    [signature] = world.stored(Signature)
    assert signature.capacity is Capacity.SAW_RESULT
    assert signature.wording == f"{words(page)} How I know: I saw the result."
    assert "How I know" in page.text
    assert "I saw the result" in page.text


def test_what_is_signed_is_in_the_language_of_the_page_it_was_read_on(world, entry, meera):
    """Another tab may change the language between reading and signing."""
    page = meera.get("logbook.show_entry", record_id=entry)
    form = carried(page) | {"capacity": "told"}
    meera.post("pages.set_language", {"lang": "cy"})

    assert meera.post("logbook.countersign", form, record_id=entry).status_code == 303

    [signature] = world.stored(Signature)
    assert signature.locale == "en"
    assert signature.wording.startswith(words(page))


def test_a_page_in_welsh_is_signed_in_welsh(world, entry, meera):
    meera.post("pages.set_language", {"lang": "cy"})
    page = meera.get("logbook.show_entry", record_id=entry)
    form = carried(page) | {"capacity": "saw_it"}

    assert meera.post("logbook.countersign", form, record_id=entry).status_code == 303

    [signature] = world.stored(Signature)
    assert signature.locale == "cy"
    assert signature.wording.startswith(words(page))


def test_a_language_that_nobody_speaks_does_no_harm(world, entry, meera):
    form = carried(meera.get("logbook.show_entry", record_id=entry)) | {"capacity": "saw_it"}

    odd = form | {"shown_locale": "xx-\n"}
    assert meera.post("logbook.countersign", odd, record_id=entry).status_code == 303

    assert world.stored(Signature)[0].locale == "en"


def test_an_observation_keeps_the_words_and_the_answer(world, observation, meera):
    form = carried(meera.page) | {"capacity": "saw_it"}

    assert meera.post("checklist.sign", form, record_id=observation).status_code == 303

    [signature] = world.stored(Signature)
    assert signature.capacity is Capacity.SAW_IT
    assert signature.wording.startswith("I sign with my name that it is as written here.")
    assert signature.wording.endswith("How I know: I saw it.")
