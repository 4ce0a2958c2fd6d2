"""Every form times every bad value: a page that says what to do, nothing lost, never a 500.

The forms are those that the pages show, the addresses those of the application: what is new
is tried as soon as it exists.
"""

import html
import io
import json
import re
import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_tool.app import MAX_BODY
from lti_tool.web import verify
from lti_tool.web.rate import Throttle
from tests.cast import ONE_ENGINE, build_world
from tests.conftest import empty_tables
from tests.web.found_forms import endpoint_of
from tests.web.furnished_forms import DRAFTS, furnish

pytestmark = pytest.mark.timeout(240)
OTHER_ENGINE = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

ENGINES_DIFFER = {
    "NUL": "Rye\0 bread",
    "only a NUL": "\0",
    "a NUL at the end": "1\0",
    "no UTF-8": b"Rye \xff\xfe\xc0\x80 bread",
    "half a surrogate pair": b"Rye \xed\xa0\x80 bread",
    "a number beyond 64 bits": "99999999999999999999",
    "a number beyond 32 bits": "2147483648",
    "the year before 1": "0000-12-31",
}
"""Values at which one database could stumble and the other not."""

BAD = ENGINES_DIFFER | {
    "nothing": "",
    "white space": " \t\r\n\u00a0",
    "a mebibyte": "word " * 209_715,
    "no such choice": "no-such-choice",
    "half an id": "12345678-1234",
    "an id of nothing": "6f7a3c52-0000-4000-8000-000000000000",
    "below zero": "-1",
    "five thousand digits": "9" * 5000,
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "too big for a decimal": "1e999",
    "no month": "0000-00-00",
    "after the last day": "9999-99-99",
    "the last day": "9999-12-31",
    "before Christ": "-0001-01-01",
    "the first day": "0001-01-01",
    "other digits": "\u0663\u00b2\u00bd",
    "right to left, and emoji": "\u202egnol\u202c \U0001f469\u200d\U0001f373\U0001f347",
    "HTML": "</textarea><script>alert(1)</script>{{ 7*7 }} %s %(x)s",
    "half an address": "https://[",
    "an address of nobody": "http://127.0.0.1:1/x?a=b#c",
    "an address with a script": "javascript:alert(1)",
    "lines": "a\r\nSet-Cookie: b=c\r\n\r\n<p>",
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(request, tmp_path_factory):
    """One database for all tests of this file: each leaves it as it was."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("sweep") / "test.db"
        shutil.copyfile(request.getfixturevalue("prepared_sqlite"), path)
        return f"sqlite:///{path}"
    address = request.getfixturevalue("prepared_postgres").render_as_string(hide_password=False)
    empty_tables(address)
    return address


@pytest.fixture(scope="module")
def scene(database_url):
    world = build_world(database_url)
    cast, patch = world.cast, pytest.MonkeyPatch()
    patch.setattr(verify, "throttle", Throttle(1_000_000, 60))
    made = furnish(world, *(world.player(who) for who in (cast.tomas, cast.tilda, cast.meera)))
    yield made
    made.watch.close()
    patch.undo()
    world.server.stop()
    world.database.dispose()


@pytest.fixture(autouse=True)
def nothing_is_left_behind(scene):
    """Put everything back, and fail whoever changed something outside `untouched_afterwards`."""
    scene.refresh()
    yield
    assert scene.changes() == []


def is_helpful(answer):
    """Say whether a page has a heading, says what is wrong, and speaks the reader's language."""
    page = answer.text
    says = 'class="error-summary"' in page or "<h2>" in page or 'class="notice' in page
    heading = re.search(r"<h1[^>]*>\s*\w", page)
    return bool(heading and says and re.search(r'<html lang="[a-z]{2}"', page))


def complaint(scene, form, answer, spoiled=""):
    """Say what is wrong with an answer; of a refused form nothing may be stored, or lost."""
    if answer.status_code >= 500:
        return "a failure"
    if answer.status_code < 400:
        return follow(form, answer)
    if "Traceback" in answer.text:
        return "a trace"
    if answer.mimetype == "text/html" and not is_helpful(answer):
        return "no help"
    if changed := scene.changes(besides=DRAFTS):
        return f"half written: {changed}"
    shown = html.unescape(answer.text)
    lost = [name for name, text in form.typed.items() if name != spoiled and text not in shown]
    return f"lost: {lost}" if lost and answer.status_code != 413 else None


def follow(form, answer):
    """Open the page that an accepted form leads to, where it is one of ours."""
    target = answer.headers.get("Location", "")
    if not target.startswith("/"):
        return None
    page = form.player.client.get(target, follow_redirects=True)
    return "a failure afterwards" if page.status_code >= 500 else None


def try_values(scene, values, part=slice(None)):
    """Put every value into every field of these forms; return how many, and all complaints."""
    complaints = []
    tries = [
        (form, name, label)
        for form in list(scene.forms.values())[part]
        for name, label in product(form.names, values)
    ]
    for form, name, label in tries:
        with scene.untouched_afterwards():
            answer = form.send(form.with_values((name, values[label])))
            if said := complaint(scene, form, answer, name):
                complaints.append((form.endpoint, name, label, answer.status_code, said))
    return len(tries), complaints


def test_every_address_that_takes_a_form_is_tried(scene):
    rules = [rule for rule in scene.world.app.url_map.iter_rules() if "POST" in rule.methods]

    assert {rule.endpoint for rule in rules} == set(scene.forms)


def test_every_form_is_taken_as_it_stands(scene):
    """Without this the others could pass because nothing is ever taken."""
    for endpoint, form in scene.forms.items():
        with scene.untouched_afterwards():
            answer = form.send(form.fields)
            asks_for_a_file = "file" in form.kinds.values()
            fine = answer.status_code < 400 or (asks_for_a_file and answer.status_code == 422)
            assert fine, (endpoint, form.fields, answer.text)
            assert complaint(scene, form, answer) is None
    assert sum(len(form.typed) for form in scene.forms.values()) > 20


@ONE_ENGINE
@pytest.mark.parametrize("third", range(3))
def test_no_value_of_any_field_breaks_a_page(scene, third):
    tried, complaints = try_values(scene, BAD, slice(third, None, 3))

    assert not complaints, "\n".join(map(str, complaints))
    assert tried > 300


@OTHER_ENGINE
def test_no_value_breaks_a_page_on_the_other_engine(scene):
    tried, complaints = try_values(scene, ENGINES_DIFFER)

    assert not complaints, "\n".join(map(str, complaints))
    assert tried > 300


def with_a_wrong_token(form):
    return form.send(form.with_values(("csrf_token", "0" * 64)))


def without_a_token(form):
    return form.send(form.with_values(without=["csrf_token"]))


def with_the_token_of_nobody(form):
    return form.send(form.with_values(("csrf_token", "\u00e9\0\u202e")))


def as_json(form):
    return form.send_body(json.dumps(dict(form.fields)), content_type="application/json")


def as_json_that_is_none(form):
    return form.send_body(b'{"a": [', content_type="application/json")


def as_multipart_without_a_boundary(form):
    return form.send_body(b"--x\r\n\r\n", content_type="multipart/form-data")


def as_multipart_cut_short(form):
    body = b'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\nabc'
    return form.send_body(body, content_type="multipart/form-data; boundary=x")


def as_multipart_with_a_file(form):
    fields = dict(form.fields) | {"upload": (io.BytesIO(b"\xff\xd8\0"), "../../a\0.jpg")}
    return form.send_body(fields, content_type="multipart/form-data")


def as_multipart_of_too_many_parts(form):
    fields = {"csrf_token": form.token, "record_id": [str(uuid4())] * 3_000}
    return form.send_body(fields, content_type="multipart/form-data")


def in_another_alphabet(form):
    kind = "application/x-www-form-urlencoded; charset=utf-16"
    return form.send_body("a=b".encode("utf-16"), content_type=kind)


def over_the_limit(form):
    return form.send([*form.fields, ("comment", "x" * MAX_BODY)])


def empty(form):
    return form.send([])


def with_the_token_alone(form):
    return form.send([("csrf_token", form.token)])


def with_ten_thousand_ids(form):
    name = (form.names or ["record_id"])[0]
    return form.send([*form.fields, *[(name, str(uuid4()))] * 10_000])


def with_ten_thousand_fields(form):
    return form.send([*form.fields, *[(f"text-{n}", "x") for n in range(10_000)]])


def with_every_field_twice(form):
    return form.send([*form.fields, *form.fields])


def with_fields_nobody_asked_for(form):
    more = [("role", "tutor"), ("person_id", str(uuid4())), ("__class__", "x"), ("\0", "\0")]
    return form.send([*form.fields, *more, ("", ""), ("a" * 5_000, "b")])


REFUSED_WITHOUT_TOKEN = [with_a_wrong_token, without_a_token, with_the_token_of_nobody]
WHOLE = [
    as_json,
    as_json_that_is_none,
    as_multipart_without_a_boundary,
    as_multipart_cut_short,
    as_multipart_with_a_file,
    as_multipart_of_too_many_parts,
    in_another_alphabet,
    over_the_limit,
    empty,
    with_the_token_alone,
    with_ten_thousand_ids,
    with_ten_thousand_fields,
    with_every_field_twice,
    with_fields_nobody_asked_for,
]


def spoil_whole_forms(scene, ways):
    complaints = []
    for form, spoil in product(scene.forms.values(), ways):
        with scene.untouched_afterwards():
            answer = spoil(form)
            # What came in another shape cannot be shown again field by field.
            said = complaint(scene, replace(form, kinds=dict.fromkeys(form.kinds, "")), answer)
            if said:
                complaints.append((form.endpoint, spoil.__name__, answer.status_code, said))
    return complaints


@ONE_ENGINE
def test_no_form_as_a_whole_breaks_a_page(scene):
    complaints = spoil_whole_forms(scene, WHOLE)

    assert not complaints, "\n".join(map(str, complaints))


@OTHER_ENGINE
def test_no_form_as_a_whole_breaks_a_page_on_the_other_engine(scene):
    complaints = spoil_whole_forms(scene, WHOLE[-4:])

    assert not complaints, "\n".join(map(str, complaints))


def test_a_form_without_its_token_is_refused_and_every_word_is_kept(scene):
    complaints, tried = [], 0
    for form, spoil in product(scene.forms.values(), REFUSED_WITHOUT_TOKEN):
        if not form.token:
            continue
        with scene.untouched_afterwards():
            answer = spoil(form)
            said = complaint(scene, form, answer) or (scene.changes() and "something was written")
            if said or answer.status_code != 400:
                complaints.append((form.endpoint, spoil.__name__, answer.status_code, said))
        tried += 1

    assert not complaints, "\n".join(map(str, complaints))
    launched = [form for form in scene.forms.values() if form.action.startswith("/l/")]
    assert tried == len(launched) * len(REFUSED_WITHOUT_TOKEN)


def test_a_form_that_is_too_large_says_so_and_what_to_do(scene):
    for form in scene.forms.values():
        answer = over_the_limit(form)

        assert is_helpful(answer)
        if "file" in form.kinds.values():  # files may be larger than what is typed
            assert answer.status_code in (413, 422), form.endpoint
            continue
        assert answer.status_code == 413, form.endpoint
        assert "too large" in answer.text or 'lang="cy"' in answer.text


FILES = {
    "nothing": b"",
    "no JSON": b"PK\x03\x04\xff\xfe",
    "half of it": b'{"a": [',
    "deep": b"[" * 100_000,
    "a list": b"[1, 2, 3]",
    "a number": b"1e999",
    "NaN": b'{"versions": NaN}',
    "a huge number": b'{"format": ' + b"9" * 5_000 + b"}",
    "nulls": b'{"versions": [null], "draft": null, "records": [null], "seals": null}',
    "NUL": b'{"kind": "a\\u0000", "draft": {"intro": "\\u0000"}}',
    "half a pair": b'{"kind": "\\ud800", "draft": {"title": "\\ud800"}}',
    "text": b'"text"',
}


@pytest.mark.parametrize("file", FILES)
def test_no_uploaded_file_breaks_a_page(scene, file):
    uploads = [f for f in scene.forms.values() if "file" in f.kinds.values()]
    assert uploads
    for form in uploads:
        (name,) = [name for name, kind in form.kinds.items() if kind == "file"]
        fields = dict(form.fields) | {name: (io.BytesIO(FILES[file]), "a.json")}
        with scene.untouched_afterwards():
            answer = form.send_body(fields, content_type="multipart/form-data")
            assert complaint(scene, form, answer) is None, (form.endpoint, answer.text)


def test_the_wrong_way_to_ask_is_answered_with_a_page(scene):
    complaints = []
    for form, method in product(scene.forms.values(), ["GET", "PUT", "PATCH", "DELETE"]):
        answer = form.send_body(b"", method=method)
        if answer.status_code >= 500 or (answer.status_code >= 400 and not is_helpful(answer)):
            complaints.append((form.endpoint, method, answer.status_code))
    assert not complaints, "\n".join(map(str, complaints))


def test_ids_in_addresses_that_are_none_are_a_page_that_says_so(scene):
    for form, odd in product(scene.forms.values(), ["x", "0" * 36, "%00", "%ff", "..%2f"]):
        path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}(?!.*[0-9a-f]{8}-)", odd, form.action)
        if path == form.action:
            continue
        answer = replace(form, action=path).send(form.fields)
        assert answer.status_code in (400, 401, 404, 405), (path, answer.status_code)
        assert is_helpful(answer), path


def query_names(world):
    """The names that addresses and GET forms of ours have, and those the code asks for."""
    root = Path(world.app.root_path).parent
    code = "".join(
        path.read_text("utf-8")
        for package in ("lti_tool", "activities")
        for path in (root / package).rglob("*.py")
    )
    asked = set(re.findall(r'request\.(?:args|values)(?:\.get\(|\[)"(\w+)"', code))
    assert {"q", "page", "openid_configuration"} <= asked
    return sorted(asked | {"choice", "a0-choice", "unknown", "\u00e9"})


def test_every_address_that_shows_a_page_is_asked_oddly(scene):
    rules = [rule for rule in scene.world.app.url_map.iter_rules() if "GET" in rule.methods]
    asked = {endpoint_of(scene.world.app, path, "GET") for path in scene.pages}

    assert {rule.endpoint for rule in rules} - {"static"} == asked


def test_no_query_string_breaks_a_page(scene):
    complaints, names = [], query_names(scene.world)
    for (path, player), value in product(scene.pages.items(), BAD.values()):
        short = value[:2_000]
        answer = player.client.get(f"{path}?{urlencode([(name, short) for name in names])}")
        fine = answer.status_code < 400 or (answer.status_code < 500 and is_helpful(answer))
        if not fine:
            complaints.append((path, short[:40], answer.status_code))

    assert not complaints, "\n".join(map(str, complaints))


def test_a_query_that_is_none_breaks_no_page(scene):
    for path, player in scene.pages.items():
        for query in ("%", "%ff%fe", "=&=&;", "q", "[]", "q[]=1&q[a]=2", "%00=%00", "\u00e9"):
            answer = player.client.get(f"{path}?{query}")
            assert answer.status_code < 500, (path, query)


def test_no_box_cuts_off_what_is_pasted(scene):
    for path, player in scene.pages.items():
        page = player.client.get(path, follow_redirects=True).text
        assert not re.search(r"<textarea[^>]*maxlength|type=\"text\"[^>]*maxlength", page), path


ODD_TEXT = st.one_of(
    st.text(max_size=60), st.from_regex(r"[-+0-9eE.,:/ ]{1,12}"), st.dates().map(str)
)


@ONE_ENGINE
def test_no_mixture_of_values_breaks_a_page(scene):
    forms = sorted((f for f in scene.forms.values() if f.names), key=lambda f: f.endpoint)

    @settings(
        max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def spoil(data):
        form = data.draw(st.sampled_from(forms))
        names = data.draw(st.lists(st.sampled_from(form.names), min_size=1, unique=True))
        pairs = [(name, data.draw(ODD_TEXT)) for name in names]
        with scene.untouched_afterwards():
            answer = form.send(form.with_values(*pairs))
            kept = replace(form, fields=tuple(p for p in form.fields if p[0] not in names))
            assert complaint(scene, kept, answer) is None

    spoil()
