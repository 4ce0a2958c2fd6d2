"""Sign-in and launches, as a browser and a tool go through them."""

from __future__ import annotations

import jwt
import pytest

from lti_tool.sandbox import CourseRole, send_login
from lti_tool.sandbox.errors import NotAllowed, SandboxError
from lti_tool.sandbox.vocabulary import (
    AGS_ENDPOINT,
    LTI,
    MEMBERSHIP_ROLE,
    SITE_ADMINISTRATOR,
    SYSTEM_ADMINISTRATOR,
)
from tests.sandbox.stub_tool import HOST

INSTRUCTOR, LEARNER = MEMBERSHIP_ROLE + "Instructor", MEMBERSHIP_ROLE + "Learner"


@pytest.fixture
def query(world, logbook):
    """The stub's authorisation request for a launch by Tomas."""
    form = world.sandbox.launch_form(world.cast.tomas, logbook)
    return send_login(world.browser, world.sandbox, form)[0]


def test_a_launch_lives_for_sixty_seconds(world, logbook):
    claims = world.launch(world.cast.tomas, logbook)

    assert claims["exp"] - claims["iat"] == 60


def test_the_audience_is_plain_text_and_the_subject_the_account_number(world, logbook):
    claims = world.launch(world.cast.tomas, logbook)

    assert claims["aud"] == world.stub.client_id
    assert claims["sub"] == str(world.cast.tomas.id)
    assert claims[LTI + "deployment_id"] == str(world.tool.id)


def test_the_nonce_and_the_state_come_back(world, query):
    address, fields = world.sandbox.authorize(query)

    assert address == f"{HOST}/launch"
    assert fields["state"] == query["state"]
    assert world.claims(fields["id_token"])["nonce"] == query["nonce"]


def test_a_message_hint_works_once(world, query):
    world.sandbox.authorize(query)

    with pytest.raises(SandboxError, match="used before"):
        world.sandbox.authorize(query)


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": f"{HOST}/launch/"},
        {"redirect_uri": f"{HOST}/launch?x=1"},
        {"scope": "openid profile"},
        {"response_type": "code"},
        {"nonce": ""},
        {"lti_message_hint": "7"},
        {"lti_message_hint": '{"launchid": "made-up"}'},
    ],
    ids=str,
)
def test_a_wrong_request_ends_on_a_page_of_the_platform(world, query, change):
    answer = world.vle.get("/mod/lti/auth.php", query_string={**query, **change})

    assert answer.status_code == 400
    assert "<form" not in answer.text


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "somebody"}, "unauthorized_client"),
        ({"login_hint": "999"}, "access_denied"),
        ({"response_mode": "query"}, "invalid_request"),
        ({"prompt": "login"}, "invalid_request"),
    ],
)
def test_other_faults_are_told_to_the_tool(world, query, change, error):
    fields = world.sandbox.authorize({**query, **change})[1]

    assert fields["error"] == error
    assert fields["state"] == query["state"]
    assert "id_token" not in fields


def test_the_answer_is_a_form_that_posts_itself_to_the_tool(world, query):
    answer = world.vle.get("/mod/lti/auth.php", query_string=query)

    assert f'action="{HOST}/launch"' in answer.text
    assert 'name="id_token"' in answer.text
    assert f'value="{query["state"]}"' in answer.text


def test_there_is_no_platform_storage(world, logbook):
    form = world.sandbox.launch_form(world.cast.tomas, logbook)

    assert "lti_storage_target" not in form


@pytest.mark.parametrize(
    ("who", "role"),
    [("tilda", INSTRUCTOR), ("nils", INSTRUCTOR), ("meera", INSTRUCTOR), ("tomas", LEARNER)],
)
def test_everybody_who_teaches_in_any_way_arrives_as_instructor(world, logbook, who, role):
    claims = world.launch(getattr(world.cast, who), logbook)

    assert claims[LTI + "roles"] == [role]


def test_a_mentor_without_teaching_rights_arrives_as_learner(world, logbook):
    world.sandbox.enrol(world.cast.course, world.cast.meera, CourseRole.VISITOR)

    assert world.launch(world.cast.meera, logbook)[LTI + "roles"] == [LEARNER]


def test_an_administrator_has_three_sorted_roles_and_needs_no_enrolment(world, logbook):
    roles = world.launch(world.cast.ada, logbook)[LTI + "roles"]

    assert roles == sorted([INSTRUCTOR, SITE_ADMINISTRATOR, SYSTEM_ADMINISTRATOR])


def test_somebody_from_another_course_is_kept_out(world, logbook):
    with pytest.raises(NotAllowed):
        world.launch(world.cast.otto, logbook)


def test_a_suspended_trainee_is_kept_out(world, logbook):
    world.sandbox.tables.enrolment(world.cast.course, world.cast.tomas).active = False

    with pytest.raises(NotAllowed):
        world.launch(world.cast.tomas, logbook)


def test_without_consent_to_names_and_mail_there_are_none(world, logbook):
    world.tool.send_name = world.tool.send_email = False

    claims = world.launch(world.cast.tomas, logbook)

    assert not {"name", "given_name", "family_name", "email"} & claims.keys()
    assert claims[LTI + "ext"] == {"lms": "moodle-2"}
    assert "Tomas" not in str(claims)


def test_a_locale_and_markup_in_a_description_go_through_as_they_are(world, logbook):
    logbook.description = "Bring <b>gloves</b>\nand shoes"
    world.cast.sigrun.locale = "is"

    claims = world.launch(world.cast.sigrun, logbook)

    assert claims[LTI + "resource_link"]["description"] == "Bring <b>gloves</b>\r\nand shoes"
    assert claims[LTI + "launch_presentation"]["locale"] == "is"


def test_a_launch_in_a_window_says_so(world, logbook):
    claims = world.launch(world.cast.tomas, logbook, container="window")

    presentation = claims[LTI + "launch_presentation"]
    assert presentation["document_target"] == "window"
    assert "launch_container=4" in presentation["return_url"]


def test_an_unknown_variable_arrives_literally_and_a_known_one_does_not(world, logbook):
    logbook.custom = "due=$ResourceLink.submission.endDateTime\ncourse=$Context.label"

    custom = world.launch(world.cast.tomas, logbook)[LTI + "custom"]

    assert custom["due"] == "$ResourceLink.submission.endDateTime"
    assert custom["course"] == "WBL101"


def test_a_variable_whose_source_is_withheld_is_null(world, logbook):
    world.tool.send_name, logbook.custom = False, "who=$Person.name.full\nlogin=$User.username"

    custom = world.launch(world.cast.tomas, logbook)[LTI + "custom"]

    assert custom["who"] is None
    assert custom["login"] == "tomas"


def test_a_key_with_capitals_comes_twice(world, logbook):
    logbook.custom = "Activity-Id=7"

    custom = world.launch(world.cast.tomas, logbook)[LTI + "custom"]

    assert (custom["Activity-Id"], custom["activity_id"]) == ("7", "7")


def test_the_tools_parameter_wins_over_the_activitys(world, logbook):
    world.tool.custom, logbook.custom = "place=tool", "place=activity\nmine=kept"

    custom = world.launch(world.cast.tomas, logbook)[LTI + "custom"]

    assert (custom["place"], custom["mine"]) == ("tool", "kept")


def test_a_line_break_in_a_value_makes_a_second_parameter(world):
    course, custom = world.cast.course, {"note": "one\nrole=tutor", "flag": True, "none": None}
    link = world.sandbox.add_link(course, world.tool, "Odd", custom=custom)

    values = world.launch(world.cast.tomas, link)[LTI + "custom"]

    assert (values["note"], values["role"]) == ("one", "tutor")
    assert (values["flag"], values["none"]) == ("1", "")


def test_group_ids_are_the_launching_persons_own(world, logbook):
    logbook.custom = "groups=$Moodle.Person.userGroupIds"

    assert world.launch(world.cast.tomas, logbook)[LTI + "custom"]["groups"] == "1"
    assert world.launch(world.cast.omar, logbook)[LTI + "custom"]["groups"] == ""


def test_a_submission_review_names_whose_work_it_is_about(world, logbook):
    claims = world.launch(world.cast.tilda, logbook, about=world.cast.tomas)

    assert claims[LTI + "message_type"] == "LtiSubmissionReviewRequest"
    assert claims[LTI + "for_user"] == {"user_id": str(world.cast.tomas.id)}


def test_a_trainee_can_forge_a_review_of_somebody_elses_work(world, logbook):
    claims = world.launch(world.cast.omar, logbook, about=world.cast.tomas)

    assert claims[LTI + "for_user"] == {"user_id": str(world.cast.tomas.id)}
    assert claims[LTI + "roles"] == [LEARNER]


def test_a_review_goes_to_the_address_of_its_column(world, logbook, column):
    column.review_url, column.review_custom = f"{HOST}/review", "mode=review"

    reviewed = world.launch(world.cast.tilda, logbook, about=world.cast.tomas)
    plain = world.launch(world.cast.tilda, logbook)

    assert reviewed[LTI + "target_link_uri"] == f"{HOST}/review"
    assert reviewed[LTI + "custom"]["mode"] == "review"
    assert plain[LTI + "target_link_uri"] == f"{HOST}/launch"
    assert "mode" not in plain[LTI + "custom"]


def test_one_column_is_named_in_the_launch(world, logbook, column):
    endpoint = world.launch(world.cast.tomas, logbook)[AGS_ENDPOINT]

    assert endpoint["lineitem"] == world.sandbox.line_item_url(column)
    assert endpoint["lineitem"].endswith(f"?type_id={world.tool.id}")


def test_with_two_columns_the_launch_names_none(world, logbook):
    world.sandbox.add_item(world.cast.course, world.tool, "Second", 10, logbook)

    endpoint = world.launch(world.cast.tomas, logbook)[AGS_ENDPOINT]

    assert endpoint.keys() == {"scope", "lineitems"}


def test_without_a_column_the_launch_names_none(world):
    link = world.sandbox.add_link(world.cast.course, world.tool, "Ungraded")

    claims = world.launch(world.cast.tomas, link)

    assert claims[AGS_ENDPOINT].keys() == {"scope", "lineitems"}
    assert "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome" not in claims


def test_a_lone_column_of_the_tools_making_leaves_an_empty_address(world):
    link = world.sandbox.add_link(world.cast.course, world.tool, "Ungraded")
    world.sandbox.add_item(world.cast.course, world.tool, "Made by the tool", 10, link)

    assert world.launch(world.cast.tomas, link)[AGS_ENDPOINT]["lineitem"] == ""


def test_a_tool_without_grades_gets_no_grade_service(world, logbook):
    world.tool.grade_sync = 0

    assert AGS_ENDPOINT not in world.launch(world.cast.tomas, logbook)


def test_claims_can_be_bent_before_they_are_signed(world, logbook):
    bent = world.launch(world.cast.tomas, logbook, lambda claims: claims.pop("sub"))
    replaced = world.launch(world.cast.tomas, logbook, lambda claims: {"iss": "elsewhere"})

    assert "sub" not in bent
    assert replaced == {"iss": "elsewhere"}


def test_every_launch_can_be_bent(world, logbook):
    world.sandbox.bend = lambda claims: claims.update(extra="x")

    assert world.launch(world.cast.tomas, logbook)["extra"] == "x"


def test_after_a_key_change_only_the_new_key_is_published(world, logbook):
    old = world.sandbox.sign({"sub": "1"})

    world.sandbox.rotate_key()

    kids = {key["kid"] for key in world.vle.get("/mod/lti/certs.php").json["keys"]}
    assert jwt.get_unverified_header(old)["kid"] not in kids
    assert world.launch(world.cast.tomas, logbook)["sub"] == str(world.cast.tomas.id)


def test_a_key_change_can_keep_the_old_key_published(world):
    world.sandbox.rotate_key(keep_old=True)

    assert len(world.vle.get("/mod/lti/certs.php").json["keys"]) == 2
