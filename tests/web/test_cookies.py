"""Cookies: as narrow as browsers allow, in a frame and in a tab of its own."""

import re

import pytest

from lti_tool.sandbox import send_login
from tests.cast import build_world
from tests.web.test_handoff import Blocked


def cookies(answer):
    """Name -> attributes in lower case, of what an answer sets."""
    found = {}
    for header in answer.headers.getlist("Set-Cookie"):
        cookie, *attributes = (part.strip().partition("=") for part in header.split(";"))
        found[cookie[0]] = {name.lower(): value or True for name, _, value in attributes}
    return found


@pytest.fixture
def secure_world(prepared_sqlite, tmp_path):
    """A Trellis behind a proxy that speaks https."""
    path = tmp_path / "secure.db"
    path.write_bytes(prepared_sqlite.read_bytes())
    built = build_world(f"sqlite:///{path}", public_url="https://tool.example.org")
    for tool in built.sandbox.tables.tools.values():
        tool.login_url = "https://tool.example.org/lti/login"
        tool.redirect_uris = ["https://tool.example.org/lti/launch"]
        tool.target_link_uri = "https://tool.example.org/lti/launch"
    yield built
    built.server.stop()
    built.database.dispose()


def launch(world, client, link):
    """Make a launch hop by hop; return the answers to the login and to the launch."""
    form = world.sandbox.launch_form(world.cast.tomas, link)
    query, login = send_login(client, world.sandbox, form)
    address, fields = world.sandbox.authorize(query)
    return login, client.post(address, data=fields)


FRAMED = {"secure": True, "httponly": True, "samesite": "None", "partitioned": True, "path": "/"}


def test_in_a_frame_every_cookie_is_partitioned_and_bound_to_the_host(secure_world):
    link = secure_world.place("logbook")
    client = secure_world.app.test_client()

    login, answer = launch(secure_world, client, link)

    ((state, attributes),) = cookies(login).items()
    assert re.fullmatch(r"__Host-s-[0-9a-f]{8}", state)
    assert FRAMED.items() <= attributes.items()
    assert "domain" not in attributes
    assert int(attributes["max-age"]) == 600
    session = [name for name in cookies(answer) if name.startswith("__Host-t-")]
    assert len(session) == 1
    assert FRAMED.items() <= cookies(answer)[session[0]].items()
    assert "domain" not in cookies(answer)[session[0]]
    assert "max-age" not in cookies(answer)[session[0]]


def test_the_cookie_of_a_login_is_taken_back_at_the_launch(secure_world):
    client = secure_world.app.test_client()

    login, answer = launch(secure_world, client, secure_world.place("logbook"))

    (state,) = cookies(login)
    assert cookies(answer)[state]["max-age"] == "0"
    assert FRAMED.items() <= cookies(answer)[state].items()


def test_in_a_tab_of_its_own_the_cookie_is_lax(secure_world):
    blocked = Blocked(secure_world.player(secure_world.cast.tomas))
    blocked.launch(secure_world.place("logbook"))
    tab = secure_world.app.test_client()

    answer = tab.post("/lti/continue", data=blocked.fields(), base_url="https://tool.example.org")

    ((name, attributes),) = cookies(answer).items()
    assert name.startswith("__Host-t-")
    assert attributes["samesite"] == "Lax"
    assert attributes["secure"]
    assert attributes["httponly"]
    assert "partitioned" not in attributes


def test_on_a_machine_without_https_launches_work_too(world, tomas, link):
    client = tomas.client

    login, answer = launch(world, client, link)

    (state,) = cookies(login)
    assert state.startswith("s-")
    assert any(name.startswith("t-") for name in cookies(answer))


def test_a_browser_keeps_the_cookies_of_ten_launches(tomas, link):
    for _ in range(15):
        tomas.launch(link)

    held = [c for c in tomas.client._cookies.values() if c.key.startswith("t-")]
    assert len(held) <= 11
    assert tomas.get("logbook.home").status_code == 200


def test_notices_stay_below_their_launch(world, tutor, tomas, link):
    tomas.launch(link)
    answer = tutor.post("people.set_role", {"role": "mentor"}, person_id=tomas.person.id)

    notices = {n: a for n, a in cookies(answer).items() if n.startswith("n-")}
    ((_, attributes),) = notices.items()
    assert attributes["path"] == f"/l/{tutor.launch_id}/"
    assert attributes["httponly"]
    assert attributes["secure"]


def test_a_notice_is_shown_once(tutor, tomas, link):
    tomas.launch(link)
    tutor.post("people.set_role", {"role": "assessor"}, person_id=tomas.person.id)

    assert "Saved." in tutor.get("people.index").text
    assert "Saved." not in tutor.get("people.index").text


def test_a_notice_that_was_tampered_with_is_not_shown(world, tutor):
    tutor.client.set_cookie(
        f"n-{tutor.launch_id.hex[:12]}", '[["success","Pay here"]].x', path=f"/l/{tutor.launch_id}/"
    )

    answer = tutor.get("people.index")

    assert answer.status_code == 200
    assert "Pay here" not in answer.text
