"""A form counts only if it comes from a page of this very launch."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from lti_tool.domain.people import Person
from lti_tool.domain.roles import Role
from tests.cast import Player
from tests.web.found_forms import crawl


def is_refused(answer):
    return answer.status_code == 400 and "did not come from a page of this activity" in answer.text


def language_of(player):
    with player.world.database.reading() as session:
        query = select(Person.chosen_locale).where(Person.id == player.person.id)
        return session.scalar(query)


def change_language(player, **kwargs):
    path = player.url("pages.set_language")
    return player.client.post(path, data={"lang": "cy", "csrf_token": player.csrf}, **kwargs)


@pytest.fixture
def reader(tomas, link):
    """Tomas, with a page open that carries the token."""
    tomas.launch(link)
    tomas.get("logbook.home")
    assert tomas.csrf
    return tomas


def test_a_form_of_ones_own_page_is_taken(reader):
    assert change_language(reader).status_code == 303
    assert language_of(reader) == "cy"


@pytest.mark.parametrize("token", ["", "made-up", "0" * 64, "x" * 10_000, "\u00e9"])
def test_a_form_without_the_token_is_refused(reader, token):
    reader.csrf = token

    assert is_refused(change_language(reader))
    assert language_of(reader) is None


def test_the_token_of_another_tab_is_refused(reader, link):
    other = Player(reader.world, reader.sub, reader.client)
    other.launch(link)
    other.get("logbook.home")
    assert other.csrf != reader.csrf
    reader.csrf = other.csrf

    assert is_refused(change_language(reader))


def test_the_token_of_another_person_is_refused(reader, meera, link):
    meera.launch(link)
    reader.csrf = meera.csrf

    assert is_refused(change_language(reader))


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_a_form_that_another_site_sends_is_refused_even_with_the_token(reader, site):
    assert is_refused(change_language(reader, headers={"Sec-Fetch-Site": site}))
    assert language_of(reader) is None


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_form_that_the_browser_vouches_for_is_taken(reader, site):
    assert change_language(reader, headers={"Sec-Fetch-Site": site}).status_code == 303


@pytest.mark.parametrize("token", ["", "\u00e9", "x" * 5000])
def test_a_script_needs_the_token_too(reader, token):
    headers = {"X-CSRF-Token": token.encode().decode("latin-1")}

    answer = reader.client.post(
        reader.url("pages.autosave", record_id=uuid4()), data={"a": "b"}, headers=headers
    )

    assert is_refused(answer)


def test_a_script_with_the_token_is_let_in(reader):
    id = uuid4()
    reader.post("logbook.start", record_id=id)

    answer = reader.client.post(
        reader.url("pages.autosave", record_id=id),
        data={"text-topics": "Rye"},
        headers={"X-CSRF-Token": reader.csrf},
    )

    assert answer.status_code == 200
    assert answer.json["saved_at"]


def test_every_form_of_every_page_carries_the_token(world, tutor, tomas, link):
    """Crawl what a tutor and a trainee see; each posting form must have the field."""
    tomas.launch(link)
    seen = []
    for player in (tutor, tomas):
        for path, _led_to, page in crawl(player):
            forms = page.split("<form")[1:]
            posting = [form.split("</form>")[0] for form in forms if 'method="post"' in form[:300]]
            assert all('name="csrf_token"' in form for form in posting), path
            seen += posting
    assert len(seen) > 10


def test_a_role_cannot_be_taken_by_a_foreign_form(world, tutor, tomas, link):
    tomas.launch(link)
    path = tutor.url("people.set_role", person_id=tomas.person.id)

    answer = tutor.client.post(path, data={"role": "tutor", "csrf_token": tomas.csrf})

    assert is_refused(answer)
    assert tomas.role is not Role.TUTOR
