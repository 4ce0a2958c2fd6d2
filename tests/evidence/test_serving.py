"""Who gets which copy of a file, and how it leaves."""

import io
import zipfile

import pytest
from PIL import Image
from werkzeug.http import parse_options_header

from lti_tool.domain.evidence import Evidence
from lti_tool.evidence.store import content_key
from tests.cast import ONE_ENGINE
from tests.evidence import samples

COPIES = ("download", "view", "thumbnail", "original")


@pytest.fixture
def photo(desk):
    """A photo with a place in an entry that was handed in."""
    desk.add(("garden.jpg", samples.photo_with_place()))
    desk.submit()
    return desk


def test_others_see_a_photo_without_its_place(photo, mentor, tutor):
    for player in (photo.player, mentor, tutor):
        for copy in ("download", "view", "thumbnail"):
            answer = photo.open(copy, player=player)
            assert answer.status_code == 200
            assert answer.mimetype == "image/jpeg"
            assert b"SECRET" not in answer.data
            with Image.open(io.BytesIO(answer.data)) as image:
                assert not image.getexif()


def test_the_original_goes_to_who_added_it_and_to_tutors_only(photo, mentor, tutor):
    assert photo.open("original").data == samples.photo_with_place()
    assert photo.open("original", player=tutor).data == samples.photo_with_place()
    assert photo.open("original", player=mentor).status_code == 404
    shown = {
        player.role: player.get("logbook.show_entry", record_id=photo.record_id).text
        for player in (photo.player, mentor, tutor)
    }
    offers = {role: "Original of garden.jpg" in page for role, page in shown.items()}
    assert offers == {photo.player.role: True, mentor.role: False, tutor.role: True}
    assert "may say where" in shown[tutor.role]


def test_a_file_of_a_draft_is_its_authors_alone(desk, mentor, tutor):
    desk.add(("a.jpg", samples.picture()))
    assert desk.open("view").status_code == 200
    for player in (mentor, tutor):
        assert [desk.open(copy, player=player).status_code for copy in COPIES] == [404] * 4


def test_what_is_added_after_an_entry_came_back_is_not_seen_yet(photo, mentor):
    revision = photo.world.stored(Evidence, record_id=photo.record_id)[0]
    page = mentor.get("logbook.show_entry", record_id=photo.record_id).text
    seen = page.split('name="seen_sha256"')[1].split('value="')[1][:64]
    form = {"comment": "More", "seen_sha256": seen}
    assert mentor.post("logbook.send_back", form, record_id=photo.record_id).status_code == 303
    photo.add(("new.jpg", samples.picture()))
    assert photo.open("view", index=0, player=mentor).status_code == 200
    assert photo.open("view", index=1, player=mentor).status_code == 404
    assert "new.jpg" not in mentor.get("logbook.show_entry", record_id=photo.record_id).text
    assert revision.removed_at is None


def test_the_files_of_an_entry_are_shown_with_it(photo, mentor):
    page = mentor.get("logbook.show_entry", record_id=photo.record_id).text
    id = photo.files[0].id
    assert f'src="{mentor.url("evidence.thumbnail", evidence_id=id)}"' in page
    assert 'alt="Photo: garden.jpg"' in page


@ONE_ENGINE
@pytest.mark.parametrize("name", samples.GOOD)
def test_no_file_is_served_in_a_way_that_could_run(desk, name):
    content, media_type = samples.GOOD[name]
    desk.add((name, content))
    for copy in COPIES:
        answer = desk.open(copy)
        if answer.status_code == 404:
            assert copy in ("view", "thumbnail")
            assert not media_type.startswith("image/")
            continue
        headers = answer.headers
        style = "; style-src 'unsafe-inline'" if copy in ("view", "thumbnail") else ""
        assert headers["Content-Security-Policy"] == f"sandbox; default-src 'none'{style}"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.mimetype not in ("text/html", "image/svg+xml", "application/xml")
        kind, _, named = headers["Content-Disposition"].partition(";")
        if kind == "inline":
            assert copy in ("view", "thumbnail")
            assert answer.mimetype == "image/jpeg"
        else:
            assert kind == "attachment"
            assert "filename" in named


@ONE_ENGINE
def test_a_download_has_a_name_that_fits_its_bytes(desk):
    desk.add(("Skýrsla.exe", samples.pdf()), ("shot.jpg", samples.picture("PNG")))
    named = desk.open().headers["Content-Disposition"]
    assert named == "attachment; filename=\"Sk_rsla.pdf\"; filename*=UTF-8''Sk%C3%BDrsla.pdf"
    assert "shot.jpg" in desk.open(index=1).headers["Content-Disposition"]
    assert "shot.png" in desk.open("original", index=1).headers["Content-Disposition"]


@ONE_ENGINE
@pytest.mark.parametrize("name", ["dŵr.pdf", "写真.pdf", "a;b'c.pdf", "100%.pdf", "😀.pdf"])
def test_any_name_can_be_downloaded_and_comes_back_whole(desk, name):
    desk.add((name, samples.pdf()))
    named = desk.open().headers["Content-Disposition"]
    assert named.isascii()
    _, options = parse_options_header(named)
    assert options["filename"] == desk.names[0]


SPANS = {
    "bytes=0-3": (206, 0, 4),
    "bytes=100-199": (206, 100, 200),
    "bytes=16000-": (206, 16000, 16044),
    "bytes=-44": (206, 16000, 16044),
    "bytes=0-99999": (206, 0, 16044),
    "bytes=0-3,8-9": (200, 0, 16044),
    "nonsense": (200, 0, 16044),
}


@ONE_ENGINE
def test_a_player_can_skip_about_in_sound(desk):
    content = samples.sound()
    assert len(content) == 16044
    desk.add(("memo.wav", content))
    for span, (status, start, stop) in SPANS.items():
        answer = desk.open(headers={"Range": span})
        assert (answer.status_code, answer.data) == (status, content[start:stop]), span
        assert answer.headers["Content-Length"] == str(stop - start)
        if status == 206:
            assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/16044"
    beyond = desk.open(headers={"Range": "bytes=20000-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, "bytes */16044")


@ONE_ENGINE
def test_a_big_file_leaves_in_small_parts(desk):
    content = samples.pdf(bytes(range(256)) * 8192)
    desk.add(("big.pdf", content))
    answer = desk.open(buffered=False)
    parts = list(answer.response)
    assert b"".join(parts) == content
    assert max(map(len, parts)) <= 256 * 1024
    answer.close()


@ONE_ENGINE
def test_asking_only_for_the_headers_sends_no_bytes(desk):
    desk.add(("plan.pdf", samples.pdf()))
    path = desk.player.url("evidence.download", evidence_id=desk.files[0].id)
    answer = desk.player.client.head(path)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(samples.pdf()))


@ONE_ENGINE
def test_a_file_whose_bytes_are_gone_says_so(desk, tmp_path):
    desk.add(("plan.pdf", samples.pdf()))
    (tmp_path / "files" / content_key(desk.files[0].sha256)).unlink()
    answer = desk.open()
    assert answer.status_code == 404
    assert "cannot be found just now" in answer.text


def test_a_file_is_not_found_from_another_activity_or_course(photo, world, otto, tutor):
    other = world.place("logbook", title="Another logbook")
    elsewhere = world.place("logbook", course=world.cast.other_course, title="Elsewhere")
    otto.launch(elsewhere)
    assert [photo.open(copy, player=otto).status_code for copy in COPIES] == [404] * 4
    tutor.launch(other)
    assert [photo.open(copy, player=tutor).status_code for copy in COPIES] == [404] * 4


def test_a_bundle_holds_the_originals_for_those_who_may_have_them(photo, tutor):
    sha256 = photo.files[0].sha256
    for player in (photo.player, tutor):
        answer = player.post("proof.make_download", person_id=photo.player.person.id)
        with zipfile.ZipFile(io.BytesIO(answer.data)) as bundle:
            assert bundle.read(f"files/{sha256}") == samples.photo_with_place()
