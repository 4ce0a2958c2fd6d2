"""Whatever stands in names, titles and texts is shown as typed, and never runs."""

import html
import re
from urllib.parse import quote
from uuid import uuid4

import pytest

from lti_tool.domain.roles import Role

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{7*7}}&lt;b&gt;"
RAW = ("<script>alert", "<img src=x", "onerror=alert(1)>\"'")
TYPED = {"practised_on": "2026-11-20", "duration_minutes": "30", "text-topics": EVIL}


def bent(claims):
    """Everything in a message that somebody could have typed into the platform."""
    lti = "https://purl.imsglobal.org/spec/lti/claim/"
    claims["name"] = f"{claims['given_name']} {EVIL}"
    claims["email"] = EVIL
    claims[lti + "context"] |= {"title": EVIL, "label": EVIL}
    claims[lti + "resource_link"] |= {"title": EVIL, "description": EVIL}
    claims[lti + "custom"] |= {"note": EVIL, EVIL: EVIL}
    claims[lti + "launch_presentation"] |= {"document_target": EVIL}


def crawl(player):
    """Every page that can be reached by links from the start."""
    queue, done = [player.url("pages.home")], {}
    while queue:
        path = queue.pop()
        if path in done or not path.startswith(f"/l/{player.launch_id}/"):
            continue
        done[path] = player.client.get(path, follow_redirects=True).text
        links = re.findall(r'href="([^"#]*)', done[path])
        queue += [html.unescape(link) for link in links]
    return done


@pytest.fixture
def course(world, tilda, meera, tomas):
    """A logbook and a checklist in which everybody wrote the worst they could."""
    links = [
        world.place("logbook", title=EVIL[:200], settings={"required_entries": 1}),
        world.place("checklist", title=EVIL[:200]),
        world.place("quiz", title=EVIL[:200]),
    ]
    for player in (tilda, meera, tomas):
        player.launch(links[0], edit=bent)
    world.make(tilda, Role.TUTOR)
    world.make(meera, Role.MENTOR)
    world.mentors(meera, tomas)
    write(tilda, tomas)
    return links


def write(tilda, tomas):
    done, draft = uuid4(), uuid4()
    for id in (done, draft):
        tomas.post("logbook.start", record_id=id)
    tomas.post("logbook.submit", TYPED, record_id=done)
    tomas.post("pages.autosave", TYPED, record_id=draft)
    seen = re.search(
        r'name="seen_sha256"[^>]*value="(\w+)"',
        tilda.get("logbook.show_entry", record_id=done).text,
    ).group(1)
    back = {"seen_sha256": seen, "comment": EVIL}
    assert tilda.post("logbook.send_back", back, record_id=done).status_code == 303
    tilda.post("trainees.grade", {"given": "7", "comment": EVIL}, person_id=tomas.person.id)


def test_no_page_of_anybody_runs_what_was_typed(world, course, tilda, meera, tomas):
    shown = 0
    for link in course:
        for player in (tilda, meera, tomas):
            player.launch(link, edit=bent)
            pages = crawl(player)
            assert all(pages.values())
            for path, page in pages.items():
                assert not [raw for raw in RAW if raw in page], path
                assert "49" not in re.findall(r"alert\(1\)&gt;&#34;&#39;(\d+)", page), path
                # What a platform sends has its entities resolved; what people type stays as it is.
                shown += html.unescape(EVIL) in html.unescape(html.unescape(page))
    assert shown > 20


def test_the_page_that_continues_in_a_new_tab_runs_nothing(world, course, tomas):
    tomas.client = world.app.test_client(use_cookies=False)

    answer = tomas.launch(course[0], edit=bent)

    assert "alert(1)" in answer.text
    assert not [raw for raw in RAW if raw in answer.text]


def test_the_dialog_for_content_runs_nothing(world, course, tilda):
    form = world.sandbox.deep_linking_form(world.cast.tilda, world.cast.course, world.tool)

    answer = tilda.finish(form, edit=lambda c: c.update(name=EVIL))
    token = re.search(r'name="token" value="([^"]+)"', answer.text).group(1)
    again = tilda.client.post(
        "/lti/content",
        data={
            "token": token,
            "count": "1",
            "a0-choice": EVIL,
            "a0-title": EVIL,
            "a0-maximum": EVIL,
        },
    )

    for page in (answer, again):
        assert "alert(1)" in page.text
        assert not [raw for raw in RAW if raw in page.text]


def test_an_error_page_shows_text_as_it_was_typed(tomas, course):
    answer = tomas.client.post(tomas.url("pages.set_language"), data={"lang": "fi", "text": EVIL})

    assert answer.status_code == 400
    assert "alert(1)" in answer.text
    assert not [raw for raw in RAW if raw in answer.text]


@pytest.mark.parametrize(
    "path",
    [
        "/lti/login?iss={evil}&login_hint={evil}&target_link_uri={evil}",
        "/lti/register/{evil}?openid_configuration={evil}",
        "/nowhere/{evil}?q={evil}",
    ],
)
def test_an_address_runs_nothing(world, path):

    answer = world.app.test_client().get(path.replace("{evil}", quote(EVIL, safe="")))

    assert answer.status_code < 500
    assert not [raw for raw in RAW if raw in answer.text]


def test_a_search_runs_nothing(course, tilda):
    for page in ("people.index", "trainees.index"):
        answer = tilda.get(page, q=EVIL)

        assert answer.status_code == 200
        assert not [raw for raw in RAW if raw in answer.text]


def test_a_name_with_wild_cards_is_looked_for_as_it_is(world, course, tilda, tomas):
    assert world.cast.tomas.given_name in tilda.get("people.index", q="Tomas").text
    assert tomas.person.pseudonym.hex
    for pattern in ("%", "_", "Tom%s", "\\"):
        page = tilda.get("people.index", q=pattern).text
        assert f'id="p-{tomas.person.id}"' not in page
