"""Select content (fact 11)."""

from __future__ import annotations

import re

import pytest

from lti_tool.sandbox.errors import NotAllowed, SandboxError
from lti_tool.sandbox.vocabulary import DEEP_LINKING, LTI, NRPS_SERVICE
from tests.sandbox.stub_tool import HOST, StubTool

DIARY = {
    "type": "ltiResourceLink",
    "title": "Diary",
    "text": "Write <b>daily</b>",
    "url": f"{HOST}/diary",
    "custom": {"activity_id": "d1"},
    "icon": {"url": f"{HOST}/icon.svg"},
    "lineItem": {"label": "Ignored", "scoreMaximum": 20, "resourceId": "d1", "tag": "entries"},
}
QUIZ = {"type": "ltiResourceLink", "title": "Quiz", "custom": {"activity_id": "q1"}}


@pytest.fixture
def asked(world):
    """The claims of a deep linking request to Tilda's course."""
    return world.select(world.cast.tilda)


def finish(world, claims, items, **changes):
    url = claims[DEEP_LINKING + "deep_linking_settings"]["deep_link_return_url"]
    return world.sandbox.finish_deep_linking(url, world.stub.content(claims, items, **changes))


def page(world, claims, items):
    """Post the response as the browser does and return the page that follows."""
    url = claims[DEEP_LINKING + "deep_linking_settings"]["deep_link_return_url"]
    path = url.removeprefix(world.sandbox.base_url)
    return world.vle.post(path, data={"JWT": world.stub.content(claims, items)})


def test_several_items_make_several_activities_and_columns(world, asked):
    diary, quiz = finish(world, asked, [DIARY, QUIZ])

    assert (diary.title, diary.description, diary.url) == ("Diary", DIARY["text"], DIARY["url"])
    columns = world.sandbox.tables.items_of(diary)
    found = [(c.label, c.score_maximum, c.resource_id, c.tag) for c in columns]
    assert found == [("Diary", 20, "d1", "entries")]
    assert world.sandbox.tables.items_of(quiz) == []


def test_what_was_chosen_comes_back_with_the_launch(world, asked):
    diary = finish(world, asked, [DIARY])[0]

    claims = world.launch(world.cast.tomas, diary)

    assert claims[LTI + "custom"]["activity_id"] == "d1"
    assert claims[LTI + "target_link_uri"] == DIARY["url"]


def test_the_browser_sees_titles_and_grades_before_anything_is_saved(world, asked):
    shown = page(world, asked, [DIARY, QUIZ])

    assert "Diary" in shown.text
    assert "Maximum grade: 20" in shown.text
    assert "No grade" in shown.text
    assert world.sandbox.tables.links == {}


def test_save_adds_the_activities_once(world, asked):
    shown = page(world, asked, [DIARY, QUIZ])
    save = re.search(r'action="(/as/tilda/[^"]+)"', shown.text).group(1)

    answers = [world.vle.post(save).status_code for _ in range(2)]

    assert answers == [303, 404]
    assert [link.title for link in world.sandbox.tables.links.values()] == ["Diary", "Quiz"]


def test_no_items_means_nothing_was_chosen(world, asked):
    assert finish(world, asked, []) == []


def test_an_error_of_the_tool_is_shown_and_nothing_is_saved(world, asked):
    with pytest.raises(SandboxError, match="No templates"):
        finish(world, asked, [DIARY], **{DEEP_LINKING + "errormsg": "No templates"})

    assert world.sandbox.tables.links == {}


@pytest.mark.parametrize("maximum", [0, 12.5, 250, "many", True], ids=str)
def test_a_single_item_with_a_bad_maximum_is_refused(world, asked, maximum):
    item = {**DIARY, "lineItem": {"scoreMaximum": maximum}}

    with pytest.raises(SandboxError, match="maximum grade"):
        finish(world, asked, [item])


def test_of_several_items_the_bad_ones_vanish_without_a_word(world, asked):
    too_long = {**QUIZ, "title": "Q" * 256}
    too_many = {**DIARY, "lineItem": {"scoreMaximum": 250}}

    links = finish(world, asked, [too_long, DIARY, too_many])

    assert [link.title for link in links] == ["Diary"]


def test_a_tool_without_grades_gets_no_column(world, asked):
    world.tool.grade_sync = 0

    diary = finish(world, asked, [DIARY])[0]

    assert world.sandbox.tables.items_of(diary) == []


def test_content_chosen_anew_keeps_the_link_and_changes_its_custom(world, asked):
    diary = finish(world, asked, [DIARY])[0]
    again = world.select(world.cast.tilda, link=diary)
    other = {**DIARY, "custom": {"activity_id": "d2"}, "lineItem": {"scoreMaximum": 40}}

    links = finish(world, again, [other])

    assert [link.id for link in links] == [diary.id]
    assert world.launch(world.cast.tomas, diary)[LTI + "custom"]["activity_id"] == "d2"
    assert [c.score_maximum for c in world.sandbox.tables.items_of(diary)] == [40]


def test_submission_review_settings_are_kept_with_the_column(world, asked):
    review = {"url": f"{HOST}/review", "custom": {"mode": "review"}}
    item = {**DIARY, "lineItem": {"scoreMaximum": 20, "submissionReview": review}}

    diary = finish(world, asked, [item])[0]

    claims = world.launch(world.cast.tilda, diary, about=world.cast.tomas)
    assert claims[LTI + "target_link_uri"] == f"{HOST}/review"


def test_the_first_request_in_a_course_has_no_roster_and_later_ones_have(world, asked):
    finish(world, asked, [QUIZ])

    assert NRPS_SERVICE not in asked
    assert NRPS_SERVICE in world.select(world.cast.tilda)


def test_a_response_signed_by_somebody_else_is_refused(world, asked):
    forger = StubTool()
    url = asked[DEEP_LINKING + "deep_linking_settings"]["deep_link_return_url"]

    with pytest.raises(SandboxError, match=r"Signature|kid"):
        world.sandbox.finish_deep_linking(url, forger.content(asked, [QUIZ]))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "somebody"},
        {"aud": "http://elsewhere.test"},
        {"exp": 1},
        {"iat": 9999999999},
        {"nonce": None},
        {LTI + "deployment_id": "77"},
        {LTI + "message_type": "LtiDeepLinkingRequest"},
        {DEEP_LINKING + "content_items": "text"},
    ],
    ids=str,
)
def test_a_wrong_response_is_refused(world, asked, change):
    with pytest.raises(SandboxError):
        finish(world, asked, [QUIZ], **change)


def test_moodle_itself_lets_a_wrong_audience_pass(world, asked):
    world.sandbox.strict = False

    assert len(finish(world, asked, [QUIZ], aud="http://elsewhere.test")) == 1


def test_a_token_that_is_no_token_gets_a_page_and_no_crash(world, asked):
    url = asked[DEEP_LINKING + "deep_linking_settings"]["deep_link_return_url"]
    path = url.removeprefix(world.sandbox.base_url)

    assert world.vle.post(path, data={"JWT": "a.b.c"}).status_code == 400
    assert world.vle.post(path).status_code == 400


@pytest.mark.parametrize("who", ["nils", "meera", "tomas"])
def test_only_who_may_edit_the_course_can_select_content(world, who):
    with pytest.raises(NotAllowed):
        world.select(getattr(world.cast, who))


def test_a_made_up_session_is_refused(world, asked):
    url = asked[DEEP_LINKING + "deep_linking_settings"]["deep_link_return_url"]
    token = world.stub.content(asked, [QUIZ])

    with pytest.raises(SandboxError, match="session"):
        world.sandbox.finish_deep_linking(re.sub("sesskey=.*", "sesskey=x", url), token)


def test_a_trainees_session_cannot_bring_content_back(world, asked):
    url = asked[DEEP_LINKING + "deep_linking_settings"]["deep_link_return_url"]
    key = world.sandbox.tables.session_key(world.cast.tomas)
    token = world.stub.content(asked, [QUIZ])

    with pytest.raises(NotAllowed):
        world.sandbox.finish_deep_linking(re.sub("sesskey=.*", f"sesskey={key}", url), token)
