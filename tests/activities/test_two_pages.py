"""One draft on two pages, and a draft whose session has ended: no text is ever lost."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from lti_tool.domain.base import utc_now
from lti_tool.domain.records import Record, RecordState
from lti_tool.domain.sessions import LaunchSession

DAY = {"practised_on": "2026-11-12", "duration_minutes": "30"}
FIRST, SECOND = "The text of the first page.", "The text of the second page."


@pytest.fixture
def record_id(world, tomas):
    tomas.launch(world.place("logbook"))
    id = uuid4()
    tomas.post("logbook.start", record_id=id)
    return id


def opens(player, record_id, endpoint="logbook.edit"):
    """Open the form once more; return the hidden fields of this very page."""
    page = player.get(endpoint, record_id=record_id).text
    return {
        name: re.search(f'name="{name}" value="([^"]*)"', page).group(1)
        for name in ("draft_page", "draft_seen", "draft_token")
    }


def saves(player, record_id, page, text, **more):
    form = page | DAY | {"text-topics": text} | more
    return player.post("pages.autosave", form, record_id=record_id)


def stored(world, record_id):
    return world.stored(Record, id=record_id)[0]


def in_conflict(world, tomas, record_id):
    """Two pages that were opened at once; the first has saved. Return the second."""
    one, two = opens(tomas, record_id), opens(tomas, record_id)
    assert saves(tomas, record_id, one, FIRST).status_code == 200
    return two


def test_a_page_may_save_again_and_again(world, tomas, record_id):
    page = opens(tomas, record_id)
    for text in (FIRST, SECOND):
        assert saves(tomas, record_id, page, text).status_code == 200

    assert stored(world, record_id).draft["text-topics"] == [SECOND]


def test_a_second_page_overwrites_nothing(world, tomas, record_id):
    two = in_conflict(world, tomas, record_id)

    answer = saves(tomas, record_id, two, SECOND)

    assert answer.status_code == 409
    assert answer.json["conflict"] == stored(world, record_id).draft_number
    assert stored(world, record_id).draft["text-topics"] == [FIRST]


def test_a_page_that_was_opened_after_the_save_goes_on(world, tomas, record_id):
    in_conflict(world, tomas, record_id)
    later = opens(tomas, record_id)

    assert saves(tomas, record_id, later, SECOND).status_code == 200


@pytest.mark.parametrize(("keep", "shown"), [("mine", SECOND), ("other", FIRST)])
def test_whichever_text_is_chosen_the_other_is_kept_beside_it(world, tomas, record_id, keep, shown):
    two = in_conflict(world, tomas, record_id)
    number = saves(tomas, record_id, two, SECOND).json["conflict"]

    two["draft_seen"] = str(number)
    assert saves(tomas, record_id, two, SECOND, draft_keep=keep).status_code == 200

    page = tomas.get("logbook.edit", record_id=record_id).text
    assert FIRST in page
    assert SECOND in page
    assert f">\r\n{shown}</textarea>" in page
    assert "What you wrote on another page" in page
    assert stored(world, record_id).draft["text-topics"] == [shown]
    again = opens(tomas, record_id)
    saves(tomas, record_id, again, "And on it goes from here.")
    assert "What you wrote on another page" in tomas.get("logbook.edit", record_id=record_id).text


@pytest.mark.parametrize("endpoint", ["logbook.save", "logbook.submit"])
def test_without_scripts_both_texts_are_shown_with_a_way_on(world, tomas, record_id, endpoint):
    two = in_conflict(world, tomas, record_id)
    form = two | DAY | {"text-topics": SECOND}

    answer = tomas.post(endpoint, form, record_id=record_id)

    assert answer.status_code == 409
    assert FIRST in answer.text
    assert SECOND in answer.text
    assert stored(world, record_id).state is RecordState.DRAFT
    [mine] = [part for part in answer.text.split("</form>") if 'name="draft_keep"' in part]
    hidden = re.findall(r'name="([^"]+)" value="([^"]*)"', mine)
    assert dict(hidden)["draft_keep"] == "mine"
    again = form | {"draft_seen": dict(hidden)["draft_seen"], "draft_keep": "mine"}
    assert tomas.post(endpoint, again, record_id=record_id).status_code == 303


def test_without_scripts_the_other_text_can_be_chosen(world, tomas, record_id):
    two = in_conflict(world, tomas, record_id)
    back = tomas.url("logbook.edit", record_id=record_id)
    form = two | DAY | {"text-topics": SECOND, "next": back}

    answer = tomas.post("pages.show_other", form, follow=True, record_id=record_id)

    assert answer.request.path == back
    assert FIRST in answer.text
    assert SECOND in answer.text
    assert stored(world, record_id).draft["text-topics"] == [FIRST]


def test_nobody_is_led_out_of_the_launch(tomas, record_id):
    form = opens(tomas, record_id) | {"next": "https://elsewhere.example/"}

    answer = tomas.post("pages.show_other", form, record_id=record_id)

    assert answer.location == tomas.url("pages.home")


def end_session(world):
    with world.database.transaction() as session:
        session.execute(update(LaunchSession).values(expires_at=utc_now() - timedelta(minutes=1)))


def saves_late(world, record_id, page, text=SECOND, **more):
    """As the page does after its launch has ended: with no cookie at all."""
    form = page | DAY | {"text-topics": text} | more
    headers = {"Accept": "application/json"}
    return world.app.test_client().post(f"/drafts/{record_id}", data=form, headers=headers)


def test_a_draft_is_saved_after_the_session_has_ended(world, tomas, record_id):
    page = opens(tomas, record_id)
    end_session(world)
    assert saves(tomas, record_id, page, SECOND).status_code == 401

    answer = saves_late(world, record_id, page)

    assert answer.status_code == 200
    assert answer.json["message"] == "Saved. Open the activity from your course to go on."
    assert stored(world, record_id).draft["text-topics"] == [SECOND]
    assert not {"draft_token", "draft_page", "csrf_token"} & set(stored(world, record_id).draft)


def test_saving_late_overwrites_nothing_either(world, tomas, record_id):
    two = in_conflict(world, tomas, record_id)

    answer = saves_late(world, record_id, two)

    assert answer.status_code == 200
    page = tomas.get("logbook.edit", record_id=record_id).text
    assert FIRST in page
    assert SECOND in page


def test_a_submit_after_the_session_has_ended_keeps_the_text_as_a_draft(world, tomas, record_id):
    page = opens(tomas, record_id)
    end_session(world)

    answer = tomas.post("logbook.submit", page | DAY | {"text-topics": SECOND}, record_id=record_id)

    assert answer.status_code == 401
    assert "What you typed is saved." in answer.text
    assert SECOND in answer.text
    assert stored(world, record_id).state is RecordState.DRAFT
    assert stored(world, record_id).draft["text-topics"] == [SECOND]


def test_the_late_answer_shows_nothing_that_is_stored(world, tomas, record_id):
    page = opens(tomas, record_id)
    saves(tomas, record_id, page, FIRST)

    answers = [saves_late(world, record_id, page), saves_late(world, uuid4(), page)]

    assert all(FIRST not in answer.text and SECOND not in answer.text for answer in answers)


@pytest.mark.parametrize("spoilt", ["", "nonsense", "cut"])
def test_without_the_token_of_this_very_draft_nothing_is_saved(world, tomas, record_id, spoilt):
    page = opens(tomas, record_id)
    token = page["draft_token"][:-2] if spoilt == "cut" else spoilt

    answer = saves_late(world, record_id, page | {"draft_token": token})

    assert answer.status_code == 404
    assert stored(world, record_id).draft is None


def test_a_token_saves_no_other_draft(world, tomas, record_id):
    page = opens(tomas, record_id)
    other = uuid4()
    tomas.post("logbook.start", record_id=other)

    assert saves_late(world, other, page).status_code == 404
    assert stored(world, other).draft is None


def test_a_token_is_worth_nothing_once_the_entry_is_handed_in(world, tomas, record_id):
    page = opens(tomas, record_id)
    form = page | DAY | {"text-topics": FIRST}
    assert tomas.post("logbook.submit", form, record_id=record_id).status_code == 303

    assert saves_late(world, record_id, page).status_code == 409


def test_a_token_is_worth_nothing_after_a_day(world, tomas, record_id, monkeypatch):
    page = opens(tomas, record_id)
    monkeypatch.setattr("lti_tool.web.drafts.TOKEN_SECONDS", -1)

    assert saves_late(world, record_id, page).status_code == 404


def test_another_sites_page_saves_nothing(world, tomas, record_id):
    page = opens(tomas, record_id)
    headers = {"Sec-Fetch-Site": "cross-site"}

    client = world.app.test_client()
    answer = client.post(f"/drafts/{record_id}", data=page | DAY, headers=headers)

    assert answer.status_code == 404
    assert stored(world, record_id).draft is None


def test_two_pages_of_one_observation_overwrite_nothing_either(world, tomas, meera):
    from lti_tool.domain.roles import Role

    link = world.place("checklist", template="kitchen-hygiene")
    for player in (tomas, meera):
        player.launch(link)
    world.make(meera, Role.MENTOR)
    world.mentors(meera, tomas)
    id = uuid4()
    meera.post("checklist.start", {"record_id": str(id)}, person_id=tomas.person.id)
    one, two = (opens(meera, id, "checklist.observe") for _ in range(2))
    first = {"observed_on": "2026-11-12", "o-hands": "met", "comment": FIRST}
    assert meera.post("pages.autosave", one | first, record_id=id).status_code == 200

    answer = meera.post("checklist.keep", two | first | {"comment": SECOND}, record_id=id)

    assert answer.status_code == 409
    assert FIRST in answer.text
    assert SECOND in answer.text
    assert stored(world, id).draft["comment"] == [FIRST]
