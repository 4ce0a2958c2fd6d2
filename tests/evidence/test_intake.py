"""What is taken, what is refused and why, and what is left of a photo."""

import hashlib
import io
import os
import stat
import sys

import pytest
from flask import Flask
from flask_babel import Babel
from PIL import Image

from lti_tool.domain.evidence import FileState
from lti_tool.evidence.disk import DiskStore
from lti_tool.evidence.errors import FileRefused, StoreProblem
from lti_tool.evidence.intake import take_in
from lti_tool.evidence.keeping import Keeping
from lti_tool.evidence.store import content_key
from tests.evidence import samples


@pytest.fixture(autouse=True)
def in_english():
    """Messages need a language."""
    app = Flask("test")
    Babel(app)
    with app.test_request_context():
        yield


@pytest.fixture
def keeping(tmp_path):
    return Keeping(place=DiskStore(tmp_path / "files"))


def take(keeping, content, name="file", **options):
    return take_in(keeping, [content], name, **options)


def bytes_of(keeping, sha256):
    key = content_key(sha256)
    return b"".join(keeping.store.read(key, 0, keeping.store.size(key)))


def kept(keeping):
    return [one.key for prefix in ("content/", "pieces/") for one in keeping.store.list(prefix)]


@pytest.mark.parametrize("name", samples.GOOD)
def test_a_good_file_is_known_by_its_bytes_and_kept_unchanged(keeping, name):
    content, media_type = samples.GOOD[name]
    taken = take(keeping, content, name)
    assert taken.kind.media_type == media_type
    assert taken.size == len(content)
    assert taken.sha256 == hashlib.sha256(content).hexdigest()
    assert bytes_of(keeping, taken.sha256) == content


@pytest.mark.parametrize("name", samples.BAD)
def test_a_bad_file_is_refused_by_name_of_what_it_is_and_leaves_nothing(keeping, name):
    content, reason = samples.BAD[name]
    with pytest.raises(FileRefused) as refused:
        take(keeping, content, name)
    assert reason in str(refused.value.message)
    assert refused.value.next_step
    assert kept(keeping) == []


@pytest.mark.parametrize("name", ["photo.exe", "photo.svg", "photo.jpg", "", "photo"])
def test_the_name_of_a_file_says_nothing_about_its_kind(keeping, name):
    assert take(keeping, samples.picture("PNG"), name).kind.media_type == "image/png"


def test_a_heic_photo_gets_a_copy_that_every_browser_shows(keeping):
    from pillow_heif import register_heif_opener

    register_heif_opener()
    taken = take(keeping, samples.picture("HEIF", (640, 480)), "IMG_1.HEIC")
    assert taken.kind.media_type == "image/heic"
    with Image.open(io.BytesIO(bytes_of(keeping, taken.copied.view_sha256))) as view:
        assert (view.format, view.size) == ("JPEG", (640, 480))


def test_a_heic_photo_is_refused_kindly_where_it_cannot_be_read(keeping, monkeypatch):
    from lti_tool.evidence import pictures

    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    pictures.can_read_heic.cache_clear()
    with pytest.raises(FileRefused, match="HEIC"):
        take(keeping, samples.film(b"heic"), "IMG_1.HEIC")
    pictures.can_read_heic.cache_clear()


def test_the_copies_of_a_photo_are_upright_small_and_say_nothing(keeping):
    content = samples.photo_with_place((3000, 2000))
    taken = take(keeping, content, "photo.jpg")
    assert (taken.copied.width, taken.copied.height) == (2000, 3000)
    for sha256, longest in ((taken.copied.view_sha256, 2048), (taken.copied.thumbnail_sha256, 320)):
        copy = bytes_of(keeping, sha256)
        assert b"SECRET" not in copy
        with Image.open(io.BytesIO(copy)) as image:
            assert image.format == "JPEG"
            assert not image.getexif()
            assert "comment" not in image.info
            assert max(image.size) == longest == image.height
            red, _, blue = image.getpixel((image.width // 2, image.height // 8))
            assert red > 200 > 60 > blue  # what lay on its left side stands on top
    assert b"SECRET-CAMERA" in bytes_of(keeping, taken.sha256)


def test_a_transparent_picture_stands_on_white(keeping):
    content = samples.picture("PNG", mode="RGBA", color=(0, 0, 0, 0))
    copy = bytes_of(keeping, take(keeping, content).copied.view_sha256)
    with Image.open(io.BytesIO(copy)) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


def test_a_small_picture_is_not_blown_up(keeping):
    taken = take(keeping, samples.picture(size=(30, 20)))
    with Image.open(io.BytesIO(bytes_of(keeping, taken.copied.view_sha256))) as image:
        assert image.size == (30, 20)


def test_a_photo_of_48_megapixels_is_taken(keeping):
    content = samples.photo_with_place((8000, 6000))
    taken = take(keeping, content)
    assert (taken.copied.width, taken.copied.height) == (6000, 8000)


@pytest.mark.parametrize("size", [(9000, 9000), (30_000, 30_000)])
def test_a_picture_with_too_many_pixels_is_refused_before_it_is_unpacked(keeping, size):
    file = io.BytesIO()
    Image.new("1", size).save(file, "PNG")
    with pytest.raises(FileRefused, match="too many pixels"):
        take(keeping, file.getvalue())


def test_a_video_is_shared_without_the_place_where_it_was_made(keeping):
    content = samples.film()
    taken = take(keeping, content, "film.mp4")
    copy = bytes_of(keeping, taken.copied.view_sha256)
    assert samples.PLACE in content
    assert samples.PLACE not in copy
    assert len(copy) == len(content)
    assert b"the pictures themselves" in copy


def test_a_video_that_tells_nothing_is_shared_as_it_is(keeping):
    content = samples.box(b"ftyp", b"isom\0\0\2\0isom") + samples.box(b"moov", bytes(100))
    assert take(keeping, content).copied.view_sha256 is None


@pytest.mark.parametrize("size", [1, 7, 2**63, 2**32 - 1])
def test_a_video_with_impossible_boxes_is_no_trouble(keeping, size):
    odd = size.to_bytes(4) if size < 2**32 else b"\0\0\0\1"
    content = samples.box(b"ftyp", b"isom\0\0\2\0isom") + odd + b"moov" + size.to_bytes(8)
    assert take(keeping, content + bytes(50)).kind.media_type == "video/mp4"


def test_a_file_that_is_a_photo_and_an_archive_is_shown_as_a_photo_only(keeping):
    both = samples.picture() + samples.archive({"evil.html": samples.HTML})
    taken = take(keeping, both, "both.zip")
    assert taken.kind.media_type == "image/jpeg"
    assert b"evil" not in bytes_of(keeping, taken.copied.view_sha256)


def test_a_file_that_is_too_big_is_refused_while_it_comes_in(tmp_path):
    keeping = Keeping(place=DiskStore(tmp_path), file_bytes=2 * 1024 * 1024)
    read = []

    def endless():
        while True:
            read.append(1)
            yield bytes(1024 * 1024)

    with pytest.raises(FileRefused, match="2 MB"):
        take_in(keeping, endless(), "big")
    assert len(read) == 3


def test_a_file_that_changed_on_its_way_is_refused(keeping):
    with pytest.raises(FileRefused, match="damaged"):
        take(keeping, samples.picture(), expected_sha256="0" * 64)
    assert kept(keeping) == []


@pytest.fixture
def scanner(tmp_path):
    """A scanner of a few lines, which knows EICAR and can be made to fail."""
    script = tmp_path / "scanner.py"
    script.write_text(
        "import os, sys\n"
        "content = sys.stdin.buffer.read()\n"
        f"if os.path.exists({str(tmp_path / 'broken')!r}): sys.exit(2)\n"
        "sys.exit(1 if b'EICAR' in content else 0)\n"
    )
    return f"{sys.executable} -I {script}"


def test_the_scanner_blocks_a_virus_and_nothing_of_it_is_kept(tmp_path, scanner):
    keeping = Keeping(place=DiskStore(tmp_path / "files"), scan_command=scanner)
    assert take(keeping, b"an honest text").state is FileState.CLEAN
    with pytest.raises(FileRefused, match="virus"):
        take(keeping, samples.EICAR, "honest.txt")
    assert len(kept(keeping)) == 1


@pytest.mark.parametrize("command", ["broken", "/does/not/exist", "'unbalanced", "sleep 9"])
def test_a_scanner_that_cannot_say_puts_the_file_off(tmp_path, scanner, command, monkeypatch):
    monkeypatch.setattr("lti_tool.evidence.scanning.TIMEOUT", 0.5)
    if command == "broken":
        (tmp_path / "broken").touch()
        command = scanner
    keeping = Keeping(place=DiskStore(tmp_path / "files"), scan_command=command)
    assert take(keeping, b"an honest text").state is FileState.PENDING


def test_only_the_owner_of_the_process_can_read_the_folder(keeping, tmp_path):
    take(keeping, samples.pdf())
    for place, _, names in os.walk(tmp_path / "files"):
        assert stat.S_IMODE(os.stat(place).st_mode) == 0o700
        for name in names:
            assert stat.S_IMODE(os.stat(os.path.join(place, name)).st_mode) == 0o600


def test_where_nobody_said_where_files_go_the_reader_is_told(keeping):
    with pytest.raises(StoreProblem, match="cannot be added here yet"):
        take(Keeping(), samples.pdf())
