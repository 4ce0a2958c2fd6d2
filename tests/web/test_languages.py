"""Readers change the language where they are; the choice stays with them."""

import pytest

from config.settings import LANGUAGES
from tests.cast import ONE_ENGINE

pytestmark = ONE_ENGINE


@pytest.fixture
def reader(tomas, link):
    tomas.launch(link)
    return tomas


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_language_can_be_chosen(reader, code):
    reader.post("pages.set_language", {"lang": code})

    assert f'<html lang="{code}"' in reader.get("logbook.home").text


def test_the_choice_wins_over_the_platforms_language_at_the_next_launch(world, reader, link):
    reader.post("pages.set_language", {"lang": "sv"})
    world.cast.tomas.locale = "fr"

    assert '<html lang="sv"' in reader.launch(link).text


@pytest.mark.parametrize("code", ["", "xx", "en_GB", "../en", "x" * 10_000, "\u00e9"])
def test_a_language_we_do_not_have_changes_nothing(reader, code):
    answer = reader.post("pages.set_language", {"lang": code})

    assert answer.status_code == 303
    assert '<html lang="en"' in reader.get("logbook.home").text


def test_the_reader_stays_on_the_page(reader):
    page = reader.url("logbook.home") + "?q=a"

    answer = reader.post("pages.set_language", {"lang": "fi", "next": page})

    assert answer.location == page


@pytest.mark.parametrize(
    "target",
    [
        "",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/lti/login",
        "/l/00000000-0000-0000-0000-000000000000/",
        "{home}\r\nSet-Cookie: a=b",
        "{home}\nX: y",
        "{home}../../lti/login",
        "{home}people/switch",
        "{home}language",
        "{home}nowhere",
        "{home}logbook/?next=\r\n",
        "{home}" + "x" * 10_000,
        "{home}\u00e9",
    ],
)
def test_the_reader_is_sent_to_no_page_that_is_not_there(reader, target):
    home = reader.url("pages.home")

    answer = reader.post(
        "pages.set_language", {"lang": "fi", "next": target.replace("{home}", home)}
    )

    assert answer.status_code == 303
    assert "Set-Cookie: a" not in str(answer.headers)
    assert reader.get(answer.location).status_code == 200


def test_a_page_that_came_from_a_form_leads_back_to_one_that_can_be_opened(
    world, tutor, tomas, link
):
    tomas.launch(link)
    wrong = tutor.post("trainees.grade", {"given": "rubbish"}, person_id=tomas.person.id)
    assert wrong.status_code == 422
    back = wrong.text.split('name="next" value="')[1].split('"')[0]

    answer = tutor.post("pages.set_language", {"lang": "fi", "next": back})

    assert tutor.get(answer.location).status_code == 200


def test_a_page_without_a_launch_speaks_the_browsers_language(world):
    answer = world.app.test_client().get(
        "/lti/login", headers={"Accept-Language": "xx, sv-SE;q=0.9, en;q=0.1"}
    )

    assert '<html lang="sv"' in answer.text


@pytest.mark.parametrize("header", ["", "*", ";;;", "x" * 10_000, "en-\u00e9", "sv;q=nonsense"])
def test_an_odd_wish_for_a_language_does_no_harm(world, header):
    headers = {"Accept-Language": header.encode().decode("latin-1")}

    assert world.app.test_client().get("/nowhere", headers=headers).status_code == 404


@pytest.mark.parametrize("code", ["fi", "xx", "", "../x", "x" * 10_000])
def test_an_address_can_ask_for_a_language(world, code):
    answer = world.app.test_client().get("/nowhere", query_string={"lang": code})

    expected = code if code in LANGUAGES else "en"
    assert f'<html lang="{expected}"' in answer.text
