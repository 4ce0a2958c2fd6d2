"""Photos and files on a phone: sent at once, interrupted, gone on with, looked at; nothing runs."""

import contextlib
import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from lti_tool.domain.evidence import Evidence
from lti_tool.domain.roles import Role
from tests.evidence import samples
from tests.journeys.inspection import RULES, STICKING_OUT, violations
from tests.journeys.stage import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

MB = 1024 * 1024


def big_photo():
    """A photo of a few megabytes, as a telephone makes them."""
    file = io.BytesIO()
    Image.effect_noise((2400, 1800), 90).convert("RGB").save(file, "JPEG", quality=95)
    assert 3 * MB < file.tell() < 12 * MB
    return file.getvalue()


def file(name, content, media_type="image/jpeg"):
    return {"name": name, "mimeType": media_type, "buffer": content}


@pytest.fixture
def logbook(stage):
    return stage.place("logbook", title="My meetings")


@pytest.fixture
def tomas(visit, logbook):
    """Tomas with a new entry open on his phone."""
    return visit("tomas").opens(logbook).presses("Add entry").sees_heading("Logbook entry")


def chooses(visitor, *files):
    visitor.there.locator("#evidence-files").set_input_files(list(files))
    return visitor


def names(stage):
    return [row.name for row in stage.stored(Evidence, removed_at=None)]


def writes(visitor):
    visitor.fills("What did you talk about?", "The oven.").fills("Date", "2026-01-20")
    return visitor.fills("Time spent", "45")


def test_photos_taken_on_a_phone_reach_the_mentor(stage, visit, logbook, tomas):
    writes(tomas)
    chooses(tomas, file("oven.jpg", big_photo()), file("plan.pdf", samples.pdf()))
    tomas.sees("plan.pdf was added.")
    assert tomas.there.locator("progress").count() == 0
    tomas.presses("Take out plan.pdf").sees("plan.pdf was taken out.")
    tomas.presses("Submit").sees("Entry submitted.")
    assert names(stage) == ["oven.jpg"]

    meera = visit("meera").opens(logbook)
    stage.make(stage.player(stage.cast.meera), Role.MENTOR)
    stage.mentors(stage.player(stage.cast.meera), stage.player(stage.cast.tomas))
    meera.opens(logbook).follows(re.compile("Tomas Trainee, 20 January 2026"))
    photo = meera.there.get_by_alt_text("Photo: oven.jpg")
    photo.scroll_into_view_if_needed()
    wait_until(lambda: photo.evaluate("it => it.complete && it.naturalWidth") == 320)
    photo.click()
    shown = meera.there.locator("img")
    expect(shown).to_have_js_property("naturalWidth", 2048)


def test_the_field_for_files_fits_a_phone_and_axe(stage, tomas, visit, logbook):
    visitor = visit("sigrun", {"width": 320, "height": 640}).opens_alone(logbook)
    visitor.presses("Add entry").sees_heading("Logbook entry")
    bad = file("a-page-that-calls-itself-a-photo-" * 3 + ".jpg", samples.HTML)
    chooses(visitor, file("oven.jpg", samples.picture(size=(900, 600))), bad)
    visitor.sees("This is a web page. That kind of file cannot be added.").sees("oven.jpg")
    assert violations(visitor.page, runOnly=RULES) == []
    assert visitor.page.evaluate(STICKING_OUT) == []


def test_a_lost_connection_is_waited_for_and_the_rest_is_sent(stage, tomas):
    content, sent, lost = big_photo(), [], []

    def weak(route):
        start = int(route.request.headers.get("upload-offset", -1))
        if start >= 0.8 * len(content) - MB and not lost:
            lost.append(start)
            route.abort()
            return
        sent.append(start)
        route.continue_()

    tomas.context.route(re.compile("/uploads/[0-9a-f-]+$"), weak)
    chooses(tomas, file("oven.jpg", content))
    tomas.sees("The connection is lost. It goes on by itself.").sees("oven.jpg was added.")
    pieces = [start for start in sent if start >= 0]
    assert sorted(pieces) == list(range(0, len(content), MB))
    assert names(stage) == ["oven.jpg"]


def test_after_a_reload_the_same_file_goes_on_where_it_stopped(stage, tomas):
    content, sent, is_cut = big_photo(), [], [True]

    def cut(route):
        start = int(route.request.headers.get("upload-offset", -1))
        if is_cut[0] and start >= 0.8 * len(content) - MB:
            route.abort()
            return
        sent.append(start)
        route.continue_()

    tomas.context.route(re.compile("/uploads/[0-9a-f-]+$"), cut)
    tomas.fills("What did you talk about?", "The oven.")
    chooses(tomas, file("oven.jpg", content))
    tomas.sees("The connection is lost.").sees(re.compile("Saved"))
    stage_names = names(stage)
    tomas.page.once("dialog", lambda dialog: dialog.accept())
    tomas.frame.evaluate("() => window.location.reload()")
    tomas.sees("oven.jpg stopped at")
    assert tomas.field("What did you talk about?").input_value() == "The oven."

    is_cut[0] = False
    before = len([start for start in sent if start >= 0])
    chooses(tomas, file("oven.jpg", content)).sees("oven.jpg was added.")
    again = [start for start in sent if start >= 0][before:]
    assert stage_names == []
    assert again == list(range(before * MB, len(content), MB))
    assert before > 0
    assert names(stage) == ["oven.jpg"]


def test_handing_in_waits_for_files_on_their_way(stage, tomas):
    held = []
    tomas.context.route(re.compile("/uploads/[0-9a-f-]+$"), lambda route: held.append(route))
    writes(tomas)
    chooses(tomas, file("oven.jpg", samples.picture()))
    wait_until(lambda: tomas.page.wait_for_timeout(50) or bool(held))
    tomas.presses("Submit").sees("Files are still on their way.").misses("Entry submitted.")
    held.pop().continue_()
    tomas.sees("oven.jpg was added.").presses("Submit").sees("Entry submitted.")


def test_enter_in_a_box_submits_and_takes_no_file_out(stage, tomas):
    writes(chooses(tomas, file("oven.jpg", samples.picture())).sees("oven.jpg was added."))
    tomas.field("Time spent").press("Enter")
    tomas.sees("Entry submitted.")
    assert names(stage) == ["oven.jpg"]


def test_without_scripts_files_and_text_are_kept_all_the_same(stage, visit, logbook):
    tomas = visit("tomas", java_script_enabled=False).opens(logbook).presses("Add entry")
    tomas.fills("What did you talk about?", "The oven.")
    chooses(tomas, file("oven.jpg", samples.picture()), file("bad.jpg", samples.SVG))
    tomas.presses("Add the chosen files").sees("bad.jpg was not added. This is a drawing (SVG)")
    assert tomas.field("What did you talk about?").input_value() == "The oven."
    tomas.presses("Take out oven.jpg").misses("oven.jpg")
    assert tomas.field("What did you talk about?").input_value() == "The oven."
    chooses(writes(tomas), file("plan.pdf", samples.pdf())).presses("Submit")
    tomas.sees("Entry submitted.").sees("plan.pdf")
    assert names(stage) == ["plan.pdf"]


SCRIPT = b"<html><script>document.title = 'RAN'</script>"
ODD = {
    "photo.html": samples.picture() + SCRIPT,
    "text.html": b"an honest text " * 400 + SCRIPT,
    "plan.html": samples.pdf(SCRIPT),
}
"""What passes as a photo, a text and a PDF, and holds a script behind it."""


def test_nothing_that_was_uploaded_can_run(stage, visit, logbook):
    tomas = visit("tomas").opens_alone(logbook).presses("Add entry").sees_heading("Logbook entry")
    chooses(tomas, *(file(name, content, "text/html") for name, content in ODD.items()))
    tomas.sees("plan.html was added.")
    base = tomas.page.url.split("/logbook/")[0]
    addresses = [
        f"{base}/evidence/{row.id}{copy}"
        for row in stage.stored(Evidence)
        for copy in ("", "/view", "/thumbnail", "/original")
    ]
    assert len(addresses) == 4 * len(ODD)
    assert "RAN" not in titles(tomas.context, addresses)


def test_not_even_a_browser_that_takes_it_for_a_web_page_would_run_it(stage, visit, logbook):
    """Our word on what it is and how to open it is taken away; then the policy, to compare."""
    tomas = visit("tomas").opens_alone(logbook).presses("Add entry").sees_heading("Logbook entry")
    chooses(tomas, file("text.html", ODD["text.html"])).sees("text.html was added.")
    (row,) = stage.stored(Evidence)
    address = f"{tomas.page.url.split('/logbook/')[0]}/evidence/{row.id}"
    with_policy = as_web_page(tomas.context, address, without=["content-disposition"])
    gone = ["content-disposition", "content-security-policy"]
    without_policy = as_web_page(tomas.context, address, without=gone)
    assert ("RAN" in with_policy, "RAN" in without_policy) == (False, True)


def as_web_page(context, address, without):
    """Open an address with some headers gone in a browser that believes it is HTML."""
    answer = context.request.get(address)
    kept = {name: value for name, value in answer.headers.items() if name not in without}
    kept.pop("content-length")
    stranger = context.browser.new_context()
    headers = kept | {"content-type": "text/html"}
    stranger.route("**/*", lambda route: route.fulfill(body=answer.body(), headers=headers))
    found = titles(stranger, ["http://127.0.0.1:9/file"])
    stranger.close()
    return found


def titles(context, addresses):
    """Open each address in a tab of its own; return what the tabs are called then."""
    found = []
    for address in addresses:
        page = context.new_page()
        with contextlib.suppress(PlaywrightError):  # what is a download is no page
            page.goto(address)
        found.append(page.title())
        page.close()
    return found
