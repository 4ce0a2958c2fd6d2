"""Every form times every bad value: a page that says what to do, nothing lost, never a 500.

Forms and addresses are those of the application: what is new is tried as soon as it exists.
"""

import io
import re
import shutil
from dataclasses import replace
from functools import partial
from itertools import cycle, islice, product
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_tool.web import verify
from lti_tool.web.rate import Throttle
from tests.cast import build_world
from tests.web import bad_values as bad
from tests.web.found_forms import endpoint_of, query_names
from tests.web.furnished_forms import furnish
from tests.web.judging import complaint, in_words, is_helpful, judged, spoiled

pytestmark = pytest.mark.timeout(180)

NOT_TAKEN_AS_THEY_STAND = {
    "authoring.import_file": "needs a file",
    "uploads.piece": "its body is a file's, which has a test of its own",
    "verify.check": "needs a file",
}
"""Endpoints whose form is refused while nobody changed it, and why that is right."""
EVERY = 7
"""Each so many-th value is tried by itself in a field, in the next field the ones after."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory, prepared_sqlite):
    """One furnished course for all tests of this file: each leaves it as it was."""
    path = tmp_path_factory.mktemp("sweep") / "test.db"
    shutil.copyfile(prepared_sqlite, path)
    patch = pytest.MonkeyPatch()
    patch.setattr(verify, "throttle", Throttle(1_000_000, 60))
    mail = {"smtp_url": "smtp://127.0.0.1:9", "mail_from": "trellis@tool.example"}
    world = build_world(f"sqlite:///{path}", **mail)
    made = furnish(world)
    yield made
    made.close()
    patch.undo()
    world.server.stop()
    world.database.dispose()


@pytest.fixture(autouse=True)
def nothing_is_left_behind(scene):
    """Put everything back, and fail whoever changed something outside `untouched_afterwards`."""
    scene.renew()
    scene.restore()
    yield
    assert scene.changes() == []


def test_every_address_that_takes_a_form_is_tried(scene):
    rules = [rule for rule in scene.world.app.url_map.iter_rules() if "POST" in rule.methods]

    assert {rule.endpoint for rule in rules} == set(scene.forms), "let `furnish` show its form"


def test_every_form_is_taken_as_it_stands(scene):
    """Without this the others could pass because nothing is ever taken."""
    refused = {}
    for endpoint, form in scene.forms.items():
        with scene.untouched_afterwards(form.player):
            answer = form.send(form.fields)
            if answer.status_code >= 400:
                refused[endpoint] = answer.status_code
            assert complaint(scene, form, answer) is None

    assert refused.keys() <= NOT_TAKEN_AS_THEY_STAND.keys(), refused
    assert sum(len(form.typed) for form in scene.forms.values()) > 20


def test_no_value_of_all_fields_at_once_breaks_a_page(scene):
    """Each field with another bad value, until every field had every one of its kind."""
    complaints = []
    for form in scene.forms.values():
        # Hidden ones are left as they are: most say at once that this is no form of ours.
        shown = {n: bad.labels_for(form.kinds[n]) for n in form.names if form.kinds[n] != "hidden"}
        for turn in range(max(map(len, shown.values()), default=0)):
            places = enumerate(shown.items(), turn)
            labels = {name: known[place % len(known)] for place, (name, known) in places}
            complaints += spoiled(scene, form, labels)

    assert not complaints, in_words(complaints)


def test_no_value_of_one_field_breaks_a_page_or_loses_the_others(scene):
    complaints = []
    for form in scene.forms.values():
        for place, name in enumerate(form.names):
            for label in bad.labels_for(form.kinds[name])[place % EVERY :: EVERY]:
                complaints += spoiled(scene, form, {name: label})

    assert not complaints, in_words(complaints)


def test_no_field_that_is_missing_breaks_a_page_or_loses_the_others(scene):
    complaints = []
    for form in scene.forms.values():
        for name in form.names:
            kept = replace(form, kinds=form.kinds | {name: "missing"})
            left = form.with_values(without=[name])
            found = judged(scene, kept, lambda form, left=left: form.send(left))
            complaints += [(name, *one) for one in found]

    assert not complaints, in_words(complaints)


END = "until here, and not one word less."
LONG = "Bread with rye and bread with wheat. " * 3_000 + END


def test_a_text_that_is_too_long_is_never_cut(scene):
    """It is refused and shown again, or kept as a whole."""
    for form in scene.forms.values():
        for name in form.boxes:
            with scene.untouched_afterwards(form.player):
                answer = form.send(form.with_values((name, LONG)))
                assert answer.status_code < 500, (form.endpoint, name)
                is_kept = scene.holds(END) if answer.status_code < 400 else END in answer.text
                assert is_kept, (form.endpoint, name, answer.status_code)


def test_no_form_as_a_whole_breaks_a_page(scene):
    complaints, unreadable = [], cycle(bad.UNREADABLE)
    for form in scene.forms.values():
        for send in (*islice(unreadable, 2), *bad.MISSHAPEN):
            found = judged(scene, form, send, keeps=False)
            complaints += [(send.__name__, *one) for one in found]

    assert not complaints, in_words(complaints)


def test_a_form_without_its_token_is_refused_and_every_word_is_kept(scene):
    forms = [form for form in scene.forms.values() if form.action.startswith("/l/")]
    for form, send in product(forms, bad.FORGED):
        with scene.untouched_afterwards(form.player):
            answer = send(form)
            said = complaint(scene, form, answer)
            assert (answer.status_code, said) == (400, None), (form.endpoint, send.__name__)
            assert scene.changes() == []


def test_a_form_that_is_too_large_says_so_and_what_to_do(scene):
    for form in scene.forms.values():
        with scene.untouched_afterwards(form.player):
            answer = bad.over_the_limit(form)
        if "file" in form.kinds.values():  # files may be larger than what is typed
            assert answer.status_code < 500, form.endpoint
            continue
        assert answer.status_code == 413, form.endpoint
        assert is_helpful(answer)


@pytest.mark.parametrize("file", bad.FILES)
def test_no_uploaded_file_breaks_a_page(scene, file):
    uploads = [form for form in scene.forms.values() if "file" in form.kinds.values()]
    assert len(uploads) >= 4
    for form in uploads:
        (box,) = [name for name, kind in form.kinds.items() if kind == "file"]
        name, content = bad.FILES[file]
        fields = dict(form.fields) | {box: (io.BytesIO(content), name)}
        send = partial(bad.send_parts, fields=fields)
        assert not judged(scene, form, send), form.endpoint


@pytest.mark.parametrize("piece", bad.PIECES)
def test_no_piece_of_a_file_breaks_an_upload(scene, piece):
    form, (offset, body) = scene.forms["uploads.piece"], bad.PIECES[piece]
    headers = {"X-CSRF-Token": form.token} | ({"Upload-Offset": offset} if offset else {})
    kind = "application/octet-stream"
    with scene.untouched_afterwards(form.player):
        answer = form.send_body(body, content_type=kind, headers=headers)

        assert 400 <= answer.status_code < 500
        assert complaint(scene, form, answer) is None


def test_the_wrong_way_to_ask_is_answered_with_a_page(scene):
    for form, method in product(scene.forms.values(), ["GET", "PUT", "PATCH", "DELETE"]):
        with scene.untouched_afterwards(form.player):
            answer = form.send_body(b"", method=method)
        fine = answer.status_code < 400 or (answer.status_code < 500 and is_helpful(answer))
        assert fine, (form.endpoint, method, answer.status_code)


def test_ids_in_addresses_that_are_none_are_a_page_that_says_so(scene):
    for form, odd in product(scene.forms.values(), ["x", "0" * 36, "%00", "%ff", "..%2f"]):
        path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}(?!.*[0-9a-f]{8}-)|[\w-]{43,}$", odd, form.action)
        if path == form.action:
            continue
        answer = replace(form, action=path).send(form.fields)
        assert answer.status_code in (400, 401, 404, 405, 422), (path, answer.status_code)
        assert is_helpful(answer), path


def test_no_address_that_anybody_can_ask_for_breaks_a_page(scene):
    client = scene.world.app.test_client()
    for address, value in product(bad.ADDRESSES, bad.ODD_PARTS):
        for method in ("GET", "POST"):
            answer = client.open(address.replace("%s", value), method=method, data={"a": "b"})
            assert 300 <= answer.status_code < 500, (method, address, value)
            assert answer.status_code < 400 or is_helpful(answer), (method, address, value)
    assert scene.changes() == []


@pytest.mark.parametrize("odd", bad.HEADERS)
def test_no_header_breaks_a_page(scene, odd):
    for path, player in scene.pages.items():
        assert scene.look(player, path, headers=odd).status_code < 500, path
    for form in scene.forms.values():
        send = partial(bad.send_fields, pairs=form.fields, headers=odd)
        silent = replace(form, language="")
        assert not judged(scene, silent, send, keeps="Cookie" not in odd), form.endpoint


def test_no_address_of_the_page_before_breaks_the_choice_of_two_drafts(scene):
    other = scene.forms["pages.show_other"]
    (id,) = re.findall(r"records/([0-9a-f-]{36})/", other.action)
    saving = replace(other, action=other.player.url("logbook.save", record_id=id))
    stale = saving.with_values(("draft_page", "three"), ("draft_seen", "0"))
    for before in ("https://[", "\u00ff", "javascript:x", "//elsewhere.example/"):
        answer = saving.send(stale, headers={"Referer": before})
        assert answer.status_code == 409, before
        assert complaint(scene, saving, answer) is None


def test_no_way_back_leads_anywhere_else(scene):
    """Whatever stands where a form names the page to show next, it is a page of ours."""
    asked = ("pages.set_language", "pages.show_other", "evidence.add", "evidence.remove")
    for form, odd in product((scene.forms[name] for name in asked), bad.ODD_ENDS):
        (name,) = form.kinds.keys() & {"next", "_back"}
        with scene.untouched_afterwards(form.player):
            page = form.player.url("pages.home") + odd
            answer = form.send(form.with_values((name, page)))
            assert answer.status_code == 303, (form.endpoint, odd)
            shown = form.player.client.get(answer.location, follow_redirects=True)
            assert shown.status_code == 200, (form.endpoint, odd, answer.location)


def test_every_address_that_shows_a_page_is_asked_oddly(scene):
    rules = [rule for rule in scene.world.app.url_map.iter_rules() if "GET" in rule.methods]
    asked = {endpoint_of(scene.world.app, path, "GET") for path in scene.pages}

    assert {rule.endpoint for rule in rules} - {"static"} == asked


def test_no_query_string_breaks_a_page(scene):
    names, values, odd = query_names(scene.world), cycle(bad.BAD.values()), cycle(bad.NO_QUERIES)
    for path, player in scene.pages.items():
        queries = [urlencode([(n, v[:2_000]) for n in names]) for v in islice(values, 7)]
        for query in (*queries, *islice(odd, 2)):
            answer = scene.look(player, f"{path}?{query}")
            fine = answer.status_code < 400 or (answer.status_code < 500 and is_helpful(answer))
            assert fine, (path, query[:80], answer.status_code)


def test_no_box_cuts_off_what_is_pasted(scene):
    for path, player in scene.pages.items():
        answer = scene.look(player, path, follow_redirects=True)
        if answer.mimetype == "text/html":
            assert "maxlength" not in answer.text, path


ODD_TEXT = st.one_of(
    st.text(max_size=60), st.from_regex(r"[-+0-9eE.,:/ ]{1,12}"), st.dates().map(str)
)


def test_no_mixture_of_values_breaks_a_page(scene):
    forms = sorted((f for f in scene.forms.values() if f.names), key=lambda f: f.endpoint)

    @settings(
        max_examples=80, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def spoil(data):
        form = data.draw(st.sampled_from(forms))
        names = data.draw(st.lists(st.sampled_from(form.names), min_size=1, unique=True))
        pairs = [(name, data.draw(ODD_TEXT)) for name in names]
        kept = replace(form, kinds=form.kinds | dict.fromkeys(names, "spoiled"))
        assert not judged(scene, kept, lambda form: form.send(form.with_values(*pairs)))

    spoil()
