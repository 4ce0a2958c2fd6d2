"""Access tokens (fact 20)."""

from __future__ import annotations

import time

import pytest

from lti_tool.sandbox.vocabulary import EVERY_SCOPE, MEMBERSHIP_READ, SCORE
from tests.sandbox.conftest import VLE

ENDPOINT = f"{VLE}/mod/lti/token.php"


def test_a_token_lives_for_an_hour(world):
    answer = world.token()

    assert answer.status_code == 200
    assert (answer.json["expires_in"], answer.json["token_type"]) == (3600, "Bearer")
    assert set(answer.json["scope"].split()) == set(EVERY_SCOPE)


def test_after_an_hour_the_token_is_refused(world, logbook):
    headers = world.bearer()

    world.sandbox.faults.clock_skew_seconds = 3600

    assert world.roster(headers=headers).status_code == 401


def test_several_tokens_are_good_at_once(world, logbook):
    first, second = world.bearer(), world.bearer()

    assert first != second
    assert [world.roster(headers=h).status_code for h in (first, second)] == [200, 200]


def test_only_scopes_that_the_site_allows_are_granted(world):
    world.tool.roster = False

    assert world.token(SCORE, MEMBERSHIP_READ, "made-up").json["scope"] == SCORE


def test_without_an_allowed_scope_there_is_no_token(world):
    answer = world.token("made-up")

    assert (answer.status_code, answer.json) == (400, {"error": "invalid_scope"})


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"scope": ""}, "invalid_request"),
        ({"client_assertion": ""}, "invalid_request"),
        ({"client_assertion": "x.y.z"}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"client_assertion_type": "secret"}, "unsupported_grant_type"),
    ],
)
def test_a_malformed_request_is_answered_with_400(world, change, error):
    answer = world.token(**change)

    assert (answer.status_code, answer.json) == (400, {"error": error})


def test_a_request_as_json_is_refused(world):
    assert world.vle.post("/mod/lti/token.php", json={"scope": SCORE}).status_code == 400


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "nobody"},
        {"iss": "nobody"},
        {"aud": f"{VLE}"},
        {"exp": 1},
        {"exp": None},
        {"iat": "now"},
        {"jti": None},
    ],
    ids=str,
)
def test_an_assertion_that_does_not_hold_is_refused(world, claims):
    assertion = world.stub.assertion(ENDPOINT, **claims)

    assert world.token(client_assertion=assertion).status_code == 400


def test_an_assertion_from_one_second_ahead_is_refused(world):
    ahead = int(time.time()) + 5

    answer = world.token(client_assertion=world.stub.assertion(ENDPOINT, iat=ahead))

    assert answer.status_code == 400


def test_the_audience_may_be_a_list(world):
    assertion = world.stub.assertion([ENDPOINT, "http://elsewhere.test"])

    assert world.token(client_assertion=assertion).status_code == 200


def test_moodle_itself_does_not_look_at_the_audience(world):
    world.sandbox.strict = False

    assertion = world.stub.assertion("http://elsewhere.test", jti=None)

    assert world.token(client_assertion=assertion).status_code == 200


def test_an_assertion_without_a_key_id_is_refused(world):
    claims = {"iss": world.stub.client_id, "sub": world.stub.client_id, "aud": ENDPOINT}

    assert world.token(client_assertion=world.stub.sign(claims, kid="")).status_code == 400


def test_a_new_key_of_the_tool_works_at_once(world):
    world.token()
    world.stub.new_key()

    assert world.token().status_code == 200


def test_a_withdrawn_key_goes_on_working_until_a_check_fails(world):
    old = world.stub.assertion(ENDPOINT)
    world.token()
    world.stub.new_key()

    still = world.token(client_assertion=old).status_code
    world.token()

    assert still == 200
    assert world.token(client_assertion=old).status_code == 400


def test_a_tool_whose_keyset_cannot_be_read_gets_400(world):
    world.sandbox.fetch_keyset = lambda url: {"keys": "none"}

    assert world.token().status_code == 400
