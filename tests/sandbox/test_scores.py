"""What a score does to the gradebook (facts 13 to 18)."""

from __future__ import annotations

import json

import pytest

from lti_tool.sandbox import CourseRole
from lti_tool.sandbox.vocabulary import RESULTS_TYPE

T0, T1, T2 = (f"2026-11-21T10:00:0{second}Z" for second in (0, 1, 2))


@pytest.fixture
def own(world):
    """A column that the tool made itself."""
    return world.sandbox.add_item(world.cast.course, world.tool, "Own", 50)


def test_a_score_is_answered_with_200_and_nothing(world, cast, column):
    answer = world.score(column, cast.tomas, 80, comment="Well done")

    assert (answer.status_code, answer.data) == (200, b"")
    assert world.grade(column, cast.tomas) == (80, "Well done")


@pytest.mark.parametrize(
    "media_type", ["application/json", "application/vnd.ims.lis.v1.scorecontainer+json", None]
)
def test_a_score_of_another_media_type_is_refused(world, cast, column, media_type):
    body = {"userId": str(cast.tomas.id), "timestamp": T0}

    answer = world.post_score(column, json.dumps(body), media_type=media_type)

    assert answer.status_code == 400
    assert answer.json["status"] == 400


def test_a_media_type_may_name_a_character_set(world, cast, column):
    body = {
        "userId": str(cast.tomas.id),
        "timestamp": T0,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreGiven": 1,
        "scoreMaximum": 1,
    }
    media_type = "application/vnd.ims.lis.v1.score+json; charset=utf-8"

    assert world.post_score(column, json.dumps(body), media_type=media_type).status_code == 200


@pytest.mark.parametrize("progress", ["Pending", "PendingManual", "NotReady", "Failed"])
def test_a_score_that_is_not_final_clears_grade_and_feedback(world, cast, column, progress):
    world.score(column, cast.tomas, 80, T0, comment="Well done")

    answer = world.score(column, cast.tomas, 90, T1, gradingProgress=progress)

    assert answer.status_code == 200
    assert world.grade(column, cast.tomas) == (None, None)


def test_a_score_without_points_clears_the_grade(world, cast, column):
    world.score(column, cast.tomas, 80, T0)

    world.score(column, cast.tomas, None, T1)

    assert world.grade(column, cast.tomas) == (None, None)


def test_after_a_clearing_an_older_timestamp_is_taken_in_an_activitys_column(world, cast, column):
    world.score(column, cast.tomas, 80, T1)
    world.score(column, cast.tomas, None, T2)

    assert world.score(column, cast.tomas, 70, T0).status_code == 200


def test_after_a_clearing_the_tools_own_column_remembers_the_servers_time(world, cast, own):
    world.score(own, cast.tomas, 80, "2020-01-01T00:00:00Z")
    world.score(own, cast.tomas, None, "2020-01-02T00:00:00Z")

    assert world.score(own, cast.tomas, 70, "2020-01-03T00:00:00Z").status_code == 409


@pytest.mark.parametrize("kind", ["column", "own"])
@pytest.mark.parametrize(
    ("later", "status"),
    [
        (T0, 409),
        ("2026-11-21T10:00:00.900Z", 409),
        ("2026-11-21T09:59:59Z", 409),
        ("2026-11-21T11:00:00+01:00", 409),
        (T1, 200),
    ],
)
def test_a_score_has_to_be_a_whole_second_later(world, cast, request, kind, later, status):
    item = request.getfixturevalue(kind)
    world.score(item, cast.tomas, 40, T0)

    answer = world.score(item, cast.tomas, 60, later)

    before, after = 40 * item.score_maximum / 100, 60 * item.score_maximum / 100
    assert answer.status_code == status
    assert world.grade(item, cast.tomas)[0] == (after if status == 200 else before)


def test_a_conflict_has_an_empty_list_as_its_body(world, cast, column):
    world.score(column, cast.tomas, 80, T0)

    answer = world.score(column, cast.tomas, 80, T0)

    assert (answer.status_code, answer.text) == (409, "[]")


def test_two_people_do_not_get_into_each_others_way(world, cast, column):
    world.score(column, cast.tomas, 80, T0)

    assert world.score(column, cast.omar, 70, T0).status_code == 200


def test_a_score_without_a_comment_erases_the_feedback(world, cast, column):
    world.score(column, cast.tomas, 80, T0, comment="Well done")

    world.score(column, cast.tomas, 80, T1)

    assert world.grade(column, cast.tomas) == (80, None)


def test_a_comment_is_kept_as_plain_text(world, cast, column):
    world.score(column, cast.tomas, 80, comment="<b>Well</b> & done")
    shown = world.vle.get("/as/tomas/course/2/gradebook").text

    assert world.grade(column, cast.tomas)[1] == "<b>Well</b> & done"
    assert "&lt;b&gt;Well&lt;/b&gt; &amp; done" in shown


@pytest.mark.parametrize(
    ("given", "maximum", "shown"),
    [(150, 100, 100), (-5, 100, 0), (3, 4, 75), (30, 20, 100), (1, 3, 33.33333), ("7", "10", 70)],
)
def test_points_are_rescaled_and_capped(world, cast, column, given, maximum, shown):
    answer = world.score(column, cast.tomas, given, scoreMaximum=maximum)

    assert answer.status_code == 200
    assert world.grade(column, cast.tomas)[0] == shown


@pytest.mark.parametrize("who", ["tilda", "nils", "meera", "ada", "otto"])
def test_who_cannot_be_graded_gets_400_with_an_empty_list(world, cast, column, who):
    answer = world.score(column, getattr(cast, who), 80)

    assert (answer.status_code, answer.text) == (400, "[]")


def test_an_unenrolled_trainee_cannot_be_graded(world, cast, column):
    world.sandbox.unenrol(cast.course, cast.tomas)

    answer = world.score(column, cast.tomas, 80)

    assert (answer.status_code, answer.text) == (400, "[]")


def test_a_suspended_trainee_can_be_graded(world, cast, column):
    world.sandbox.tables.enrolment(cast.course, cast.tomas).active = False

    assert world.score(column, cast.tomas, 80).status_code == 200


def test_a_trainee_who_becomes_a_mentor_cannot_be_graded(world, cast, column):
    world.sandbox.enrol(cast.course, cast.tomas, CourseRole.MENTOR)

    assert world.score(column, cast.tomas, 80).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"userId": None},
        {"userId": "nobody"},
        {"userId": "9" * 40},
        {"timestamp": None},
        {"timestamp": "yesterday"},
        {"timestamp": "1795255200"},
        {"timestamp": "2026-11-21T10:00:00 +00:00"},
        {"activityProgress": None},
        {"gradingProgress": None},
        {"scoreGiven": "many"},
        {"scoreGiven": True},
        {"scoreMaximum": None},
    ],
    ids=str,
)
def test_a_malformed_score_is_refused(world, cast, column, change):
    answer = world.score(column, cast.tomas, 80, **change)

    assert (answer.status_code, answer.text) == (400, "[]")
    assert world.grade(column, cast.tomas) == (None, None)


@pytest.mark.parametrize("body", ["", "no json", "[]", "null", '{"scoreGiven": NaN}'])
def test_a_body_that_is_no_score_is_refused(world, column, body):
    assert world.post_score(column, body).status_code == 400


@pytest.mark.parametrize(
    "timestamp", ["2026-11-21", "2026-11-21T10:00:00.123456+00:00", "2026-11-21T10:00:00+0000"]
)
def test_many_ways_to_write_the_time_are_taken(world, cast, column, timestamp):
    assert world.score(column, cast.tomas, 80, timestamp).status_code == 200


def test_a_refused_score_on_several_lines_is_answered_with_200(world, cast, column):
    body = {"userId": str(cast.tilda.id), "timestamp": T0, "scoreGiven": 1, "scoreMaximum": 1}

    answer = world.post_score(column, json.dumps(body, indent=1))

    assert (answer.status_code, answer.text) == (200, "[]")


def test_a_column_that_was_deleted_by_hand_is_gone(world, cast, column):
    world.vle.post(f"/as/tilda/course/2/gradebook/columns/{column.id}/delete")

    answer = world.score(column, cast.tomas, 80)

    assert answer.status_code == 404
    assert answer.json["status"] == 404


def test_a_bad_token_is_answered_with_401(world, cast, column):
    bad = {"Authorization": "Bearer made-up"}

    answer = world.post_score(column, "{}", headers=bad)

    assert answer.status_code == 401
    assert answer.json["reason"] == "Unauthorized"


def test_a_grade_typed_by_hand_stays_and_makes_old_scores_late(world, cast, column):
    world.sandbox.override_grade(column, cast.tomas, 55)

    late = world.score(column, cast.tomas, 80, "2020-01-01T00:00:00Z")
    fresh = world.score(column, cast.tomas, 80, "2099-01-01T00:00:00Z", comment="Hidden")

    assert (late.status_code, fresh.status_code) == (409, 200)
    assert world.grade(column, cast.tomas) == (55, None)


def test_results_show_points_maximum_comment_and_time(world, cast, column):
    world.score(column, cast.tomas, 3, T1, scoreMaximum=4, comment="Well done")

    result = world.results(column).json

    url = world.sandbox.line_item_url(column)
    assert result == [
        {
            "id": url.replace("?type_id=1", "/results?type_id=1") + f"&user_id={cast.tomas.id}",
            "userId": str(cast.tomas.id),
            "resultScore": 75.0,
            "resultMaximum": 100.0,
            "comment": "Well done",
            "scoreOf": url,
            "timestamp": "2026-11-21T10:00:01+00:00",
        }
    ]


def test_results_can_be_asked_for_one_person(world, cast, column):
    for person in (cast.tomas, cast.omar):
        world.score(column, person, 80)

    found = world.results(column, f"&user_id={cast.omar.id}").json

    assert [row["userId"] for row in found] == [str(cast.omar.id)]


def test_a_cleared_grade_is_not_among_the_results(world, cast, column):
    world.score(column, cast.tomas, 80, T0)
    world.score(column, cast.tomas, None, T1)

    assert world.results(column).json == []


def test_a_zero_is_a_result(world, cast, column):
    world.score(column, cast.tomas, 0)

    assert world.results(column).json[0]["resultScore"] == 0


def test_results_of_another_media_type_are_refused(world, column):
    url = world.sandbox.line_item_url(column).replace("/lineitem?", "/lineitem/results?")

    assert world.call("GET", url, "application/json").status_code == 400
    assert world.call("GET", url, "*/*").status_code == 200
    assert world.call("GET", url, RESULTS_TYPE).mimetype == RESULTS_TYPE
