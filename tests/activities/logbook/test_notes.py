"""Notes about a trainee and welfare records: whose they are, who is named, who was told."""

from datetime import timedelta
from uuid import uuid4

import pytest

from lti_tool.domain.audit import AuditEvent
from lti_tool.domain.base import utc_now
from lti_tool.domain.records import Move, MoveKind, Record, RecordReader, Referral, Visibility
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Seal

SECRET = "He told me that he sleeps in the bakery."
ENTRY = {"practised_on": "2026-11-12", "duration_minutes": "30", "text-topics": SECRET}


def note(course, who, visibility, text=SECRET, id=None):
    form = {"record_id": str(id or uuid4()), "text": text, "visibility": visibility}
    return who.post("notes.about", form, person_id=course.tomas.person.id)


def newest(course):
    return max(course.world.stored(Record, kind="note"), key=lambda record: record.created_at)


@pytest.fixture
def welfare(course):
    """The id of an entry of Tomas's that Tilda has made a welfare record."""
    id = uuid4()
    course.tomas.post("logbook.start", record_id=id)
    assert course.tomas.post("logbook.submit", ENTRY, record_id=id).status_code == 303
    why = {"why": "I am the safeguarding lead."}
    assert course.tilda.post("notes.reclassify", why, record_id=id).status_code == 303
    return id


def test_a_mentors_note_is_the_mentors_alone(course):
    assert note(course, course.meera, "mentor_private").status_code == 303

    person_id = course.tomas.person.id
    assert SECRET in course.meera.get("notes.about", person_id=person_id).text
    assert SECRET not in course.tilda.get("notes.about", person_id=person_id).text
    assert course.tilda.get("notes.show", record_id=newest(course).id).status_code == 404
    assert course.tomas.get("notes.about", person_id=person_id).status_code == 403
    assert course.nils.get("notes.about", person_id=person_id).status_code == 404


def test_a_note_is_sealed_and_sent_nowhere(course):
    before = len(course.world.stored(Seal)), len(course.world.deliveries())

    note(course, course.meera, "mentor_private")

    assert len(course.world.stored(Seal)) == before[0] + 1
    assert len(course.world.deliveries()) == before[1]


def test_keeping_a_note_by_a_double_click_keeps_one(course):
    id = uuid4()
    codes = [note(course, course.meera, "welfare", id=id).status_code for _ in range(2)]

    assert codes == [303, 303]
    assert len(course.world.stored(Record, kind="note")) == 1


@pytest.mark.parametrize("visibility", ["", "shared", "mentor_private", "nonsense"])
def test_a_tutor_writes_welfare_notes_only(course, visibility):
    answer = note(course, course.tilda, visibility)

    assert answer.status_code == 422
    assert SECRET in answer.text
    assert course.world.stored(Record, kind="note") == []


def test_a_welfare_note_is_read_by_those_who_are_named_one_by_one(course):
    note(course, course.meera, "welfare")
    id = newest(course).id
    assert course.tilda.get("notes.show", record_id=id).status_code == 404

    named = {
        "reader-person": str(course.tilda.person.id),
        "reader-why": "Safeguarding lead.",
    }
    assert course.meera.post("notes.add_reader", named, record_id=id).status_code == 303

    page = course.tilda.get("notes.show", record_id=id).text
    assert SECRET in page
    assert "Safeguarding lead." in page
    assert "welfare.reader_named" in {line.action for line in course.world.stored(AuditEvent)}


def test_why_somebody_is_entitled_has_to_be_said(course):
    note(course, course.meera, "welfare")
    id = newest(course).id
    for why, person in ((" ", course.tilda), ("x y z", course.tomas)):
        named = {"reader-person": str(person.person.id), "reader-why": why}
        assert course.meera.post("notes.add_reader", named, record_id=id).status_code == 422

    assert course.world.stored(RecordReader) == []


def test_the_log_says_who_was_told_when_and_why(course, welfare):
    told = {"told": "Sam Lee, welfare office", "told_on": "2026-11-13", "why": "Housing."}

    assert course.tilda.post("notes.add_referral", told, record_id=welfare).status_code == 303

    page = course.tilda.get("notes.show", record_id=welfare).text
    assert "Sam Lee, welfare office" in page
    assert "13 November 2026" in page
    [line] = course.world.stored(Referral)
    assert (line.why, line.by_id) == ("Housing.", course.tilda.person.id)


def test_nobody_was_told_tomorrow(course, welfare):
    told = {"told": "Sam Lee", "told_on": "2999-01-01", "why": "Housing."}

    answer = course.tilda.post("notes.add_referral", told, record_id=welfare)

    assert answer.status_code == 422
    assert "Sam Lee" in answer.text


def test_a_welfare_record_vanishes_at_once_and_its_author_still_reads_it(
    course,
    welfare,
):
    assert course.meera.get("logbook.show_entry", record_id=welfare).status_code == 404
    course.meera.get("trainees.index")
    assert "Nothing waits for you now." in course.meera.text
    assert SECRET in course.tomas.get("logbook.show_entry", record_id=welfare).text
    assert SECRET in course.tilda.get("logbook.show_entry", record_id=welfare).text
    [move] = course.world.stored(Move, kind=MoveKind.VISIBILITY)
    assert move.details == {"was": "shared", "now": "welfare"}


def test_another_tutor_does_not_see_a_welfare_record(course, welfare):
    course.world.make(course.nils, Role.TUTOR)

    assert course.nils.get("notes.show", record_id=welfare).status_code == 404
    assert course.nils.get("logbook.show_entry", record_id=welfare).status_code == 404


def test_a_mentor_cannot_make_a_welfare_record_of_an_entry(course):
    id = uuid4()
    course.tomas.post("logbook.start", record_id=id)
    course.tomas.post("logbook.submit", ENTRY, record_id=id)

    answer = course.meera.post("notes.reclassify", {"why": "x y z"}, record_id=id)

    assert answer.status_code == 403
    assert course.record(id).visibility is Visibility.SHARED


def test_free_texts_say_whom_to_tell_of_harm_instead(course):
    id = uuid4()
    course.tomas.post("logbook.start", record_id=id)

    assert "Do not write here about harm" in course.tomas.get("logbook.edit", record_id=id).text


def readings(course, id):
    """Who is on record for having read it, one line each."""
    lines = course.world.stored(AuditEvent, action="welfare.read", record_id=id)
    return [(line.actor_id, line.details) for line in lines]


@pytest.fixture
def named(course):
    """The id of a welfare note of Meera's that Tilda was named for."""
    note(course, course.meera, "welfare")
    id = newest(course).id
    course.meera.get("notes.show", record_id=id)
    form = {"reader-person": str(course.tilda.person.id), "reader-why": "Safeguarding lead."}
    assert course.meera.post("notes.add_reader", form, record_id=id).status_code == 303
    return id


@pytest.mark.parametrize("page", ["show", "about"])
def test_a_named_reader_who_opens_a_welfare_note_is_on_record_once_a_day(course, named, page):
    where = {"record_id": named} if page == "show" else {"person_id": course.tomas.person.id}

    for _ in range(2):
        assert SECRET in course.tilda.get(f"notes.{page}", **where).text

    assert readings(course, named) == [(course.tilda.person.id, {})]


def test_an_entry_that_became_a_welfare_record_tells_of_its_readers_too(course, welfare):
    assert course.tilda.get("logbook.show_entry", record_id=welfare).status_code == 200
    assert course.tomas.get("logbook.show_entry", record_id=welfare).status_code == 200

    assert readings(course, welfare) == [(course.tilda.person.id, {})]


def test_nobody_is_on_record_for_what_they_wrote_or_could_not_open(course, named):
    assert course.meera.get("notes.show", record_id=named).status_code == 200
    assert course.nils.get("notes.show", record_id=named).status_code == 404

    assert readings(course, named) == []


def test_the_next_day_is_another_line(course, named, monkeypatch):
    course.tilda.get("notes.show", record_id=named)
    tomorrow = utc_now() + timedelta(days=1)
    monkeypatch.setattr("lti_tool.services.readings.utc_now", lambda: tomorrow)

    course.tilda.get("notes.show", record_id=named)

    assert len(readings(course, named)) == 2


def test_reading_what_is_no_welfare_record_leaves_no_line(course):
    id = uuid4()
    course.tomas.post("logbook.start", record_id=id)
    course.tomas.post("logbook.submit", ENTRY, record_id=id)
    before = len(course.world.stored(AuditEvent))

    assert course.tilda.get("logbook.show_entry", record_id=id).status_code == 200

    assert len(course.world.stored(AuditEvent)) == before
