"""Bent launches: each is refused with a page that says what to do, and writes nothing."""

import base64
import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from lti_tool.domain.base import Base
from lti_tool.domain.people import Person
from lti_tool.domain.sessions import LaunchSession
from lti_tool.sandbox import send_login

LTI = "https://purl.imsglobal.org/spec/lti/claim/"


@pytest.fixture
def link(world):
    return world.place("logbook")


def fields_of(world, player, link, edit=None):
    """The form that the platform would let the browser post, and nothing posted yet."""
    person = world.sandbox.tables.people[int(player.sub)]
    query, _ = send_login(player.client, world.sandbox, world.sandbox.launch_form(person, link))
    _, fields = world.sandbox.authorize(query, edit)
    return fields


def post(player, fields):
    return player.client.post("/lti/launch", data=fields)


def is_refused(world, answer):
    nobody = not world.stored(LaunchSession) and not world.stored(Person)
    advice = "What you can do" in answer.text
    return answer.status_code in (400, 401, 403) and nobody and advice


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


BENT_CLAIMS = {
    "expired": lambda c: c.update(iat=c["iat"] - 7200, exp=c["exp"] - 7200),
    "just beyond the leeway": lambda c: c.update(exp=int(time.time()) - 65),
    "from the future": lambda c: c.update(iat=int(time.time()) + 600),
    "issued long ago, never ending": lambda c: c.update(iat=c["iat"] - 3600, exp=c["exp"] + 9999),
    "without exp": lambda c: c.pop("exp"),
    "without iat": lambda c: c.pop("iat"),
    "without nonce": lambda c: c.pop("nonce"),
    "without sub": lambda c: c.pop("sub"),
    "number as sub": lambda c: c.update(sub=6),
    "empty sub": lambda c: c.update(sub=""),
    "endless sub": lambda c: c.update(sub="x" * 5000),
    "other audience": lambda c: c.update(aud="someone-else"),
    "two audiences without azp": lambda c: c.update(aud=[c["aud"], "other"]),
    "azp of somebody else": lambda c: c.update(azp="other"),
    "other issuer": lambda c: c.update(iss="https://evil.example"),
    "issuer with a slash": lambda c: c.update(iss=c["iss"] + "/"),
    "nonce never issued": lambda c: c.update(nonce="never-issued"),
    "number as nonce": lambda c: c.update(nonce=7),
    "unknown deployment": lambda c: c.update({LTI + "deployment_id": "999"}),
    "no deployment": lambda c: c.pop(LTI + "deployment_id"),
    "LTI 1.1": lambda c: c.update({LTI + "version": "1.1"}),
    "unknown message": lambda c: c.update({LTI + "message_type": "LtiStartProctoring"}),
    "list as message": lambda c: c.update({LTI + "message_type": ["LtiResourceLinkRequest"]}),
    "no link": lambda c: c.pop(LTI + "resource_link"),
    "link without id": lambda c: c.update({LTI + "resource_link": {"title": "x"}}),
    "text as link": lambda c: c.update({LTI + "resource_link": "1"}),
    "no course": lambda c: c.pop(LTI + "context"),
    "course without id": lambda c: c.update({LTI + "context": {"title": "x"}}),
    "no roles": lambda c: c.pop(LTI + "roles"),
    "text as roles": lambda c: c.update({LTI + "roles": "Instructor"}),
}


@pytest.mark.parametrize("bend", BENT_CLAIMS.values(), ids=BENT_CLAIMS.keys())
def test_a_bent_message_is_refused_and_writes_nothing(world, tomas, link, bend):
    answer = post(tomas, fields_of(world, tomas, link, bend))

    assert is_refused(world, answer), answer.text


def unsigned(token, _world):
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


def tampered(token, _world):
    head, body, signature = token.split(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
    raw[40] ^= 1
    return f"{head}.{body}.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


def signed_by_a_stranger(token, _world):
    key = rsa.generate_private_key(65537, 2048)
    kid = jwt.get_unverified_header(token)["kid"]
    return jwt.encode(claims_of(token), key, "RS256", headers={"kid": kid})


def signed_with_the_public_key(token, world):
    keys = world.app.extensions["trellis_lti"].keys
    platform = world.app.extensions["trellis_lti"].platforms.by_id(world.platform_id)
    kid = jwt.get_unverified_header(token)["kid"]
    public = keys.find(platform, kid).public_numbers().n.to_bytes(256, "big")
    head = json.dumps({"alg": "HS256", "typ": "JWT", "kid": kid}).encode()
    parts = [base64.urlsafe_b64encode(head).rstrip(b"=").decode(), token.split(".")[1]]
    mac = hmac.new(public, ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=").decode()])


def unknown_kid(token, world):
    return world.sandbox.sign(claims_of(token), kid="nobody-knows")


def garbage(_token, _world):
    return "not.a.token"


def endless(token, _world):
    return token + "A" * 200_000


@pytest.mark.parametrize(
    "forge",
    [
        unsigned,
        tampered,
        signed_by_a_stranger,
        signed_with_the_public_key,
        unknown_kid,
        garbage,
        endless,
    ],
    ids=lambda f: f.__name__,
)
def test_a_forged_token_is_refused_and_writes_nothing(world, tomas, link, forge):
    fields = fields_of(world, tomas, link)
    fields["id_token"] = forge(fields["id_token"], world)

    assert is_refused(world, post(tomas, fields))


@pytest.mark.parametrize("field", ["id_token", "state"])
def test_a_launch_without_its_fields_is_refused(world, tomas, link, field):
    fields = fields_of(world, tomas, link)
    del fields[field]

    assert is_refused(world, post(tomas, fields))


def test_a_state_we_never_signed_is_refused(world, tomas, link):
    fields = fields_of(world, tomas, link) | {"state": "never-issued-state"}

    assert is_refused(world, post(tomas, fields))


def test_the_nonce_of_another_login_is_refused(world, tomas, link):
    first, second = fields_of(world, tomas, link), fields_of(world, tomas, link)

    answer = post(tomas, {"id_token": second["id_token"], "state": first["state"]})

    assert is_refused(world, answer)


def test_the_same_post_twice_opens_one_launch(world, tomas, link):
    fields = fields_of(world, tomas, link)

    first, again = post(tomas, fields), post(tomas, fields)

    assert first.status_code == 303
    assert again.status_code == 400
    assert "used already" in again.text
    assert len(world.stored(LaunchSession)) == 1


def test_of_twenty_equal_posts_at_once_one_gets_in(world, tomas, link):
    fields = fields_of(world, tomas, link)
    with ThreadPoolExecutor(20) as pool:
        clients = [world.app.test_client() for _ in range(20)]
        answers = pool.map(lambda c: c.post("/lti/launch", data=fields).status_code, clients)

    codes = sorted(answers)

    assert len(world.stored(LaunchSession)) == 1
    assert codes == [200] + [400] * 19  # 200: the page that continues in a new tab


def test_a_launch_within_the_leeway_is_let_in(world, tomas, link):
    ahead = fields_of(world, tomas, link, lambda c: c.update(iat=int(time.time()) + 30))

    assert post(tomas, ahead).status_code == 303


def test_several_audiences_with_our_azp_are_let_in(world, tomas, link):
    fields = fields_of(
        world, tomas, link, lambda c: c.update(azp=c["aud"], aud=["other", c["aud"]])
    )

    assert post(tomas, fields).status_code == 303


def test_a_new_platform_key_is_fetched_once_and_works(world, tomas, link):
    tomas.launch(link)
    world.sandbox.rotate_key()
    keys = world.app.extensions["trellis_lti"].keys
    keys._asked.clear()  # the last fetch is half a minute ago

    assert tomas.launch(link).status_code == 200


def test_a_platform_that_is_down_gets_a_page_that_says_so(world, tomas, link):
    fields = fields_of(world, tomas, link)
    world.server.stop()

    answer = post(tomas, fields)

    assert "cannot reach your course site" in answer.text
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "http://localhost:5000.evil/",
    ],
)
def test_a_login_for_somewhere_else_is_refused(world, tomas, link, target):
    form = world.sandbox.launch_form(world.cast.tomas, link) | {"target_link_uri": target}

    answer = tomas.client.post("/lti/login", data=form)

    assert answer.status_code == 400
    assert "evil" not in answer.headers.get("Location", "")
    assert "evil" not in answer.text


@pytest.mark.parametrize("field", ["iss", "login_hint", "target_link_uri"])
def test_a_login_without_a_required_field_is_refused(world, tomas, link, field):
    form = world.sandbox.launch_form(world.cast.tomas, link)
    del form[field]

    assert tomas.client.post("/lti/login", data=form).status_code == 400


@pytest.mark.parametrize("change", [{"iss": "https://nobody.example"}, {"client_id": "nobody"}])
def test_an_unknown_platform_is_told_who_can_help(world, tomas, link, change):
    form = world.sandbox.launch_form(world.cast.tomas, link) | change

    answer = tomas.client.post("/lti/login", data=form)

    assert answer.status_code == 400
    assert "not registered" in answer.text


def test_a_login_writes_nothing_to_the_database(world, tomas, link):
    with world.database.engine.connect() as connection:
        before = _everything(connection)

    send_login(tomas.client, world.sandbox, world.sandbox.launch_form(world.cast.tomas, link))

    with world.database.engine.connect() as connection:
        assert _everything(connection) == before


def _everything(connection):
    tables = Base.metadata.sorted_tables
    return {table.name: connection.execute(table.select()).all() for table in tables}


def test_a_refused_platform_login_is_explained(world, tomas, link):
    answer = tomas.client.post("/lti/launch", data={"error": "login_required", "state": "x"})

    assert answer.status_code == 400
    assert "could not sign you in" in answer.text
