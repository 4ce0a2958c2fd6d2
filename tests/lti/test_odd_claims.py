"""Claims of every wrong type, length and character: a launch or a page, never a crash."""

import copy
import json

import jwt
import pytest

from lti_tool.domain.courses import Course, ResourceLink
from lti_tool.domain.people import Person
from lti_tool.lti.claims import read_custom
from lti_tool.sandbox import send_login

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
ODD = [
    None,
    "",
    -1,
    float("inf"),
    [],
    [1, None],
    {},
    {"id": {"id": []}, "title": 7},
    "nul\0 and \ud800",
    "x" * 10_000,
    "http://[broken",
]


def places(value, path=()):
    """Every place in a message: each claim, and what stands inside."""
    items = enumerate(value) if isinstance(value, list) else value.items()
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


def put(claims, place, value):
    """Change what stands at *place*, if it is still there."""
    *way, last = place
    for key in way:
        claims = claims[key]
    claims[last] = value


def launch_form(world, link, kind):
    if kind == "deep linking":
        return world.sandbox.deep_linking_form(world.cast.tilda, world.cast.course, world.tool)
    about = world.cast.tomas if kind == "review" else None
    return world.sandbox.launch_form(world.cast.tilda, link, about=about)


def resigned(world, token, edit):
    """The token with changed claims and a good signature, whatever a library says to them."""
    claims = jwt.decode(token, options={"verify_signature": False})
    edit(claims)
    key = world.sandbox.keys.keys[-1]
    body = json.dumps(claims).encode()
    return jwt.PyJWS().encode(body, key.private, "RS256", headers={"kid": key.kid})


@pytest.fixture
def send(world, link):
    """Launch with bent claims; return the answer."""
    client = world.app.test_client()

    def launch_bent(kind, edit):
        form = launch_form(world, link, kind)
        query, _ = send_login(client, world.sandbox, form)
        _, fields = world.sandbox.authorize(query)
        fields["id_token"] = resigned(world, fields["id_token"], edit)
        return client.post("/lti/launch", data=fields)

    return launch_bent


@pytest.mark.parametrize("kind", ["resource link", "deep linking", "review"])
def test_an_odd_claim_is_a_launch_or_a_page_that_says_what_to_do(send, kind):
    seen = {}
    assert send(kind, lambda claims: seen.update(copy.deepcopy(claims))).status_code in (200, 303)
    bad = []

    # What a review says beyond a launch is whose work it is about.
    wanted = [p for p in places(seen) if kind != "review" or p[0].endswith("/for_user")]
    assert wanted
    for place in wanted:
        for value in ODD:
            answer = send(kind, lambda claims, p=place, v=value: put(claims, p, v))
            works = answer.status_code == 303 or "JWT" in answer.text or "token" in answer.text
            explained = answer.status_code in (400, 401, 403) and "What you can do" in answer.text
            if answer.status_code >= 500 or not (works or explained):
                bad.append((place, value, answer.status_code))

    assert bad == []


def test_a_launch_without_name_and_address_works(world, tomas, link):
    def withhold(claims):
        for name in ("name", "given_name", "family_name", "email"):
            claims.pop(name, None)

    answer = tomas.launch(link, edit=withhold)

    assert answer.status_code == 200
    assert (tomas.person.name, tomas.person.email) == (None, None)
    assert tomas.person.short_code in answer.text


def test_a_name_in_parts_is_put_together(world, tomas, link):
    tomas.launch(link, edit=lambda claims: claims.pop("name"))

    assert tomas.person.name == "Tomas Trainee"


def test_a_name_the_platform_could_not_fill_in_is_no_name(world, tomas, link):
    def unfilled(claims):
        claims["name"] = "$Person.name.full"
        claims["given_name"] = "$Person.name.given"
        claims["family_name"] = claims["email"] = None

    tomas.launch(link, edit=unfilled)

    assert (tomas.person.name, tomas.person.email) == (None, None)


def test_a_title_may_begin_with_a_dollar_sign(world, tomas, link):
    link.title = "$5 challenge"

    tomas.launch(link)

    assert world.stored(ResourceLink)[0].title == "$5 challenge"


def test_variables_and_nulls_in_custom_are_absent():
    custom = {
        "unknown": "$ResourceLink.id.history",
        "withheld": None,
        "empty": "",
        "spaces": "  ",
        "object": {"a": 1},
        "list": ["a"],
        "kept": " text ",
        "number": 7,
    }

    assert read_custom(custom) == {"kept": "text", "number": "7"}


def test_a_setup_that_is_a_variable_leaves_the_link_to_the_tutor(world, tomas):
    link = world.sandbox.add_link(
        world.cast.course, world.tool, "Odd", custom={"trellis_activity": "$Nobody.knows"}
    )

    answer = tomas.launch(link)

    assert answer.status_code == 200
    assert "Not ready yet" in answer.text


def test_entities_in_titles_are_text(world, tomas, link):
    def escaped(claims):
        claims[LTI + "context"]["title"] = "Bakery &amp; kitchen &lt;1&gt;"

    answer = tomas.launch(link, edit=escaped)

    assert world.stored(Course)[0].title == "Bakery & kitchen <1>"
    assert "Bakery &amp; kitchen &lt;1&gt;" in answer.text


@pytest.mark.parametrize(
    ("code", "language"),
    [("en_us", "en"), ("no", "nb"), ("nn", "nb"), ("fr_wp", "fr"), ("sv-FI", "sv"), ("xx", "en")],
)
def test_moodles_language_codes_become_ours(world, tomas, link, code, language):
    world.cast.tomas.locale = code

    answer = tomas.launch(link)

    assert f'<html lang="{language}"' in answer.text
    assert world.stored(Person)[0].locale == language
