"""The logbook through the browser's eyes: each person does and sees what is theirs."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from lti_tool.sdk import Attempt, RecordState, utc_now
from lti_tool.services.people import end_relation
from tests.activities.logbook.conftest import Course

TYPED = {
    "practised_on": "2026-11-20",
    "duration_minutes": "1:30",
    "text-topics": "Baked rye bread.",
    "text-agreed": "",
    "text-learned": "Patience.",
}


def started(course: Course) -> UUID:
    id = uuid4()
    assert course.tomas.post("logbook.start", record_id=id).status_code == 303
    return id


def submitted(course: Course, **typed: str) -> UUID:
    id = started(course)
    response = course.tomas.post("logbook.submit", TYPED | typed, record_id=id)
    assert response.status_code == 303
    return id


def seen(course: Course, id: UUID) -> dict[str, str]:
    """What the decision form of an entry carries now."""
    page = course.tilda.get("logbook.show_entry", record_id=id).text
    seen = page.split('name="seen_sha256"')[1].split('value="')[1].split('"')[0]
    return {"seen_sha256": seen, "capacity": "saw_it"}


def text(response: TestResponse) -> str:
    return " ".join(response.text.split())


def test_an_empty_logbook_offers_a_first_entry(course: Course) -> None:
    page = course.tomas.get("logbook.home")
    assert page.status_code == 200
    assert "Add entry" in page.text
    assert "No entries yet" in page.text
    assert "0 of 2" in page.text


@pytest.mark.parametrize("duration", ["", " ", "\t", "\u00a0"])
def test_an_entry_without_a_time_is_asked_for_it_with_all_kept(
    course: Course, duration: str
) -> None:
    id = started(course)

    page = course.tomas.post("logbook.submit", TYPED | {"duration_minutes": duration}, record_id=id)

    assert page.status_code == 422
    assert "Type how many minutes it took." in page.text
    assert "Baked rye bread." in page.text
    assert course.record(id).state is RecordState.DRAFT


def test_an_entry_goes_from_draft_to_confirmed(course: Course) -> None:
    id = submitted(course)
    assert "Submitted" in course.tomas.get("logbook.show_entry", record_id=id).text

    person_id = course.tomas.person.id
    assert (
        "Waiting to be confirmed"
        in course.meera.get("logbook.show_trainee", person_id=person_id).text
    )
    response = course.meera.post("logbook.countersign", seen(course, id), record_id=id)

    assert response.status_code == 303
    assert course.record(id).state is RecordState.COUNTERSIGNED
    home = text(course.tomas.get("logbook.home"))
    assert "1 of 2" in home
    assert "Time confirmed: 1 h 30 min" in home
    assert "by Meera" in home


def test_a_returned_entry_shows_the_comment_and_can_be_submitted_again(course: Course) -> None:
    id = submitted(course)
    back = seen(course, id) | {"comment": "Which oven?"}
    assert course.meera.post("logbook.send_back", back, record_id=id).status_code == 303

    assert "Which oven?" in course.tomas.get("logbook.home").text
    form = course.tomas.get("logbook.edit", record_id=id).text
    assert "Which oven?" in form
    assert "Baked rye bread." in form

    again = TYPED | {"text-topics": "Baked in the big oven."}
    assert course.tomas.post("logbook.submit", again, record_id=id).status_code == 303
    shown = course.meera.get("logbook.show_entry", record_id=id).text
    assert "Baked in the big oven." in shown
    assert "Which oven?" in shown


def test_a_saved_draft_comes_back_as_it_was_typed(course: Course) -> None:
    id = started(course)
    course.tomas.post("pages.autosave", TYPED | {"duration_minutes": "abc"}, record_id=id)

    form = course.tomas.get("logbook.edit", record_id=id).text
    assert 'value="abc"' in form
    assert "Baked rye bread." in form
    assert "Baked rye bread." in course.tomas.get("logbook.home").text


def test_a_draft_can_be_kept_without_scripts(course: Course) -> None:
    id = started(course)
    assert course.tomas.post("logbook.save", {"text-topics": "Half"}, record_id=id).location
    assert "Half" in course.tomas.get("logbook.edit", record_id=id).text
    assert course.record(id).state is RecordState.DRAFT


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("practised_on", "", "Choose the day this happened."),
        ("practised_on", "yesterday", "Type the date as day, month and year"),
        ("practised_on", "0206-11-20", "Check the year."),
        ("duration_minutes", "", "Type how many minutes it took."),
        ("duration_minutes", "0", "between 1 minute and 24 hours"),
        ("duration_minutes", "1441", "between 1 minute and 24 hours"),
        ("duration_minutes", "-5", "Type the time in minutes"),
        ("duration_minutes", "9" * 5000, "Type the time in minutes"),
        ("text-topics", "  \r\n ", "Write something here"),
        ("text-learned", "a" * 50_001, "Make this text shorter."),
    ],
)
def test_bad_input_is_named_and_everything_typed_is_kept(
    course: Course, field: str, typed: str, message: str
) -> None:
    id = started(course)

    response = course.tomas.post("logbook.submit", TYPED | {field: typed}, record_id=id)

    assert response.status_code == 422
    assert message in text(response)
    assert "There is a problem" in response.text
    kept = TYPED | {field: typed}
    assert all(value in response.text for value in kept.values() if value.strip())
    assert course.record(id).state is RecordState.DRAFT
    assert "2026-11-20" in course.tomas.get("logbook.edit", record_id=id).text or field == (
        "practised_on"
    )


def test_a_day_to_come_is_refused(course: Course) -> None:
    tomorrow = (utc_now() + timedelta(days=2)).date().isoformat()
    id = started(course)
    response = course.tomas.post("logbook.submit", TYPED | {"practised_on": tomorrow}, record_id=id)
    assert response.status_code == 422
    assert "The day cannot be in the future." in response.text


def test_a_nul_in_the_text_does_no_harm(course: Course) -> None:
    id = submitted(course, **{"text-topics": "Rye\0 bread"})
    assert "Rye bread" in course.tomas.get("logbook.show_entry", record_id=id).text


def test_a_nul_in_a_kept_draft_does_no_harm(course: Course) -> None:
    id = started(course)
    response = course.tomas.post("logbook.save", {"text-topics": "Rye\0 bread"}, record_id=id)
    assert response.status_code == 303
    assert "Rye bread" in course.tomas.get("logbook.edit", record_id=id).text


def test_a_nul_in_an_autosaved_draft_does_no_harm(course: Course) -> None:
    id = started(course)
    response = course.tomas.post("pages.autosave", {"text-topics": "Rye\0 bread"}, record_id=id)
    assert response.status_code == 200
    assert "Rye bread" in course.tomas.get("logbook.edit", record_id=id).text


def test_submitting_twice_by_a_double_click_ends_on_the_entry(course: Course) -> None:
    id = submitted(course)
    assert course.tomas.post("logbook.submit", TYPED, record_id=id).status_code == 303


def test_sending_back_without_a_comment_keeps_the_page(course: Course) -> None:
    id = submitted(course)
    response = course.meera.post("logbook.send_back", seen(course, id), record_id=id)
    assert response.status_code == 422
    assert "Write what the trainee should change." in response.text
    assert course.record(id).state is RecordState.SUBMITTED


def test_a_decision_on_an_outdated_page_keeps_the_comment_in_sight(course: Course) -> None:
    id = submitted(course)
    stale = seen(course, id) | {"comment": "Please name the oven you used."}
    course.tomas.post("logbook.withdraw", record_id=id)
    course.tomas.post("logbook.submit", TYPED | {"duration_minutes": "30"}, record_id=id)

    response = course.meera.post("logbook.countersign", stale, record_id=id)

    assert response.status_code == 409
    assert "This was changed after you opened it." in response.text
    assert "Please name the oven you used." in response.text
    assert course.record(id).state is RecordState.SUBMITTED


def test_a_draft_is_invisible_to_everybody_else(course: Course) -> None:
    id = started(course)
    course.tomas.post("logbook.save", TYPED, record_id=id)
    for other in (course.meera, course.tilda):
        assert other.get("logbook.show_entry", record_id=id).status_code == 404
        page = other.get("logbook.show_trainee", person_id=course.tomas.person.id)
        assert "Baked rye bread." not in page.text


def test_an_entry_taken_back_is_invisible_again(course: Course) -> None:
    id = submitted(course)
    course.tomas.post("logbook.withdraw", record_id=id)
    assert course.meera.get("logbook.show_entry", record_id=id).status_code == 404
    assert "Baked rye bread." in course.tomas.get("logbook.edit", record_id=id).text


def test_a_deleted_draft_is_gone_from_the_list(course: Course) -> None:
    id = started(course)
    assert course.tomas.post("logbook.discard", record_id=id).status_code == 303
    assert "No entries yet" in course.tomas.get("logbook.home").text
    assert course.tomas.get("logbook.show_entry", record_id=id).status_code == 404


def test_a_mentor_of_others_sees_nothing(course: Course) -> None:
    id = submitted(course)
    carried = seen(course, id)
    assert course.nils.get("logbook.show_entry", record_id=id).status_code == 404
    assert (
        course.nils.get("logbook.show_trainee", person_id=course.tomas.person.id).status_code == 404
    )
    assert course.nils.post("logbook.countersign", carried, record_id=id).status_code == 404
    assert course.record(id).state is RecordState.SUBMITTED


def test_a_trainee_cannot_confirm(course: Course) -> None:
    id = submitted(course)
    response = course.tomas.post("logbook.countersign", seen(course, id), record_id=id)
    assert response.status_code == 403
    assert course.record(id).state is RecordState.SUBMITTED


def test_mentors_and_tutors_cannot_write_entries(course: Course) -> None:
    id = submitted(course)
    for other in (course.meera, course.tilda):
        assert other.post("logbook.start", record_id=uuid4()).status_code == 403
        assert other.post("logbook.submit", TYPED, record_id=id).status_code == 403
        assert other.post("logbook.withdraw", record_id=id).status_code == 403


def test_a_tutor_may_confirm_and_sees_the_grade_panel(course: Course) -> None:
    id = submitted(course)
    course.tilda.post("logbook.countersign", seen(course, id), record_id=id)
    page = text(course.tilda.get("logbook.show_trainee", person_id=course.tomas.person.id))
    assert "Trellis suggests <strong>50 of 100</strong>" in page
    assert "Give a grade" in page


def test_the_grade_of_the_tutor_reaches_the_trainee(course: Course) -> None:
    grade = {"given": "70", "comment": "Well kept.", "seen_number": "0"}
    response = course.tilda.post("trainees.grade", grade, person_id=course.tomas.person.id)
    assert response.status_code == 303
    page = text(course.tomas.get("logbook.home"))
    assert "70 of 100" in page
    assert "Well kept." in page


def test_the_mentors_page_lists_what_waits(course: Course) -> None:
    id = submitted(course)
    world = course.world
    waiting = world.app.extensions["trellis"].registry.get("logbook").waiting
    with world.database.reading() as session, world.app.test_request_context():
        [thing] = waiting(session, [session.get_one(Attempt, course.record(id).attempt_id)])
    assert thing.label == f"{course.tomas.person.name}, 20 November 2026"
    assert (thing.endpoint, thing.values) == ("logbook.show_entry", {"record_id": id})


def test_where_no_mentor_is_needed_entries_count_at_once(course: Course) -> None:
    course.set(mentor_confirms=False)
    submitted(course)
    home = text(course.tomas.get("logbook.home"))
    assert "Entries submitted" in home
    assert "1 of 2" in home


def test_a_trainee_without_a_mentor_is_told_who_can_help(course: Course) -> None:
    with course.world.database.transaction() as session:
        end_relation(
            session,
            course.world.setup_of(course.link).course_id,
            trainee_id=course.tomas.person.id,
            person_id=course.meera.person.id,
        )
    assert "Nobody is set as your mentor yet." in course.tomas.get("logbook.home").text


def test_the_form_asks_in_the_language_the_reader_picked(course: Course) -> None:
    id = started(course)
    course.tomas.post("pages.set_language", {"lang": "cy"})
    assert "Am beth fuoch chi&#39;n siarad?" in course.tomas.get("logbook.edit", record_id=id).text
