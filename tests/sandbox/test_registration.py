"""Dynamic registration (facts 1 to 4)."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from lti_tool.sandbox import Sandbox, create_sandbox_app
from lti_tool.sandbox.vocabulary import LTI, SCORE, TOOL_CONFIGURATION
from tests.sandbox.stub_tool import HOST

SAMPLES = Path(__file__).parent / "samples"
SCORES_ONLY = SCORE
EVERYTHING = " ".join(
    "https://purl.imsglobal.org/spec/" + scope
    for scope in (
        "lti-ags/scope/lineitem",
        "lti-ags/scope/score",
        "lti-nrps/scope/contextmembership.readonly",
        "lti-ts/scope/toolsetting",
    )
)


def begin(world, update=None):
    """Return the two parameters that the tool's registration page is opened with."""
    url = world.sandbox.registration_url(f"{HOST}/register?keep=1", update)
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def post(world, token, **changes):
    headers = {"Authorization": f"Bearer {token}"}
    payload = world.stub.registration(**changes)
    return world.vle.post("/mod/lti/openid-registration.php", json=payload, headers=headers)


def configuration(world, **changes):
    return {**world.stub.registration()[TOOL_CONFIGURATION], **changes}


def registered(world):
    """Return the tool that was registered last."""
    return list(world.sandbox.tables.tools.values())[-1]


def test_the_configuration_equals_moodles():
    app = create_sandbox_app(Sandbox("http://localhost:8051"))

    shown = app.test_client().get("/mod/lti/openid-configuration.php")

    assert shown.json == json.loads((SAMPLES / "openid_configuration.json").read_text("utf-8"))


def test_the_tools_page_gets_its_own_query_and_two_parameters(world):
    given = begin(world)

    assert given.keys() == {"keep", "openid_configuration", "registration_token"}
    assert given["openid_configuration"] == "http://vle.test/mod/lti/openid-configuration.php"


def test_the_answer_equals_moodles(world):
    payload = {
        "jwks_uri": "http://localhost:9900/jwks",
        "initiate_login_uri": "http://localhost:9900/login",
        "redirect_uris": ["http://localhost:9900/launch"],
        "logo_uri": "http://localhost:9900/logo.svg",
        "scope": EVERYTHING,
    }
    expected = json.loads((SAMPLES / "register_response.json").read_text("utf-8"))["body"]
    sent = expected[TOOL_CONFIGURATION]
    payload[TOOL_CONFIGURATION] = {k: v for k, v in sent.items() if k != "deployment_id"}

    answer = post(world, begin(world)["registration_token"], **payload)

    assert answer.status_code == 200
    expected["client_id"] = answer.json["client_id"]
    sent["deployment_id"] = "2"
    assert answer.json == expected


def test_a_token_works_once(world):
    token = begin(world)["registration_token"]
    post(world, token)

    again = post(world, token)

    assert (again.status_code, again.text) == (401, "token_already_used")
    assert len(world.sandbox.tables.tools) == 2


def test_a_token_is_good_for_an_hour(world):
    token = begin(world)["registration_token"]
    claims = jwt.decode(token, options={"verify_signature": False})

    world.sandbox.faults.clock_skew_seconds = 3601

    assert claims["exp"] - claims["iat"] == 3600
    assert post(world, token).status_code == 401


def test_a_token_of_somebody_elses_making_is_refused(world):
    token = world.stub.sign({"sub": "x", "scope": "reg", "exp": 9999999999})

    assert post(world, token).status_code == 401


def test_a_post_without_a_token_is_refused(world):
    answer = world.vle.post("/mod/lti/openid-registration.php", json=world.stub.registration())

    assert (answer.status_code, answer.text) == (401, "missing_registration_token")


@pytest.mark.parametrize(
    ("domain", "target", "status"),
    [
        ("tool.test:8443", "https://tool.test:8443/launch", 200),
        ("tool.test", "https://tool.test:8443/launch", 400),
        ("www.tool.test", "https://tool.test/launch", 200),
        ("", "https://tool.test/launch", 400),
        ("tool.test", "", 200),
    ],
)
def test_the_domain_has_to_be_host_and_port_of_the_target(world, domain, target, status):
    changed = configuration(world, domain=domain, target_link_uri=target)

    answer = post(world, begin(world)["registration_token"], **{TOOL_CONFIGURATION: changed})

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"jwks_uri": ""}, "missing required attribute jwks_uri"),
        ({"response_types": ["code"]}, "invalid_response_types"),
        ({"redirect_uris": "http://tool.test"}, "invalid_redirect_uris"),
        (
            {"token_endpoint_auth_method": "client_secret_basic"},
            "invalid_token_endpoint_auth_method",
        ),
        ({"application_type": "native"}, "invalid_application_type"),
    ],
)
def test_a_wrong_registration_is_refused_in_plain_words(world, change, reason):
    answer = post(world, begin(world)["registration_token"], **change)

    assert (answer.status_code, answer.text) == (400, reason)


def test_a_body_that_is_no_json_is_refused(world):
    headers = {"Authorization": f"Bearer {begin(world)['registration_token']}"}

    answer = world.vle.post("/mod/lti/openid-registration.php", data="{", headers=headers)

    assert answer.status_code == 400


def test_a_new_tool_is_pending_and_not_in_the_chooser(world):
    post(world, begin(world)["registration_token"])

    path = "/as/tilda/course/2/add"
    assert not registered(world).active
    assert f"/add/{registered(world).id}" not in world.vle.get(path).text


def test_an_active_tool_is_in_the_chooser_only_when_somebody_shows_it(world):
    post(world, begin(world)["registration_token"])
    tool = registered(world)
    world.vle.post(f"/site/tools/{tool.id}", data={"active": "on"})
    before = world.vle.get("/as/tilda/course/2/add").text

    world.vle.post(f"/as/tilda/course/2/tools/{tool.id}")

    assert f'/course/2/add/{tool.id}"' not in before
    assert f'/course/2/add/{tool.id}"' in world.vle.get("/as/tilda/course/2/add").text
    assert f"/add/{tool.id}" not in world.vle.get("/as/olga/course/3/add").text


def test_custom_parameters_of_the_registration_come_with_every_launch(world):
    custom = {"context_history": "$Context.id.history", "fixed": "a=b"}
    changed = configuration(world, custom_parameters=custom)
    answer = post(world, begin(world)["registration_token"], **{TOOL_CONFIGURATION: changed})
    link = world.sandbox.add_link(world.cast.course, registered(world), "With custom")

    claims = world.launch(world.cast.tomas, link)

    assert claims[LTI + "custom"]["fixed"] == "a=b"
    assert answer.json[TOOL_CONFIGURATION]["custom_parameters"]["fixed"] == "a"


def test_names_and_mail_are_told_only_to_a_tool_that_asks(world):
    changed = configuration(world, claims=["sub", "iss", "given_name"])

    answer = post(world, begin(world)["registration_token"], **{TOOL_CONFIGURATION: changed})

    assert (registered(world).send_name, registered(world).send_email) == (True, False)
    assert "email" not in answer.json[TOOL_CONFIGURATION]["claims"]


def test_the_answer_claims_more_than_was_granted(world):
    answer = post(world, begin(world)["registration_token"], scope=SCORES_ONLY)

    assert "lti-ags/scope/lineitem" in answer.json["scope"]
    assert registered(world).grade_sync == 1


def test_markup_is_taken_out_of_names(world):
    post(world, begin(world)["registration_token"], client_name="<script>x</script>Stub")

    assert registered(world).name == "xStub"


def test_an_update_keeps_client_id_and_deployment(world):
    world.tool.active = True
    token = begin(world, world.tool)["registration_token"]

    for name in ("Better stub", "Best stub"):
        answer = post(world, token, client_name=name)

    assert answer.json["client_id"] == world.stub.client_id
    assert answer.json[TOOL_CONFIGURATION]["deployment_id"] == str(world.tool.id)
    assert (world.tool.name, world.tool.active) == ("Best stub", True)
    assert len(world.sandbox.tables.tools) == 1


def test_the_bearer_of_an_update_token_can_read_the_registration(world):
    headers = {"Authorization": f"Bearer {begin(world, world.tool)['registration_token']}"}

    answer = world.vle.get("/mod/lti/openid-registration.php", headers=headers)

    assert answer.json["client_id"] == world.stub.client_id
