"""The page in a bundle, in the real Chromium, from a file and without a network."""

import io
import json
import zipfile

import pytest

from lti_tool.domain.records import RecordState
from lti_tool.domain.roles import Role
from lti_tool.services.bundle import Reader
from lti_tool.web.takeaway import zip_of
from tests.cast import ONE_ENGINE
from tests.records.library import library

pytestmark = [pytest.mark.browser, ONE_ENGINE]


@pytest.fixture
def folder(world, tmp_path):
    """An unpacked download beside the zip itself, and copies in which something was changed."""
    with (
        world.app.test_request_context("/?lang=en"),
        world.database.transaction() as session,
    ):
        shelves = library(session)
        lena = shelves.learner("Lena Lærling 漢字 😀")
        shelves.confirmed(lena, "Brauð.\n" * 300)
        amended = shelves.confirmed(lena, "Saffron.")
        amended.state = RecordState.RETURNED
        shelves.hand_in(amended, lena, "Salt.", reason="A wrong day.")
        reader = Reader(person_id=lena.id, role=Role.TRAINEE)
        with zip_of(session, lena, reader) as file:
            content = file.read()
        ids = [str(record.id) for record in shelves.records]
    (tmp_path / "whole.zip").write_bytes(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in ("verify.html", "records.json"):
            (tmp_path / name).write_bytes(archive.read(name))
    changed = content.replace(b"Saffron.", b"Saffrom.")
    assert len(changed) == len(content)
    (tmp_path / "changed.zip").write_bytes(changed)
    return tmp_path, ids


@pytest.fixture
def page(chromium, folder):
    context = chromium.new_context(offline=True)
    opened = context.new_page()
    faults = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.goto((folder[0] / "verify.html").as_uri())
    yield opened
    assert faults == []
    context.close()


def read(page, path):
    page.set_input_files("#file", path)
    page.wait_for_selector("#result h2")
    rows = page.eval_on_selector_all(
        "section[data-record]", "all => all.map(one => [one.dataset.record, one.dataset.verdict])"
    )
    return page.text_content("#result h2"), dict(rows)


@pytest.mark.parametrize("name", ["whole.zip", "records.json"])
def test_a_whole_download_is_valid_record_by_record(page, folder, name):
    folder, ids = folder

    title, said = read(page, folder / name)

    assert title == "Nothing was changed"
    assert said == {ids[0]: "valid", ids[1]: "superseded"}
    assert "Meera Mentor" in page.text_content("#result")


def test_one_changed_byte_names_the_record(page, folder):
    folder, ids = folder

    title, said = read(page, folder / "changed.zip")

    assert title == "Something was changed"
    assert said == {ids[0]: "valid", ids[1]: "changed"}


def test_our_sha256_gives_what_everybodys_gives(page):
    texts = ["", "abc", "þæö" * 21, "x" * 55, "x" * 56, "x" * 63, "x" * 64, "x" * 65, "y" * 100_000]
    import hashlib

    wanted = [hashlib.sha256(text.encode()).hexdigest() for text in texts]

    assert page.evaluate("texts => texts.map(digest)", texts) == wanted
    assert page.evaluate("works()") is True


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04nothing", b"{}", json.dumps({"format": "x"}).encode()]
)
def test_what_is_no_download_is_said_to_be_none(page, tmp_path, content):
    (tmp_path / "odd.zip").write_bytes(content)

    title, said = read(page, tmp_path / "odd.zip")

    assert title == "This file cannot be read as a download of Trellis."
    assert said == {}
