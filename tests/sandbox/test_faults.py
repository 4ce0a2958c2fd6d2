"""Switches that make the platform fail."""

from __future__ import annotations

import time

import pytest

from lti_tool.sandbox import launch

T0, T1 = "2026-11-21T10:00:00Z", "2026-11-21T10:00:01Z"


@pytest.fixture
def faults(world):
    return world.sandbox.faults


def test_a_platform_that_is_down_answers_503_to_tools(world, faults, column):
    headers = world.bearer()
    faults.down = True

    assert world.roster(headers=headers).status_code == 503
    assert world.token().status_code == 503
    assert world.vle.get("/mod/lti/certs.php").status_code == 503


def test_a_platform_that_is_down_for_tools_still_launches(world, faults, logbook):
    faults.down = True

    answer = launch(
        world.browser, world.sandbox, world.sandbox.launch_form(world.cast.tomas, logbook)
    )

    assert answer.status_code == 200
    assert "id_token" in world.stub.launches[-1]


def test_a_busy_platform_says_when_to_come_back(world, faults, logbook):
    headers = world.bearer()
    faults.retry_after_seconds = 7

    answer = world.roster(headers=headers)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_a_slow_platform_answers_late_but_answers(world, faults, logbook):
    headers = world.bearer()
    faults.slow_seconds = 0.2
    begun = time.monotonic()

    answer = world.roster(headers=headers)

    assert answer.status_code == 200
    assert time.monotonic() - begun >= 0.2


def test_the_token_endpoint_can_refuse(world, faults):
    faults.token_refused = True

    assert (world.token().status_code, world.token().json) == (400, {"error": "invalid_client"})


def test_the_next_score_can_be_refused_as_late(world, cast, faults, column):
    faults.score_conflicts = 1

    first, second = (world.score(column, cast.tomas, 80, at) for at in (T0, T0))

    assert (first.status_code, first.text, second.status_code) == (409, "[]", 200)


def test_an_answer_can_get_lost_after_the_score_was_stored(world, cast, faults, column):
    faults.lost_score_answers = 1

    lost, again = (world.score(column, cast.tomas, 80, T0) for _ in range(2))

    assert (lost.status_code, again.status_code) == (504, 409)
    assert world.grade(column, cast.tomas)[0] == 80


def test_faults_heal_after_so_many_refusals(world, faults, logbook):
    headers = world.bearer()
    faults.down, faults.heals_after = True, 2

    statuses = [world.roster(headers=headers).status_code for _ in range(3)]

    assert statuses == [503, 503, 200]


def test_a_wrong_clock_shows_in_launches(world, faults, logbook):
    faults.clock_skew_seconds = 600

    claims = world.launch(world.cast.tomas, logbook)

    assert claims["iat"] - time.time() > 590
    assert claims["exp"] - claims["iat"] == 60


def test_a_clock_that_is_behind_refuses_fresh_assertions(world, faults):
    faults.clock_skew_seconds = -30

    assert world.token().status_code == 400


def test_every_call_is_remembered_without_its_token(world, cast, column):
    world.score(column, cast.tomas, 80)

    token, score = list(world.sandbox.calls)[-2:]
    assert (token.method, token.path, token.status) == ("POST", "/mod/lti/token.php", 200)
    assert (score.status, score.score["scoreGiven"]) == (200, 80)
    assert "Bearer" not in str(score)


def test_everything_can_be_switched_off_at_once(world, faults):
    faults.down, faults.slow_seconds = True, 3
    before = faults.active()

    faults.clear()

    assert before == ["down", "slow_seconds"]
    assert faults.active() == []
