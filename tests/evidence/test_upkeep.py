"""What `trellis fsck`, the worker and the doctor find and mend about files."""

import io
import os
import sys
import time
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from lti_tool.cli import main
from lti_tool.cli.housekeeping import file_upkeep
from lti_tool.domain.base import utc_now
from lti_tool.domain.evidence import FileState, StoredFile, Upload
from lti_tool.evidence.store import content_key
from lti_tool.services.file_upkeep import delete_still_unused
from tests.cast import ONE_ENGINE
from tests.evidence import samples

LONG_AGO = time.time() - 2 * 24 * 3600


@pytest.fixture
def fsck(world, monkeypatch):
    """Run `trellis fsck` on this world."""
    monkeypatch.setenv("TRELLIS_SECRET_KEY", world.settings.secret_key.get_secret_value())
    monkeypatch.setenv("TRELLIS_DATABASE_URL", world.settings.database_url)
    monkeypatch.setenv("TRELLIS_EVIDENCE_URL", world.settings.evidence_url)
    monkeypatch.setattr("lti_tool.cli.installation.check_database", lambda *_: None)

    def run(*options, command="fsck"):
        return CliRunner().invoke(main, [command, *options])

    return run


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "files"


def make_old(folder):
    for path in folder.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))


def test_a_whole_store_is_well(desk, fsck):
    desk.add(("a.jpg", samples.picture()), ("plan.pdf", samples.pdf()))
    done = fsck()
    assert (done.exit_code, done.output) == (
        0,
        "4 files: 0 missing, 0 changed; 0 orphans left; 0 expired uploads removed.\n",
    )


def test_a_missing_and_a_changed_file_are_named(desk, fsck, folder):
    desk.add(("plan.pdf", samples.pdf()), ("note.txt", b"a note"))
    gone, changed = (file.sha256 for file in desk.files)
    (folder / content_key(gone)).unlink()
    (folder / content_key(changed)).write_bytes(b"A note")
    done = fsck()
    assert done.exit_code == 1
    assert f"missing  {gone}\nchanged  {changed}\n" in done.output


def test_bytes_that_nothing_names_are_found_once_they_are_a_day_old(desk, fsck, folder, keeping):
    desk.add(("plan.pdf", samples.pdf()))
    orphan = content_key("cd" * 32)
    keeping().store.put(orphan, io.BytesIO(b"left by a crash before the commit"))
    (folder / "unfinished" / "tmpx").write_bytes(b"left by a crash in the middle")
    assert "0 orphans left" in fsck().output
    make_old(folder)
    assert f"orphan   {orphan}\n" in fsck().output
    done = fsck("--delete-orphans")
    assert (done.exit_code, "2 orphans deleted" in done.output) == (0, True)
    assert "0 orphans left" in fsck().output
    assert desk.open().data == samples.pdf()


def test_an_orphan_that_came_in_again_meanwhile_is_kept(desk, folder, keeping, world):
    named, anew, orphan = (content_key(letter * 64) for letter in "abc")
    for key in (named, anew, orphan):
        keeping().store.put(key, io.BytesIO(b"old"))
    make_old(folder)
    with world.database.transaction() as session:
        session.add(StoredFile(sha256="a" * 64, size=3, media_type="text/plain"))
    keeping().store.put(anew, io.BytesIO(b"old"))  # its row is not committed yet

    delete_still_unused(world.database, keeping().store, [named, anew, orphan])

    left = {one.key for one in keeping().store.list("content/")}
    assert left == {named, anew}


def test_a_changed_byte_of_a_file_names_the_record(desk, fsck, folder):
    desk.add(("plan.pdf", samples.pdf()))
    desk.submit()
    assert fsck(command="verify").exit_code == 0
    (folder / content_key(desk.files[0].sha256)).write_bytes(b"forged")

    done = fsck(command="verify")

    assert done.exit_code == 1
    assert f"record {desk.record_id}" in done.output
    assert fsck("--no-files", command="verify").exit_code == 0


def test_files_of_deleted_drafts_go_in_the_end(desk, fsck, folder, world):
    desk.add(("plan.pdf", samples.pdf()))
    desk.remove()
    make_old(folder)
    assert "0 orphans deleted" in fsck("--delete-orphans").output
    with world.database.transaction() as session:
        session.execute(update(StoredFile).values(created_at=utc_now() - timedelta(days=2)))
    assert "1 orphans deleted" in fsck("--delete-orphans").output
    assert world.stored(StoredFile) == []


def test_uploads_that_never_ended_are_removed_first(desk, sender, fsck, world, keeping):
    sending = sender("plan.pdf", samples.pdf(bytes(3 * 1024 * 1024)))
    sending.begin()
    sending.send(upto=0.5)
    with world.database.transaction() as session:
        session.execute(update(Upload).values(expires_at=utc_now()))
    assert "1 expired uploads removed" in fsck().output
    assert list(keeping().store.list("pieces/")) == []


@ONE_ENGINE
def test_where_there_is_no_store_fsck_says_what_to_set(fsck, monkeypatch):
    monkeypatch.setenv("TRELLIS_EVIDENCE_URL", "s3://bucket")
    done = fsck()
    assert (done.exit_code, "TRELLIS_EVIDENCE_KEY" in done.output) == (1, True)


@pytest.fixture
def scanner(tmp_path):
    """A scanner that knows EICAR, and does not answer while a certain file is there."""
    script, broken = tmp_path / "scanner.py", tmp_path / "broken"
    script.write_text(
        "import os, sys\n"
        f"if os.path.exists({str(broken)!r}): sys.exit(2)\n"
        "sys.exit(1 if b'EICAR' in sys.stdin.buffer.read() else 0)\n"
    )
    broken.touch()
    return f"{sys.executable} -I {script}", broken


def test_the_worker_asks_the_scanner_again_until_it_answers(desk, keeping, scanner, world, mentor):
    command, broken = scanner
    keeping(scan_command=command)
    desk.add(("good.txt", b"an honest text"), ("eicar.txt", samples.EICAR))
    desk.submit()
    file_upkeep(world.database)()
    assert [desk.stored(n).state for n in (0, 1)] == [FileState.PENDING] * 2
    broken.unlink()
    file_upkeep(world.database)()
    assert [desk.stored(n).state for n in (0, 1)] == [FileState.CLEAN, FileState.BLOCKED]
    assert desk.open(index=0, player=mentor).data == b"an honest text"
    assert desk.open(index=1, player=mentor).status_code == 409
    page = mentor.get("logbook.show_entry", record_id=desk.record_id).text
    assert "A virus was found in this file" in page


@ONE_ENGINE
def test_a_virus_is_refused_at_once_and_the_text_kept(desk, keeping, scanner):
    command, broken = scanner
    broken.unlink()
    keeping(scan_command=command)
    page = desk.add(("cv.txt", samples.EICAR), **{"text-topics": "What I typed before"})
    assert "cv.txt was not added. A virus was found in this file" in page.text
    assert "What I typed before" in page.text
    assert desk.files == []


@ONE_ENGINE
def test_a_full_store_is_said_and_nothing_is_half_written(desk, sender, monkeypatch, world):
    def no_room(*_args):
        raise OSError(28, "No space left on device")

    sending = sender("plan.pdf", samples.pdf())
    sending.begin()
    monkeypatch.setattr("lti_tool.evidence.disk.shutil.copyfileobj", no_room)
    page = desk.add(("a.jpg", samples.picture()), **{"text-topics": "What I typed before"})
    assert "There is no room for more files just now" in page.text
    assert "What I typed before" in page.text
    answer = sending.piece(0)
    assert (answer.status_code, "no room" in answer.json["error"]) == (507, True)
    assert sending.ask().json["received"] == 0
    assert world.stored(StoredFile) == []
