"""Gradebook columns over the service (facts 13 and 19)."""

from __future__ import annotations

import pytest

from lti_tool.sandbox.vocabulary import LINE_ITEM_READ, LINE_ITEM_TYPE, LINE_ITEMS_TYPE


def test_a_column_is_described_as_moodle_does(world, logbook, column):
    assert world.items().json == [
        {
            "id": f"http://vle.test/mod/lti/services.php/2/lineitems/{column.id}/lineitem?type_id=1",
            "label": "Logbook 1",
            "scoreMaximum": 100.0,
            "resourceId": "r1",
            "tag": "entry",
            "resourceLinkId": str(logbook.id),
            "ltiLinkId": str(logbook.id),
        }
    ]


@pytest.mark.parametrize("accept", ["*/*", "application/json", LINE_ITEM_TYPE])
def test_a_list_of_columns_needs_the_exact_accept_header(world, column, accept):
    assert world.items(accept=accept).status_code == 400
    assert world.items().mimetype == LINE_ITEMS_TYPE


def test_one_column_can_be_asked_for_without_ceremony(world, column):
    url = world.sandbox.line_item_url(column)

    assert world.call("GET", url, "*/*").json["label"] == "Logbook 1"
    assert world.call("GET", url, LINE_ITEMS_TYPE).status_code == 400


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("&tag=extra", ["Second", "Third"]),
        ("&resource_id=r1", ["Logbook 1"]),
        ("&resource_link_id=1", ["Logbook 1", "Second"]),
        ("&resource_link_id=1&tag=extra", ["Second"]),
        ("&resource_id=none", []),
        ("", ["Logbook 1", "Second", "Third"]),
    ],
)
def test_columns_are_found_by_resource_link_and_tag(world, logbook, query, labels):
    world.add_item(label="Second", scoreMaximum=10, tag="extra", resourceLinkId=str(logbook.id))
    world.add_item(label="Third", scoreMaximum=10, tag="extra")

    assert [item["label"] for item in world.items(query).json] == labels


def test_asking_twice_makes_two_columns(world):
    answers = [world.add_item(label="Twin", scoreMaximum=10) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json["id"] != answers[1].json["id"]
    assert len(world.items().json) == 2


def test_a_new_column_is_echoed_with_its_address(world):
    answer = world.add_item(label="New", scoreMaximum=10, endDateTime="ignored")

    assert answer.mimetype == LINE_ITEM_TYPE
    assert answer.json["endDateTime"] == "ignored"
    assert world.call("GET", answer.json["id"]).json["scoreMaximum"] == 10.0


@pytest.mark.parametrize(
    "body",
    [
        {"label": "No maximum"},
        {"scoreMaximum": 10},
        {"label": "x", "scoreMaximum": "many"},
        {"label": "x", "scoreMaximum": {}},
    ],
)
def test_a_column_needs_label_and_maximum(world, body):
    assert world.add_item(**body).status_code == 400


def test_a_new_column_needs_its_media_type(world):
    url = world.sandbox.line_items_url(world.cast.course, world.tool)
    body = {"label": "x", "scoreMaximum": 1}

    assert world.call("POST", url, body=body, media_type="application/json").status_code == 400
    assert world.call("POST", url, body=body, media_type=LINE_ITEMS_TYPE).status_code == 400


def test_a_column_cannot_be_tied_to_another_courses_activity(world):
    elsewhere = world.sandbox.add_link(world.cast.other_course, world.tool, "Elsewhere")

    answer = world.add_item(label="x", scoreMaximum=1, resourceLinkId=str(elsewhere.id))

    assert answer.status_code == 403


def test_a_put_replaces_everything(world, cast, logbook, column):
    world.score(column, cast.tomas, 80)
    body = {"label": "Renamed", "scoreMaximum": 50}

    url = world.sandbox.line_item_url(column)
    answer = world.call("PUT", url, body=body, media_type=LINE_ITEM_TYPE)

    assert answer.json == {**body, "id": url}
    found = world.items().json[0]
    assert (found["label"], found["tag"], found["resourceId"]) == ("Renamed", "", "")
    assert "resourceLinkId" not in found
    assert world.grade(column, cast.tomas)[0] == 40


def test_a_deleted_column_takes_its_grades_along(world, cast, column):
    world.score(column, cast.tomas, 80)

    answer = world.call("DELETE", world.sandbox.line_item_url(column))

    assert (answer.status_code, answer.data) == (204, b"")
    assert world.items().json == []
    assert world.grade(column, cast.tomas) == (None, None)


def test_a_course_that_is_not_there_is_not_found(world):
    answer = world.call("GET", "/mod/lti/services.php/77/lineitems", LINE_ITEMS_TYPE)

    assert answer.status_code == 404
    assert answer.json["request"]["method"] == "GET"


def test_an_address_without_a_service_is_answered_with_400(world):
    assert world.call("GET", "/mod/lti/services.php/2/grades").status_code == 400


@pytest.mark.parametrize(
    ("scopes", "type_id", "status"),
    [
        ((LINE_ITEM_READ,), 1, 200),
        (("https://purl.imsglobal.org/spec/lti-ags/scope/score",), 1, 401),
        ((LINE_ITEM_READ,), 2, 401),
    ],
)
def test_scope_and_tool_of_the_token_have_to_fit(world, column, scopes, type_id, status):
    token = world.token(*scopes).json["access_token"]
    url = f"/mod/lti/services.php/2/lineitems?type_id={type_id}"

    answer = world.call("GET", url, LINE_ITEMS_TYPE, headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == status


def test_a_tool_sees_only_its_own_columns(world, column):
    other = world.sandbox.preregister("http://o.test/login", ["http://o.test/launch"], keyset={})
    world.sandbox.add_link(world.cast.course, other, "Foreign", score_maximum=10)

    assert [item["label"] for item in world.items().json] == ["Logbook 1"]


def test_the_link_header_of_pages_has_curly_quotes_and_escaped_ampersands(world):
    for number in range(3):
        world.add_item(label=f"Column {number}", scoreMaximum=1)

    answer = world.items("&limit=2")

    header = answer.headers["Link"].encode("latin-1").decode()
    assert len(answer.json) == 2
    assert "&amp;from=2>; rel=“next”" in header
    assert [item["label"] for item in world.items("&limit=2&from=2").json] == ["Column 2"]
