"""Photos and files on the page of a mentor without an account."""

import io
import re

import pytest

from lti_tool.domain.evidence import Evidence, FileState, StoredFile
from tests.cast import ONE_ENGINE
from tests.evidence import samples

pytestmark = ONE_ENGINE


class Entry:
    """An entry of Tomas's with files, handed in."""

    def __init__(self, bakery, tomas, *files):
        self.bakery, self.tomas = bakery, tomas
        self.id = bakery.entry(tomas, submit=False)
        tomas.get("pages.home")
        self.add(*files)

    def add(self, *files):
        chosen = [(io.BytesIO(content), name) for name, content in files]
        form = {"csrf_token": self.tomas.csrf, "evidence": chosen}
        path = self.tomas.url("evidence.add", record_id=self.id)
        answer = self.tomas.client.post(path, data=form, content_type="multipart/form-data")
        assert answer.status_code == 303

    def hand_in(self):
        page = self.tomas.get("logbook.edit", record_id=self.id).text
        texts = dict.fromkeys(re.findall(r'<textarea[^>]*name="([^"]+)"', page), "The oven.")
        form = {"practised_on": "2026-01-20", "duration_minutes": "45"} | texts
        assert self.tomas.post("logbook.submit", form, record_id=self.id).status_code == 303
        return self

    def file(self, name):
        return self.bakery.world.stored(Evidence, record_id=self.id, name=name)[0]


@pytest.fixture
def entry(bakery, tomas, gwen):
    files = ("oven.jpg", samples.photo_with_place()), ("plan.pdf", samples.pdf())
    return Entry(bakery, tomas, *files).hand_in()


def test_a_mentor_sees_photos_and_files_of_what_waits(gwen, entry):
    page = gwen.looks().text
    thumbnail = f"/files/{entry.file('oven.jpg').id}/thumbnail"
    assert f'src="{gwen.path}{thumbnail}"' in page
    assert gwen.looks(thumbnail).mimetype == "image/jpeg"
    assert b"SECRET" not in gwen.looks(f"/files/{entry.file('oven.jpg').id}/view").data
    assert gwen.looks(f"/files/{entry.file('plan.pdf').id}").data == samples.pdf()


def test_what_a_mentor_gets_cannot_run_and_is_kept_by_no_cache(gwen, entry):
    answer = gwen.looks(f"/files/{entry.file('plan.pdf').id}")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]


def test_there_is_no_way_to_the_original(gwen, entry):
    path = f"/files/{entry.file('oven.jpg').id}"
    assert gwen.looks(f"{path}/original").status_code == 404
    assert b"SECRET" not in gwen.looks(path).data


def test_files_of_a_draft_are_not_there(bakery, tomas, gwen):
    draft = Entry(bakery, tomas, ("oven.jpg", samples.picture()))
    assert gwen.looks(f"/files/{draft.file('oven.jpg').id}/view").status_code == 404


def test_files_are_gone_from_the_page_once_it_is_decided(gwen, entry):
    gwen.looks()
    gwen.confirms(entry.id)
    assert gwen.looks(f"/files/{entry.file('oven.jpg').id}/view").status_code == 404


def test_a_file_that_is_not_checked_yet_is_named_only(bakery, gwen, entry):
    sha256 = entry.file("plan.pdf").sha256
    bakery.set(StoredFile, {"sha256": sha256}, state=FileState.PENDING)
    gwen.looks(lang="en")
    assert "plan.pdf : Is being checked for viruses." in gwen.text
    assert gwen.looks(f"/files/{entry.file('plan.pdf').id}").status_code == 409
