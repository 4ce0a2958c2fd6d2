"""Adding files to a record with an ordinary form, taking them out, handing them in."""

import re
from uuid import uuid4

import pytest

from lti_tool.domain.audit import AuditEvent
from lti_tool.domain.evidence import Evidence, FileState, StoredFile
from lti_tool.domain.records import Revision
from lti_tool.services.evidence import readable_name
from tests.cast import ONE_ENGINE
from tests.evidence import samples
from tests.evidence.conftest import Desk

TYPED = {"text-topics": "What I typed before I chose a file"}


def test_several_files_are_added_at_once_and_the_text_is_kept(desk):
    page = desk.add(("a.jpg", samples.picture()), ("plan.pdf", samples.pdf()), **TYPED)
    assert desk.names == ["a.jpg", "plan.pdf"]
    assert "Files added" in page.text
    assert TYPED["text-topics"] in page.text
    assert page.request.path.endswith("/edit")


def test_what_is_added_is_in_the_trail_without_its_name(desk, world):
    desk.add(("my-secret-name.jpg", samples.picture()))
    (line,) = world.stored(AuditEvent, action="evidence.added")
    assert line.details == {"sha256": desk.files[0].sha256}
    assert (line.subject_id, line.record_id) == (desk.files[0].id, desk.record_id)


def test_one_refused_file_keeps_back_neither_the_others_nor_the_text(desk):
    page = desk.add(("bad.jpg", samples.HTML), ("good.jpg", samples.picture()), **TYPED)
    assert desk.names == ["good.jpg"]
    assert "bad.jpg was not added. This is a web page" in page.text
    assert TYPED["text-topics"] in page.text


def test_files_chosen_when_the_entry_is_submitted_belong_to_it(desk, world):
    texts = re.findall(r'<textarea[^>]*name="([^"]+)"', desk.player.page.text)
    typed = {"practised_on": "2026-11-20", "duration_minutes": "30"} | dict.fromkeys(texts, "x y")
    answer = desk.add(("a.jpg", samples.picture()), endpoint="logbook.submit", **typed)
    assert "a.jpg" in answer.text
    (revision,) = world.stored(Revision, record_id=desk.record_id)
    assert [file["name"] for file in revision.evidence] == ["a.jpg"]


def test_a_bad_file_chosen_when_the_entry_is_submitted_brings_the_form_back(desk, world):
    answer = desk.add(("a.jpg", samples.SVG), endpoint="logbook.submit", **TYPED)
    assert answer.request.path.endswith("/edit")
    assert "This is a drawing (SVG)" in answer.text
    assert TYPED["text-topics"] in answer.text
    assert world.stored(Revision, record_id=desk.record_id) == []


def test_the_same_form_sent_twice_adds_its_files_once(desk):
    for _ in range(2):
        desk.add(("a.jpg", samples.picture()))
    assert desk.names == ["a.jpg"]


NAMES = [
    ("", "File without a name"),
    (" . ", "File without a name"),
    ("../../etc/passwd", "passwd"),
    ("C:\\Users\\me\\plan.pdf", "plan.pdf"),
    ("fdp.\u202egnp.exe", "fdp.gnp.exe"),
    ("a\nb\tc\0.pdf", "abc.pdf"),
    ("n" * 300 + ".pdf", "n" * 116 + ".pdf"),
    ("n" * 300, "n" * 120),
    ("Þórður æfir.pdf", "Þórður æfir.pdf"),
]


@ONE_ENGINE
@pytest.mark.parametrize(("sent", "shown"), NAMES)
def test_the_name_of_a_file_is_for_reading_only(world, sent, shown):
    with world.app.test_request_context():
        assert readable_name(sent) == shown


@ONE_ENGINE
@pytest.mark.parametrize(
    "name", ["", "../../x.pdf", "<b>bold<b>.pdf", "\u202egnp.pdf", "Þórður.pdf"]
)
def test_an_odd_name_reaches_neither_the_disk_nor_the_page_as_it_is(desk, tmp_path, name):
    page = desk.add((name, samples.pdf()))
    assert len(desk.names) == 1
    assert "<b>bold" not in page.text
    assert "\u202e" not in page.text
    on_disk = [path.name for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert on_disk == [desk.files[0].sha256]


@ONE_ENGINE
def test_nothing_chosen_is_said_and_harms_nothing(desk):
    page = desk.add(("", b""), **TYPED)
    assert "Choose a file first" in page.text
    assert TYPED["text-topics"] in page.text
    assert desk.files == []


@ONE_ENGINE
def test_a_file_over_the_limit_is_refused_and_the_text_kept(desk, keeping):
    keeping(file_bytes=1024 * 1024)
    big = samples.pdf(b"x" * 3 * 1024 * 1024)
    page = desk.add(("big.pdf", big), ("small.pdf", samples.pdf()), **TYPED)
    assert desk.names == ["small.pdf"]
    assert "A file may have 1 MB" in page.text
    assert TYPED["text-topics"] in page.text


@ONE_ENGINE
def test_pages_that_take_no_files_still_take_little(desk):
    path = desk.player.url("pages.autosave", record_id=desk.record_id)
    big = {"csrf_token": desk.player.csrf, "text-topics": "x" * 3 * 1024 * 1024}
    assert desk.player.client.post(path, data=big).status_code == 413


def test_there_are_no_more_files_than_the_limit(desk, keeping):
    keeping(files=2)
    files = [(f"{n}.txt", b"text %d" % n) for n in range(3)]
    page = desk.add(*files)
    assert desk.names == ["0.txt", "1.txt"]
    assert "There can be 2 files here" in page.text


def test_a_learners_files_share_one_room_over_all_records(desk, world, tomas, keeping):
    keeping(quota_bytes=1500)
    desk.add(("first.txt", b"a" * 1000))
    other = Desk(world, tomas, desk.link)
    page = other.add(("second.txt", b"b" * 1000))
    assert other.files == []
    assert "used up their room" in page.text
    desk.remove()
    other.add(("second.txt", b"b" * 1000))
    assert other.names == ["second.txt"]


def test_a_file_is_taken_out_of_a_draft(desk):
    desk.add(("a.jpg", samples.picture()), ("b.pdf", samples.pdf()))
    page = desk.remove(0)
    assert desk.names == ["b.pdf"]
    assert "a.jpg" not in page.text


def test_taking_out_keeps_what_was_typed(desk):
    desk.add(("a.jpg", samples.picture()))
    back = desk.player.url("logbook.edit", record_id=desk.record_id)
    values = {"record_id": desk.record_id, "evidence_id": desk.files[0].id}
    page = desk.player.post("evidence.remove", {"_back": back, **TYPED}, follow=True, **values)
    assert TYPED["text-topics"] in page.text
    assert desk.files == []


def test_nothing_is_added_to_or_taken_from_what_was_handed_in(desk, world):
    desk.add(("a.jpg", samples.picture()))
    desk.submit()
    assert desk.add(("b.jpg", samples.picture(color="blue")), follow=False).status_code == 409
    assert desk.remove().status_code == 409
    assert desk.names == ["a.jpg"]


def test_a_revision_keeps_the_files_it_was_handed_in_with(desk, world):
    desk.add(("a.jpg", samples.picture()))
    first = desk.submit()
    desk.player.post("logbook.withdraw", record_id=desk.record_id)
    desk.remove()
    desk.add(("b.pdf", samples.pdf()))
    second = desk.submit()
    named = [[file["name"] for file in revision.evidence] for revision in (first, second)]
    assert named == [["a.jpg"], ["b.pdf"]]
    assert first.sha256 != second.sha256
    (old,) = [e for e in world.stored(Evidence, record_id=desk.record_id) if e.name == "a.jpg"]
    path = desk.player.url("evidence.view", evidence_id=old.id)
    assert desk.player.client.get(path).status_code == 200


def test_files_carry_over_when_an_entry_comes_back(desk, mentor, world):
    desk.add(("a.jpg", samples.picture()))
    first = desk.submit()
    form = {"comment": "More, please", "seen_sha256": first.sha256}
    assert mentor.post("logbook.send_back", form, record_id=desk.record_id).status_code == 303
    desk.add(("b.pdf", samples.pdf()))
    second = desk.submit()
    assert [file["name"] for file in second.evidence] == ["a.jpg", "b.pdf"]


def test_strangers_cannot_add_or_take_out(desk, world, mentor, tutor, otto):
    desk.add(("a.jpg", samples.picture()))
    desk.submit()
    desk.player.post("logbook.withdraw", record_id=desk.record_id)
    otto.launch(world.place("logbook", course=world.cast.other_course, title="Other"))
    for stranger in (mentor, tutor, otto):
        values = {"record_id": desk.record_id, "evidence_id": desk.files[0].id}
        assert stranger.post("evidence.remove", **values).status_code == 404
        assert stranger.post("evidence.add", record_id=desk.record_id).status_code == 404
    assert desk.names == ["a.jpg"]


@ONE_ENGINE
def test_a_form_from_elsewhere_adds_nothing(desk):
    desk.player.csrf = "0" * 64
    assert desk.add(("a.jpg", samples.picture()), follow=False).status_code == 400
    assert desk.files == []


@ONE_ENGINE
def test_a_file_that_waits_for_the_scanner_is_shown_as_such_and_not_served(desk, keeping):
    keeping(scan_command="false-command")
    page = desk.add(("a.jpg", samples.picture()))
    assert "Is being checked for viruses" in page.text
    assert "<img" not in page.text
    assert desk.stored().state is FileState.PENDING
    for copy in ("download", "view", "thumbnail", "original"):
        assert desk.open(copy).status_code == 409


@ONE_ENGINE
def test_a_known_virus_is_not_added_again_without_a_scanner(desk, world, keeping):
    desk.add(("eicar.txt", samples.EICAR))
    with world.database.transaction() as session:
        session.get_one(StoredFile, desk.files[0].sha256).state = FileState.BLOCKED
    desk.remove()
    page = desk.add(("again.txt", samples.EICAR))
    assert "A virus was found" in page.text
    assert desk.files == []


@ONE_ENGINE
def test_without_a_store_the_form_shows_no_field_and_keeps_text(desk, keeping):
    keeping(place=None)
    assert 'type="file"' not in desk.player.get("logbook.edit", record_id=desk.record_id).text
    page = desk.add(("a.jpg", samples.picture()), **TYPED)
    assert "Files cannot be added here yet" in page.text
    assert TYPED["text-topics"] in page.text


@ONE_ENGINE
def test_an_observer_adds_photos_to_an_observation(world, desk, mentor):
    link = world.place("checklist")
    desk.player.launch(link)
    mentor.launch(link)
    mentor.csrf = ""
    form = {"record_id": str(uuid4())}
    begun = mentor.post("checklist.start", form, person_id=desk.player.person.id)
    record_id = re.search(r"/observations/([0-9a-f-]{36})", begun.location).group(1)
    page = mentor.get("checklist.observe", record_id=record_id)
    seen = Desk.__new__(Desk)
    seen.world, seen.player, seen.record_id = world, mentor, record_id
    judged = dict.fromkeys(re.findall(r'name="(o-[^"]+)"', page.text), "met")
    form = {"observed_on": "2026-11-20"} | judged
    checked = seen.add(("hands.jpg", samples.picture()), endpoint="checklist.keep", **form)
    assert "hands.jpg" in checked.text
    hash_seen = re.search(r'name="seen" value="([0-9a-f]+)"', checked.text).group(1)
    signing = {"seen": hash_seen, "capacity": "saw_it"}
    assert mentor.post("checklist.sign", signing, record_id=record_id).status_code == 303
    shown = desk.player.get("checklist.show", record_id=record_id)
    assert "hands.jpg" in shown.text
