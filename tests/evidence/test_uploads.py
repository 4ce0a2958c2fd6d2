"""Files that come in pieces: interrupted, repeated, from two tabs, and refused at the end."""

import pytest
from sqlalchemy import update

from lti_tool.domain.base import utc_now
from lti_tool.domain.evidence import Upload
from lti_tool.services.file_upkeep import drop_expired
from tests.cast import ONE_ENGINE
from tests.evidence import samples

MB = 1024 * 1024
BIG = samples.pdf(bytes(range(256)) * 4 * 1024 * 4 + b"tail" * 1000)
"""A little more than 4 MB: five pieces."""


def kept(keeping):
    return [one.key for one in keeping().store.list("pieces/")]


def test_a_file_arrives_in_pieces_and_is_the_same(desk, sender, keeping):
    sending = sender("plan.pdf", BIG)
    assert sending.begin().json["piece"] == MB
    answer = sending.send()
    assert "plan.pdf" in answer.json["html"]
    assert desk.names == ["plan.pdf"]
    assert desk.open().data == BIG
    assert kept(keeping) == []


def test_an_upload_that_stopped_at_80_percent_goes_on_from_there(desk, sender):
    first = sender("plan.pdf", BIG)
    first.begin()
    first.send(upto=0.8)
    page = desk.player.get("logbook.edit", record_id=desk.record_id).text
    assert "plan.pdf stopped at 99 percent" in page or "stopped at 8" in page
    again = sender("plan.pdf", BIG)
    assert again.begin().json["received"] == first.state["received"] >= 0.8 * len(BIG)
    again.send()
    assert desk.open().data == BIG
    assert desk.names == ["plan.pdf"]


def test_another_file_of_the_same_name_and_size_does_not_go_on_with_it(desk, sender):
    first = sender("plan.pdf", BIG)
    first.begin()
    first.send(upto=0.5)
    other = sender("plan.pdf", BIG.replace(b"tail", b"TAIL"))
    assert other.begin().json["received"] == 0


def test_a_repeated_last_piece_gets_the_same_answer(desk, sender):
    sending = sender("plan.pdf", BIG)
    sending.begin()
    answer = sending.send()
    again = sending.piece(4 * MB)
    assert (again.status_code, again.json) == (200, answer.json)
    assert desk.names == ["plan.pdf"]


def test_a_repeated_piece_in_the_middle_counts_once(desk, sender):
    sending = sender("plan.pdf", BIG)
    sending.begin()
    for offset in (0, 0, MB, 0, MB):
        answer = sending.piece(offset)
        assert answer.status_code == 200
    assert answer.json["received"] == 2 * MB == sending.ask().json["received"]


def test_two_tabs_with_the_same_file_make_one(desk, sender):
    tabs = [sender("plan.pdf", BIG), sender("plan.pdf", BIG)]
    for tab in tabs:
        tab.begin()
    for offset in range(0, len(BIG), MB):
        answers = [tab.piece(offset) for tab in tabs]
        assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json["html"] == answers[1].json["html"]
    assert desk.names == ["plan.pdf"]
    assert desk.open().data == BIG


@ONE_ENGINE
@pytest.mark.parametrize(
    ("offset", "content"),
    [
        (2 * MB, bytes(MB)),
        (0, bytes(MB - 1)),
        (0, b""),
        (7, bytes(MB)),
        (5 * MB, bytes(10)),
        (10**14, bytes(10)),
    ],
)
def test_a_piece_that_does_not_fit_is_refused(desk, sender, keeping, offset, content):
    sending = sender("plan.pdf", BIG)
    sending.begin()
    assert sending.piece(offset, content).status_code == 409
    assert sending.ask().json["received"] == 0
    assert kept(keeping) == []


@ONE_ENGINE
@pytest.mark.parametrize("offset", ["", "-1", "x", "1e3", "٣", "9" * 40])
def test_an_offset_that_is_no_number_is_refused(sender, offset):
    sending = sender("plan.pdf", BIG)
    sending.begin()
    answer = sending.post(sending.state["url"], data=b"x", headers={"Upload-Offset": offset})
    assert answer.status_code == 422


@ONE_ENGINE
def test_a_piece_that_is_larger_than_pages_may_be_is_refused(sender):
    sending = sender("plan.pdf", BIG)
    sending.begin()
    assert sending.piece(0, bytes(3 * MB)).status_code == 413


@ONE_ENGINE
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"size": str(26 * MB)}, "A file may have 25 MB"),
        ({"size": "0"}, "damaged"),
        ({"size": "many"}, "could not understand"),
        ({"size": "-5"}, "could not understand"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_before_it_is_sent(sender, changed, words):
    answer = sender("plan.pdf", BIG).begin(**changed)
    assert answer.status_code == 422
    assert words in answer.json["error"]


def test_room_is_checked_before_a_file_is_sent(desk, sender, keeping):
    keeping(files=1)
    desk.add(("a.jpg", samples.picture()))
    answer = sender("plan.pdf", BIG).begin()
    assert (answer.status_code, "There can be 1 files here" in answer.json["error"]) == (422, True)


@pytest.mark.parametrize("name", ["drawing.png", "truncated.png", "zip.jpg"])
def test_a_bad_file_is_refused_at_its_last_piece_each_time_the_same(desk, sender, keeping, name):
    content, reason = samples.BAD[name]
    sending = sender(name, content)
    sending.begin()
    answers = [sending.piece(0) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json == answers[1].json
    assert reason in answers[0].json["error"]
    assert sending.post(sending.state["drop"]).status_code == 200
    assert kept(keeping) == []
    assert desk.files == []


@ONE_ENGINE
def test_a_file_that_changed_while_it_was_sent_is_refused(desk, sender):
    sending = sender("plan.pdf", BIG)
    sending.begin()
    for offset in range(0, 4 * MB, MB):
        sending.piece(offset)
    answer = sending.piece(4 * MB, bytes(len(BIG) - 4 * MB))
    assert (answer.status_code, "damaged" in answer.json["error"]) == (422, True)
    assert desk.files == []


@ONE_ENGINE
def test_a_device_that_cannot_count_a_hash_can_send_all_the_same(desk, sender):
    sending = sender("plan.pdf", BIG)
    sending.begin(sha256="")
    sending.send()
    assert desk.open().data == BIG


def test_an_upload_is_its_senders_alone(desk, sender, mentor, tutor, otto, world):
    sending = sender("plan.pdf", BIG)
    sending.begin()
    otto.launch(world.place("logbook", course=world.cast.other_course, title="Other"))
    for stranger in (mentor, tutor, otto):
        values = {"record_id": desk.record_id, "upload_id": sending.upload.id}
        assert stranger.post("uploads.begin", record_id=desk.record_id).status_code == 404
        assert stranger.post("uploads.piece", **values).status_code == 404
        assert stranger.post("uploads.drop", **values).status_code == 404
        assert stranger.get("uploads.progress", **values).status_code == 404
    assert sending.ask().json["received"] == 0


def test_nothing_more_comes_in_once_the_entry_was_handed_in(desk, sender):
    sending = sender("plan.pdf", BIG)
    sending.begin()
    sending.send(upto=0.5)
    desk.submit()
    assert sending.piece(sending.state["received"]).status_code == 409
    assert desk.files == []


@ONE_ENGINE
def test_pieces_without_the_pages_token_are_refused(desk, sender):
    sending = sender("plan.pdf", BIG)
    sending.begin()
    desk.player.csrf = "0" * 64
    assert sending.piece(0).status_code == 400


def test_an_upload_that_never_ended_is_forgotten_with_its_pieces(desk, sender, keeping, world):
    sending = sender("plan.pdf", BIG)
    sending.begin()
    sending.send(upto=0.5)
    assert len(kept(keeping)) == 3
    assert drop_expired(world.database, keeping()) == 0
    with world.database.transaction() as session:
        session.execute(update(Upload).values(expires_at=utc_now()))
    assert sending.piece(3 * MB).status_code == 404
    assert drop_expired(world.database, keeping()) == 1
    assert kept(keeping) == []
    assert sending.ask().status_code == 404
