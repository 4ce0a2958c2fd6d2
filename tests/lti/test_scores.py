"""What the tutor gave here stands in the platform's gradebook, or the page says why not."""

import json
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import update

from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import LineItemState
from lti_tool.domain.people import Person
from lti_tool.domain.platforms import Platform, ServiceToken
from lti_tool.domain.roles import Role
from lti_tool.outbox.models import DeliveryState
from tests.cast import Player
from tests.lti.gradebook import calls, cell, column_of, give, scores, standing, tokens

RETRY = "trainees.retry_score_again"


@pytest.fixture
def ready(world, trainee):
    """Everything is in place; only grades are missing."""
    world.deliver()
    world.sandbox.calls.clear()
    return trainee


def later(**units):
    return time_machine.travel(utc_now() + timedelta(**units), tick=False)


# What is sent -----------------------------------------------------------------------------------


def test_a_grade_arrives_with_its_feedback_and_the_page_says_sent(world, tutor, ready, link):
    give(tutor, ready, "66.5", comment="Good bread.\nMore salt.")
    world.deliver()

    shown = cell(world, link, world.cast.tomas)
    assert (shown.score, shown.feedback) == (66.5, "Good bread.\nMore salt.")
    assert "Sent" in standing(tutor, ready)


def test_every_score_is_final_and_carries_a_comment(world, tutor, ready):
    give(tutor, ready, "50", comment="")
    world.deliver()

    ((score, status),) = scores(world)
    assert status == 200
    assert (score["gradingProgress"], score["activityProgress"]) == ("FullyGraded", "Completed")
    assert (score["scoreGiven"], score["scoreMaximum"]) == (50, 100)
    assert score["comment"] == ""
    assert score["userId"] == str(world.cast.tomas.id)


def test_a_nought_is_sent_as_a_nought(world, tutor, ready, link):
    give(tutor, ready, "0")
    world.deliver()

    assert cell(world, link, world.cast.tomas).score == 0


def test_no_mark_is_never_sent_as_a_nought(world, tutor, ready, link):
    ready.post("logbook.start", record_id=ready.person.id)
    tutor.get("logbook.show_trainee", person_id=ready.person.id)
    tutor.post(RETRY, person_id=ready.person.id)
    world.deliver()

    assert scores(world) == []
    assert cell(world, link, world.cast.tomas).score is None


def test_the_platforms_own_scale_is_left_to_the_platform(world, tutor, ready, link):
    column_of(world, link).score_maximum = 20
    give(tutor, ready, "50")
    world.deliver()

    assert cell(world, link, world.cast.tomas).score == 10


def typed():
    return {"practised_on": "2026-11-20", "duration_minutes": "30", "text-topics": "Rye"}


def test_what_a_graded_trainee_does_later_never_clears_the_grade(world, tutor, ready, link):
    give(tutor, ready, "80", comment="Fine.")
    world.deliver()
    for number in range(3):
        id = Person.__table__.c.id.type.python_type(int=number + 1)
        ready.post("logbook.start", record_id=id)
        ready.post("pages.autosave", typed(), record_id=id)
        assert ready.post("logbook.submit", typed(), record_id=id).status_code == 303
        ready.launch(link)
        world.deliver()

    shown = cell(world, link, world.cast.tomas)
    assert (shown.score, shown.feedback) == (80, "Fine.")
    assert len(scores(world)) == 1


def test_two_grades_within_one_second_both_arrive_in_their_order(world, tutor, ready, link):
    with later(seconds=0):
        give(tutor, ready, "10", comment="First.")
        world.deliver()
        give(tutor, ready, "90", comment="Second.")
        world.deliver()

    assert [s["scoreGiven"] for s, status in scores(world) if status == 200] == [10, 90]
    shown = cell(world, link, world.cast.tomas)
    assert (shown.score, shown.feedback) == (90, "Second.")


def test_of_many_grades_that_wait_only_the_newest_is_sent(world, tutor, ready, link):
    for mark in ("10", "20", "30"):
        give(tutor, ready, mark)
    world.deliver()

    assert [s["scoreGiven"] for s, _ in scores(world)] == [30]


def test_timestamps_rise_by_a_second_at_least(world, tutor, ready):
    with later(seconds=0):
        for mark in ("10", "20", "30"):
            give(tutor, ready, mark)
            world.deliver()

    stamps = [score["timestamp"] for score, _ in scores(world)]
    assert stamps == sorted(stamps)
    assert len({stamp[:19] for stamp in stamps}) == 3


def test_a_tutor_or_mentor_never_gets_a_score(world, tutor, ready, meera, link):
    meera.launch(link)
    world.make(meera, Role.MENTOR)
    for person in (tutor, meera):
        answer = tutor.post("trainees.grade", {"given": "5"}, person_id=person.person.id)
        assert answer.status_code == 404
        assert tutor.post(RETRY, person_id=person.person.id).status_code == 404
    world.deliver()

    assert world.deliveries("score") == []


# 409 --------------------------------------------------------------------------------------------


def test_a_score_whose_answer_was_lost_is_recognised_as_delivered(world, tutor, ready, link):
    give(tutor, ready, "70")
    world.sandbox.faults.lost_score_answers = 1
    world.deliver()
    assert "Waiting" in standing(tutor, ready)
    world.deliver(seconds=60)

    assert [status for _, status in scores(world)] == [504, 409]
    assert "Sent" in standing(tutor, ready)
    assert world.deliveries("score")[-1].reason == "already_there"
    assert cell(world, link, world.cast.tomas).score == 70


def test_a_conflict_without_a_newer_grade_is_sent_again_later(world, tutor, ready, link):
    give(tutor, ready, "70")
    world.sandbox.faults.score_conflicts = 1
    world.deliver()
    world.deliver(seconds=2)

    first, second = (score for score, _ in scores(world))
    assert second["timestamp"] > first["timestamp"]
    assert cell(world, link, world.cast.tomas).score == 70
    assert "Sent" in standing(tutor, ready)


def test_a_grade_typed_into_the_platform_later_is_not_overwritten(world, tutor, ready, link):
    give(tutor, ready, "70")
    with later(minutes=5):
        world.sandbox.override_grade(column_of(world, link), world.cast.tomas, 33)
    world.deliver()

    assert cell(world, link, world.cast.tomas).score == 33
    assert "The platform holds a newer grade" in standing(tutor, ready)
    assert world.deliveries("score")[-1].state is DeliveryState.SUPERSEDED


def test_a_platform_that_always_says_conflict_is_asked_less_and_less(world, tutor, ready):
    give(tutor, ready, "70")
    world.sandbox.faults.score_conflicts = 1000
    for seconds in range(0, 3600, 2):
        world.deliver(seconds=seconds) if seconds < 70 or seconds % 600 == 0 else None

    assert 5 <= len(scores(world)) <= 14
    assert "Waiting" in standing(tutor, ready)


def test_results_that_we_may_not_read_do_not_stop_the_grade(world, tutor, ready, link, monkeypatch):
    give(tutor, ready, "70")
    world.sandbox.faults.score_conflicts = 1
    refuse(world, monkeypatch, "/results", 403)
    world.deliver()
    world.deliver(seconds=2)

    assert cell(world, link, world.cast.tomas).score == 70


def refuse(world, monkeypatch, ending, status, body=b"", headers=None):
    """Let the platform answer one kind of address with something else."""
    app = world.server.server.app
    inner = app.wsgi_app

    def odd(environ, start_response):
        if not environ["PATH_INFO"].endswith(ending):
            return inner(environ, start_response)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response(f"{status} Odd", [("Content-Length", str(len(body))), *(headers or [])])
        return [body]

    monkeypatch.setattr(app, "wsgi_app", odd)


# 400, 404, 401 ----------------------------------------------------------------------------------


def test_somebody_who_cannot_be_graded_is_parked_with_the_reason(world, tutor, ready):
    give(tutor, ready, "70")
    world.sandbox.unenrol(world.cast.course, world.cast.tomas)
    world.deliver()

    assert "this person cannot be graded" in standing(tutor, ready)
    assert "Retry" in standing(tutor, ready)
    assert world.deliveries("score")[-1].reason == "not_gradable"


def test_a_retry_brings_the_grade_once_the_person_is_back(world, tutor, ready, link):
    give(tutor, ready, "70")
    world.sandbox.unenrol(world.cast.course, world.cast.tomas)
    world.deliver()
    world.sandbox.enrol(world.cast.course, world.cast.tomas)

    tutor.post(RETRY, person_id=ready.person.id)
    world.deliver()

    assert cell(world, link, world.cast.tomas).score == 70
    assert "Sent" in standing(tutor, ready)


def test_one_refused_grade_does_not_hold_up_the_next_trainee(world, tutor, ready, link):
    sigrun = world.player(world.cast.sigrun)
    sigrun.launch(link)
    world.sandbox.unenrol(world.cast.course, world.cast.tomas)
    give(tutor, ready, "70")
    give(tutor, sigrun, "90")
    world.deliver()

    assert cell(world, link, world.cast.sigrun).score == 90


@pytest.fixture
def without_column(world, tutor, ready, link):
    """Two trainees were graded, then somebody deleted the column by hand."""
    sigrun = world.player(world.cast.sigrun)
    sigrun.launch(link)
    give(tutor, sigrun, "90")
    world.deliver()
    world.sandbox.remove_item(column_of(world, link))
    give(tutor, ready, "70")
    world.deliver()
    return ready


def test_a_deleted_column_is_told_to_the_tutor(world, tutor, without_column, link):
    assert "gradebook column was deleted" in standing(tutor, without_column)
    assert world.line_item_of(link).state is LineItemState.GONE


def test_a_retry_makes_the_column_again_with_every_grade(world, tutor, without_column, link):
    tutor.post(RETRY, person_id=without_column.person.id)
    world.deliver()
    world.deliver(seconds=6)

    assert cell(world, link, world.cast.tomas).score == 70
    assert cell(world, link, world.cast.sigrun).score == 90
    assert "Sent" in standing(tutor, without_column)


def test_a_launch_with_a_new_column_brings_every_grade_too(world, tutor, without_column, link):
    column = world.sandbox.add_item(world.cast.course, world.tool, "Again", 100, link, coupled=True)
    tutor.launch(link)
    world.deliver()

    assert world.sandbox.cell(column, world.cast.tomas).score == 70
    assert world.sandbox.cell(column, world.cast.sigrun).score == 90


def test_a_token_that_is_refused_is_replaced_once(world, tutor, ready, link):
    give(tutor, ready, "10")
    world.deliver()
    world.sandbox.tables.access_tokens.clear()
    world.sandbox.calls.clear()
    give(tutor, ready, "20")
    world.deliver()

    assert [status for _, status in scores(world)] == [401, 200]
    assert tokens(world) == 1
    assert cell(world, link, world.cast.tomas).score == 20


def test_access_that_stays_refused_is_parked_with_the_reason(world, tutor, ready):
    give(tutor, ready, "10")
    world.tool.grade_sync = 0
    world.tool.roster = True
    world.deliver()

    assert "refused our access" in standing(tutor, ready)
    assert len(scores(world)) <= 2


def test_a_token_is_asked_for_once_an_hour(world, tutor, ready, link):
    for mark in ("10", "20", "30"):
        give(tutor, ready, mark)
        world.deliver()
    assert for_scores(world) == 1

    with later(minutes=61):
        tutor.launch(link)
        give(tutor, ready, "40")
        world.deliver()
    assert for_scores(world) == 2


def for_scores(world):
    """How many tokens for sending scores the platform has handed out."""
    tokens = list(world.sandbox.tables.access_tokens.values())
    return sum(any(scope.endswith("/score") for scope in token.scopes) for token in tokens)


def test_tokens_are_not_stored_in_the_clear(world, tutor, ready):
    give(tutor, ready, "10")
    world.deliver()

    issued = list(world.sandbox.tables.access_tokens)
    stored = [row.token for row in world.stored(ServiceToken)]
    assert issued
    assert stored
    assert not [token for token in issued if any(token in text for text in stored)]


# Faults of the platform as a whole ---------------------------------------------------------------


def graded_elsewhere(neighbour):
    """Grade the neighbour's Tomas as their own Tilda; return the link."""
    link = neighbour.place("logbook")
    tilda, tomas = (neighbour.player(p) for p in (neighbour.cast.tilda, neighbour.cast.tomas))
    tilda.launch(link)
    neighbour.make(tilda, Role.TUTOR)
    tomas.launch(link)
    give(tilda, tomas, "44")
    return link


@pytest.mark.parametrize("fault", ["token_refused", "down"])
def test_a_site_that_fails_holds_up_no_other(world, tutor, ready, link, neighbour, fault):
    setattr(world.sandbox.faults, fault, True)
    with world.database.transaction() as session:
        session.execute(ServiceToken.__table__.delete())
    for mark in range(8):
        give(tutor, ready, str(mark))
        world.deliver(seconds=mark)
    there = graded_elsewhere(neighbour)
    world.deliver()

    assert cell(neighbour, there, neighbour.cast.tomas).score == 44
    assert cell(world, link, world.cast.tomas).score is None
    assert "Waiting" in standing(tutor, ready)


@pytest.mark.parametrize("status", [400, 401, 500, 503])
def test_a_token_endpoint_that_fails_is_waited_for(world, tutor, ready, link, status, monkeypatch):
    give(tutor, ready, "10")
    with monkeypatch.context() as patch:
        refuse(world, patch, "/token.php", status)
        with world.database.transaction() as session:
            session.execute(ServiceToken.__table__.delete())
        world.deliver()
    assert "Waiting" in standing(tutor, ready)

    world.deliver(seconds=60)
    assert cell(world, link, world.cast.tomas).score == 10


def test_a_platform_that_is_down_rests_and_gets_everything_later(world, tutor, ready, link):
    world.sandbox.faults.down = True
    give(tutor, ready, "10")
    for minutes in range(0, 120, 2):
        world.deliver(seconds=minutes * 60)
    asked = len(calls(world))
    world.sandbox.faults.down = False
    world.deliver(seconds=4 * 3600)

    assert asked < 40
    assert cell(world, link, world.cast.tomas).score == 10
    assert "Sent" in standing(tutor, ready)


def test_a_wait_that_the_platform_asks_for_is_kept(world, tutor, ready, link):
    world.sandbox.faults.retry_after_seconds = 600
    give(tutor, ready, "10")
    world.deliver()
    asked = len(calls(world))
    for seconds in (10, 60, 300, 590):
        world.deliver(seconds=seconds)
    assert len(calls(world)) == asked

    world.sandbox.faults.clear()
    world.deliver(seconds=1300)
    assert cell(world, link, world.cast.tomas).score == 10


@pytest.mark.parametrize("value", ["x", "-5", "9" * 40, "²", "Wed, 21 Oct 2015 07:28:00 GMT", ""])
def test_an_odd_wait_is_no_failure(world, tutor, ready, link, value, monkeypatch):
    give(tutor, ready, "10")
    with monkeypatch.context() as patch:
        header = [("Retry-After", value.encode().decode("latin-1"))]
        refuse(world, patch, "/scores", 429, headers=header)
        world.deliver()
    world.deliver(seconds=7 * 3600)

    assert cell(world, link, world.cast.tomas).score == 10


@pytest.mark.parametrize("body", [b"<html>OK</html>", b"[]", b"[" * 100_000, b"\xff"])
def test_whatever_a_platform_says_to_a_score_it_took_is_fine(
    world, tutor, ready, body, monkeypatch
):
    give(tutor, ready, "10")
    refuse(world, monkeypatch, "/scores", 200, body)
    world.deliver()

    assert "Sent" in standing(tutor, ready)


def test_a_platform_that_is_switched_off_keeps_its_grades_waiting(world, tutor, ready, link):
    give(tutor, ready, "10")
    with world.database.transaction() as session:
        session.execute(update(Platform).values(is_active=False))
    world.app.extensions["trellis_lti"].platforms.forget()
    world.deliver()
    assert scores(world) == []

    with world.database.transaction() as session:
        session.execute(update(Platform).values(is_active=True))
    world.app.extensions["trellis_lti"].platforms.forget()
    world.deliver(seconds=3600)
    assert cell(world, link, world.cast.tomas).score == 10


def test_what_waits_for_two_weeks_is_parked_and_listed(world, tutor, ready):
    world.sandbox.faults.down = True
    give(tutor, ready, "10")
    for days in range(20):
        world.deliver(seconds=days * 86400)

    assert "could not be reached for two weeks" in standing(tutor, ready)


def test_a_score_never_goes_to_another_site(world, tutor, ready, foreign, link):
    """Whoever got into the database, or a bent launch, cannot lead the token away."""
    with world.database.transaction() as session:
        item = session.get_one(type(world.line_item_of(link)), world.line_item_of(link).id)
        item.url = f"{foreign.url}/lineitem"
    give(tutor, ready, "10")
    world.deliver()

    assert foreign.asked == []
    assert world.deliveries("score")[-1].state is DeliveryState.PARKED


def test_a_launch_cannot_name_a_column_of_another_site(world, tomas, link, foreign):
    def bend(claims):
        ags = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
        ags["lineitem"] = ags["lineitems"] = f"{foreign.url}/lineitem"

    tomas.launch(link, edit=bend)
    world.deliver()

    assert foreign.asked == []
    assert world.line_item_of(link).url is None


def test_the_body_of_an_answer_is_never_kept(world, tutor, ready, monkeypatch):
    give(tutor, ready, "10")
    refuse(world, monkeypatch, "/scores", 400, b"Tomas Trainee tomas@example.org secret")
    world.deliver()

    kept = [json.dumps([d.last_error, d.reason, d.body]) for d in world.deliveries("score")]
    assert kept
    assert not [text for text in kept if "Tomas" in text or "secret" in text]


def test_two_tutors_grade_one_after_the_other(world, tutor, ready, link):
    olga = Player(world, str(world.cast.olga.id), world.app.test_client())
    world.sandbox.enrol(world.cast.course, world.cast.olga, "editingteacher")
    olga.launch(link)
    world.make(olga, Role.TUTOR)
    olga.launch(link)
    give(tutor, ready, "10")
    give(olga, ready, "90", comment="Second look.")
    world.deliver()

    assert cell(world, link, world.cast.tomas).score == 90
