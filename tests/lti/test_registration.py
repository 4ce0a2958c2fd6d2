"""Dynamic registration: one link, used once, and nobody is believed who should not be."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Response
from sqlalchemy import update

from lti_tool.domain.base import utc_now
from lti_tool.domain.platforms import Deployment, Invitation, Platform
from lti_tool.services.registrations import invite
from tests.lti.sites import silent_port

CONFIGURATION = "/config"
REGISTRATION = "/register"


def invitation(world, hours=24, *, private=True):
    """The path of a fresh registration link."""
    with world.database.transaction() as session:
        token = invite(session, lifetime=timedelta(hours=hours), allows_private_network=private)
    return f"/lti/register/{token}"


def moodles_parameters(world, tool=None):
    url = world.sandbox.registration_url("http://tool.invalid/", tool)
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def register(world, path, **parameters):
    """Open the page as the platform does, then press its button."""
    client = world.app.test_client()
    page = client.get(path, query_string=parameters)
    if page.status_code != 200:
        return page
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    assert hidden.keys() == {"openid_configuration", "registration_token"}
    return client.post(path, data=parameters)


def from_site(world, foreign, path=None, **changes):
    """Register with a site of our own making, whose configuration is bent by *changes*."""
    document = {
        "issuer": foreign.url,
        "authorization_endpoint": f"{foreign.url}/auth",
        "token_endpoint": f"{foreign.url}/token",
        "jwks_uri": f"{foreign.url}/jwks",
        "registration_endpoint": f"{foreign.url}{REGISTRATION}",
    }
    document.update(changes)
    document = {name: value for name, value in document.items() if value is not None}
    foreign.answers.setdefault(CONFIGURATION, document)
    foreign.answers.setdefault(REGISTRATION, {"client_id": "us"})
    address = f"{foreign.url}{CONFIGURATION}"
    return register(world, path or invitation(world), openid_configuration=address)


def is_refused(world, answer):
    """422 with advice, and nothing new is stored."""
    known = len(world.stored(Platform))
    return answer.status_code == 422 and "What you can do" in answer.text and known == 1


def test_a_platform_registers_and_the_page_says_what_is_left_to_do(world):
    answer = register(world, invitation(world), **moodles_parameters(world))

    assert answer.status_code == 200
    assert "Activate the tool" in answer.text
    assert "Show in activity chooser" in answer.text
    assert "data-registration-done" in answer.text
    assert "js/registration-done.js" in answer.text
    tool = list(world.sandbox.tables.tools.values())[-1]
    (platform,) = world.stored(Platform, client_id=tool.client_id)
    assert platform.issuer == world.sandbox.base_url
    assert platform.product == "moodle"
    assert [d.deployment_id for d in world.stored(Deployment, platform_id=platform.id)] == [
        str(tool.id)
    ]


def test_a_registered_platform_can_launch_once_it_is_activated(world):
    register(world, invitation(world), **moodles_parameters(world))
    tool = list(world.sandbox.tables.tools.values())[-1]
    tool.active = True
    link = world.sandbox.add_link(world.cast.course, tool, "By hand")

    answer = world.player(world.cast.tomas).launch(link)

    assert "Not ready yet" in answer.text


def test_name_address_grades_roster_and_history_are_asked_for(world):
    register(world, invitation(world), **moodles_parameters(world))

    tool = list(world.sandbox.tables.tools.values())[-1]
    assert (tool.send_name, tool.send_email, tool.grade_sync, tool.roster) == (True, True, 2, True)
    assert "$Context.id.history" in tool.custom
    assert "$Moodle.Person.userGroupIds" in tool.custom


def test_the_closing_script_is_served(world):
    script = world.app.test_client().get("/static/js/registration-done.js", buffered=True)

    assert "org.imsglobal.lti.close" in script.text


def test_an_invitation_works_once(world):
    path = invitation(world)
    register(world, path, **moodles_parameters(world))

    again = register(world, path, **moodles_parameters(world))

    assert again.status_code == 422
    assert "has been used" in again.text
    assert len(world.stored(Platform)) == 2


def test_an_invitation_that_failed_can_be_used_again(world, foreign):
    path = invitation(world)
    assert is_refused(world, from_site(world, foreign, path, issuer=None))

    assert register(world, path, **moodles_parameters(world)).status_code == 200


def test_an_expired_invitation_is_refused(world):
    path = invitation(world, hours=1)

    with time_machine.travel(utc_now() + timedelta(hours=1, seconds=1)):
        answer = world.app.test_client().get(path, query_string=moodles_parameters(world))

    assert is_refused(world, answer)


def test_an_invitation_nobody_made_is_refused(world):
    answer = world.app.test_client().get(
        "/lti/register/made-up", query_string=moodles_parameters(world)
    )

    assert is_refused(world, answer)


def test_an_invitation_is_not_stored_in_the_clear(world):
    token = invitation(world).rsplit("/", 1)[1]

    assert all(token not in stored.token_hash for stored in world.stored(Invitation))


def test_looking_at_the_page_registers_nobody(world):
    parameters = moodles_parameters(world)
    page = world.app.test_client().get(invitation(world), query_string=parameters)

    assert urlsplit(world.sandbox.base_url).netloc in page.text
    assert len(world.stored(Platform)) == 1
    assert not world.sandbox.calls


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://moodle.example.org"},
        {"issuer": None},
        {"issuer": 7},
        {"issuer": "http://[broken"},
        {"token_endpoint": None},
        {"authorization_endpoint": ["a list"]},
        {"jwks_uri": ""},
        {"jwks_uri": "ftp://example.org/keys"},
        {"registration_endpoint": "https://evil.example/register"},
        {"registration_endpoint": "http://[broken"},
        {"token_endpoint": "http://[broken"},
        {"authorization_endpoint": "https://evil.example/\0"},
    ],
    ids=str,
)
def test_a_document_that_cannot_be_trusted_is_refused(world, foreign, changes):
    assert is_refused(world, from_site(world, foreign, **changes))
    assert REGISTRATION not in foreign.paths


NOT_DOCUMENTS = {
    "HTML": Response("<!doctype html><h1>Log in</h1>", mimetype="text/html"),
    "a list": Response("[1]", mimetype="application/json"),
    "nothing": Response("", mimetype="application/json"),
    "not found": Response("{}", status=404, mimetype="application/json"),
    "out of order": Response("{}", status=503),
    "deeply nested": Response("[" * 200_000, mimetype="application/json"),
    "a huge number": Response("1" * 10_000, mimetype="application/json"),
    "not text": Response(b"\xff\xfe\x00", mimetype="application/json"),
}


@pytest.mark.parametrize("path", [CONFIGURATION, REGISTRATION])
@pytest.mark.parametrize("answer", NOT_DOCUMENTS.values(), ids=NOT_DOCUMENTS.keys())
def test_an_answer_that_is_no_document_is_refused(world, foreign, path, answer):
    foreign.answers[path] = answer

    assert is_refused(world, from_site(world, foreign))


@pytest.mark.parametrize("path", [CONFIGURATION, REGISTRATION])
def test_a_huge_answer_is_refused(world, foreign, path):
    foreign.answers[path] = Response(b" " * 6_000_000 + b"{}", mimetype="application/json")

    assert is_refused(world, from_site(world, foreign))


@pytest.mark.parametrize(
    "client_id", [None, "", True, ["us"], {"us": 1}, "nul\0", "line\nbreak", "x" * 5000, "\ud800"]
)
def test_an_answer_without_a_usable_client_id_is_refused(world, foreign, client_id):
    foreign.answers[REGISTRATION] = {"client_id": client_id}

    assert is_refused(world, from_site(world, foreign))


TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"


@pytest.mark.parametrize("deployment", [None, ["1"], {"id": 1}, "nul\0", "", "x" * 5000])
def test_an_unusable_deployment_is_left_out(world, foreign, deployment):
    foreign.answers[REGISTRATION] = {"client_id": "us", TOOL: {"deployment_id": deployment}}

    assert from_site(world, foreign).status_code == 200
    (platform,) = world.stored(Platform, client_id="us")
    assert world.stored(Deployment, platform_id=platform.id) == []


@pytest.mark.parametrize("product", [None, 7, "nul\0moodle", {"a": 1}, "x" * 5000])
def test_an_odd_product_code_does_not_hinder(world, foreign, product):
    answer = from_site(world, foreign, **{PLATFORM: {"product_family_code": product}})

    assert answer.status_code == 200
    (platform,) = world.stored(Platform, client_id="us")
    assert len(platform.product) <= 40


def test_a_platform_that_says_no_is_told_to_the_administrator(world, foreign):
    foreign.answers[REGISTRATION] = Response("<b>no</b>", status=403)

    answer = from_site(world, foreign)

    assert is_refused(world, answer)
    assert "said no to the registration (403)" in answer.text


def test_a_token_that_was_used_is_refused_by_the_platform(world):
    parameters = moodles_parameters(world)
    register(world, invitation(world), **parameters)

    again = register(world, invitation(world), **parameters)

    assert again.status_code == 422
    assert len(world.stored(Platform)) == 2


def test_a_site_that_is_down_is_told_to_the_administrator(world, foreign):
    with silent_port() as (port, _):
        address = f"http://127.0.0.1:{port}{CONFIGURATION}"
    # The port is closed again by now.
    answer = register(world, invitation(world), openid_configuration=address)

    assert is_refused(world, answer)
    assert "could not reach" in answer.text


@pytest.mark.parametrize("path", [CONFIGURATION, REGISTRATION])
def test_redirects_are_not_followed(world, foreign, path):
    foreign.answers[path] = Response(status=307, headers={"Location": f"{foreign.url}/elsewhere"})
    foreign.answers["/elsewhere"] = {"client_id": "us", "issuer": foreign.url}

    assert is_refused(world, from_site(world, foreign))
    assert "/elsewhere" not in foreign.paths


@pytest.mark.parametrize(
    "address",
    [
        "",
        "moodle.example.org",
        "http://moodle.example.org/config",
        "ftp://moodle.example.org/config",
        "javascript:alert(1)",
        "https:///config",
        "https://[broken",
        "https://a;b/config",
        "https://" + "x" * 10_000,
    ],
)
def test_an_address_that_is_not_https_is_refused(strict_world, address):
    path = invitation(strict_world, private=False)

    answer = register(strict_world, path, openid_configuration=address)

    assert is_refused(strict_world, answer)
    assert ";b" not in answer.headers["Content-Security-Policy"]


LOOPBACK = ["127.0.0.1", "2130706433", "0x7f000001", "127.1", "localhost", "[::ffff:127.0.0.1]"]


@pytest.mark.parametrize("host", [*LOOPBACK, "0.0.0.0"])  # noqa: S104 - an address to refuse
def test_our_own_machine_is_not_called(strict_world, host):
    path = invitation(strict_world, private=False)
    with silent_port() as (port, was_called):
        address = f"https://{host}:{port}{CONFIGURATION}"
        answer = register(strict_world, path, openid_configuration=address)

        assert is_refused(strict_world, answer)
        assert not was_called()


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "10.0.0.1",
        "192.168.1.1",
        "[::1]",
        "[fe80::1]",
        "100.64.0.1",
        "2852039166",
    ],
)
def test_private_networks_are_not_called(strict_world, host):
    path = invitation(strict_world, private=False)

    answer = register(strict_world, path, openid_configuration=f"https://{host}/config")

    assert is_refused(strict_world, answer)
    assert "could not reach" in answer.text


def test_an_invitation_for_a_private_network_reaches_it(strict_world):
    path = invitation(strict_world, private=True)

    assert register(strict_world, path, **moodles_parameters(strict_world)).status_code == 200


def test_registering_again_brings_the_registration_up_to_date(world):
    (tool,) = world.sandbox.tables.tools.values()
    with world.database.transaction() as session:
        stale = {"is_active": False, "auth_token_url": "http://old.example/token", "jwks": {}}
        session.execute(update(Platform).values(stale))

    answer = register(world, invitation(world), **moodles_parameters(world, tool))

    assert answer.status_code == 200
    (platform,) = world.stored(Platform)
    assert platform.id == world.platform_id
    assert platform.is_active
    assert platform.auth_token_url == f"{world.sandbox.base_url}/mod/lti/token.php"
    assert "Trellis is updated" in answer.text
    assert "choose Activate" not in answer.text
    assert "Show in activity chooser" in answer.text


def switch_off(world):
    with world.database.transaction() as session:
        session.execute(update(Platform).values(is_active=False))


def test_a_platform_that_is_switched_off_is_refused_at_login(world, tomas, link):
    switch_off(world)
    world.app.extensions["trellis_lti"].platforms.forget()  # a quarter of a minute has passed

    answer = tomas.launch(link)

    assert answer.request.path == "/lti/login"
    assert answer.status_code == 400
    assert "switched off" in answer.text


def test_a_platform_that_is_switched_off_meanwhile_is_refused_at_the_launch(world, tomas, link):
    def switch_off_just_before(_claims):
        switch_off(world)

    answer = tomas.launch(link, edit=switch_off_just_before)

    assert answer.request.path == "/lti/launch"
    assert answer.status_code == 400
    assert "switched off" in answer.text
    assert tomas.launch_id is None


def test_open_pages_of_a_platform_that_is_switched_off_are_closed(world, tomas, link):
    tomas.launch(link)
    switch_off(world)

    assert tomas.get("logbook.home").status_code == 401
