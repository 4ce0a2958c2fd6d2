"""The platform's keys: read with care, kept when it is down, never believed when weak."""

import base64
import json
from datetime import timedelta

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from sqlalchemy import update

from lti_tool.domain.base import utc_now
from lti_tool.domain.platforms import Platform
from lti_tool.domain.sessions import LaunchSession
from lti_tool.sandbox import send_login
from lti_tool.sandbox.keys import SigningKey

ODD_ENTRIES = [
    None,
    "text",
    7,
    [],
    {},
    {"kty": "RSA"},
    {"kty": "RSA", "kid": "a"},
    {"kty": "RSA", "kid": "b", "n": "AAAA", "e": "AQAB"},
    {"kty": "RSA", "kid": "c", "n": "!!!", "e": "???"},
    {"kty": "RSA", "kid": "d", "n": 7, "e": {}},
    {"kty": "RSA", "kid": {"a": 1}, "n": None, "e": None},
    {"kty": "oct", "kid": "e", "k": "AAAA"},
    {"kty": ["RSA"], "kid": "f"},
]


def fields_of(world, player, link):
    person = world.sandbox.tables.people[int(player.sub)]
    query, _ = send_login(player.client, world.sandbox, world.sandbox.launch_form(person, link))
    return world.sandbox.authorize(query)[1]


def publish(world, keys):
    """Let the platform serve this keyset."""
    world.sandbox.keys.jwks = lambda: keys


def platform_keys(world):
    return world.app.extensions["trellis_lti"].keys


def half_a_minute_later(world):
    platform_keys(world)._asked.clear()


def test_broken_keys_beside_a_good_one_do_no_harm(world, tomas, link):
    publish(world, {"keys": [*ODD_ENTRIES, *world.sandbox.keys.jwks()["keys"]]})

    assert tomas.launch(link).status_code == 200


@pytest.mark.parametrize("keyset", [[], {}, {"keys": {}}, {"keys": None}, "text", None, 7])
def test_what_is_no_keyset_is_a_page_that_says_so(world, tomas, link, keyset):
    publish(world, keyset)

    answer = tomas.launch(link)

    assert answer.status_code == 400
    assert "cannot reach your course site" in answer.text


def test_a_keyset_without_the_key_is_refused(world, tomas, link):
    publish(world, {"keys": ODD_ENTRIES})

    answer = tomas.launch(link)

    assert answer.status_code == 400
    assert world.stored(LaunchSession) == []


def signed_with(world, player, link, private, jwk):
    """Launch with a token of another key, which the platform publishes."""
    publish(world, {"keys": [{**json.loads(jwk), "kid": "odd"}]})
    fields = fields_of(world, player, link)
    claims = jwt.decode(fields["id_token"], options={"verify_signature": False})
    algorithm = "ES256" if isinstance(private, ec.EllipticCurvePrivateKey) else "RS256"
    body = json.dumps(claims).encode()
    fields["id_token"] = jwt.PyJWS().encode(body, private, algorithm, headers={"kid": "odd"})
    return player.client.post("/lti/launch", data=fields)


@pytest.mark.filterwarnings("ignore:.*below the minimum recommended size.*")
def test_a_key_of_1024_bits_is_not_believed(world, tomas, link):
    private = rsa.generate_private_key(65537, 1024)  # noqa: S505 - it must be refused

    answer = signed_with(world, tomas, link, private, RSAAlgorithm.to_jwk(private.public_key()))

    assert answer.status_code == 400
    assert world.stored(LaunchSession) == []


def test_a_key_of_2048_bits_is_believed(world, tomas, link):
    private = rsa.generate_private_key(65537, 2048)

    answer = signed_with(world, tomas, link, private, RSAAlgorithm.to_jwk(private.public_key()))

    assert answer.status_code == 303


def test_another_algorithm_is_not_believed(world, tomas, link):
    private = ec.generate_private_key(ec.SECP256R1())

    answer = signed_with(world, tomas, link, private, ECAlgorithm.to_jwk(private.public_key()))

    assert answer.status_code == 400


HEADERS = [
    b"[" * 30_000,
    b"{}",
    b"[]",
    b"7",
    b'"text"',
    b"\xff",
    b"",
    b'{"alg": "RS256"}',
    b'{"alg": "RS256", "kid": 7}',
    b'{"alg": "RS256", "kid": {"a": 1}}',
    b'{"alg": ["RS256"], "kid": "a"}',
    b'{"alg": "RS256", "kid": "a", "crit": ["b64"], "b64": false}',
    b'{"alg": "RS256", "kid": "' + b"x" * 30_000 + b'"}',
    b'{"alg": "RS256", "kid": "nul\\u0000"}',
]


@pytest.mark.parametrize("header", HEADERS, ids=lambda h: h[:40].decode("latin-1"))
def test_a_token_with_an_odd_header_is_refused(world, tomas, link, header):
    fields = fields_of(world, tomas, link)
    first = base64.urlsafe_b64encode(header).rstrip(b"=").decode()
    fields["id_token"] = ".".join([first, *fields["id_token"].split(".")[1:]])

    answer = tomas.client.post("/lti/launch", data=fields)

    assert answer.status_code == 400
    assert "What you can do" in answer.text


def test_an_unknown_key_is_asked_for_at_most_twice_a_minute(world, tomas, link):
    tomas.launch(link)
    half_a_minute_later(world)
    before = len(world.sandbox.calls)

    for _ in range(5):
        fields = fields_of(world, tomas, link)
        claims = jwt.decode(fields["id_token"], options={"verify_signature": False})
        fields["id_token"] = world.sandbox.sign(claims, kid="nobody-knows")
        assert tomas.client.post("/lti/launch", data=fields).status_code == 400

    asked = [call.path for call in list(world.sandbox.calls)[before:]]
    assert asked == ["/mod/lti/certs.php"]


def test_a_new_key_under_an_old_name_is_noticed(world, tomas, link):
    tomas.launch(link)
    old = world.sandbox.keys.keys[-1]
    fresh = SigningKey.fresh()
    world.sandbox.keys.keys = [type(fresh)(**{**vars(fresh), "kid": old.kid})]
    half_a_minute_later(world)

    assert tomas.launch(link).status_code == 200


def new_process(world):
    """Forget what this process remembers; the database stays."""
    platform_keys(world)._sets.clear()
    platform_keys(world)._asked.clear()


def test_known_keys_are_good_for_a_day_while_the_platform_is_down(world, tomas, link):
    tomas.launch(link)
    world.sandbox.faults.down = True
    new_process(world)

    with time_machine.travel(utc_now() + timedelta(hours=23)):
        assert tomas.launch(link).status_code == 200


def test_keys_of_two_days_ago_are_not_believed(world, tomas, link):
    tomas.launch(link)
    world.sandbox.faults.down = True
    new_process(world)

    with time_machine.travel(utc_now() + timedelta(hours=48)):
        answer = tomas.launch(link)

    assert answer.status_code == 400
    assert "cannot reach your course site" in answer.text


def test_a_second_process_needs_no_fetch_of_its_own(world, tomas, link):
    tomas.launch(link)
    new_process(world)
    world.sandbox.faults.down = True

    assert tomas.launch(link).status_code == 200


def test_keys_in_a_private_network_are_not_fetched(strict_world):
    link = strict_world.place("logbook")
    with strict_world.database.transaction() as session:
        session.execute(update(Platform).values(allows_private_network=False))
    before = len(strict_world.sandbox.calls)

    answer = strict_world.player(strict_world.cast.tomas).launch(link)

    assert answer.status_code == 400
    assert "cannot reach your course site" in answer.text
    assert len(strict_world.sandbox.calls) == before
