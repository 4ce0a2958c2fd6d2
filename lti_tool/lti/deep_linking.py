"""Choosing content for a course (LTI Deep Linking 2.0): one stateless page, no cookie needed.

The page stands in the platform's dialog and cannot move to a new tab, so everything it has
to remember travels in a signed form token that lives for 15 minutes. Sending the form twice
makes the same activities, because their ids are drawn from the token.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4, uuid5

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeTimedSerializer
from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.lineitem import LineItem as AgsLineItem

from lti_tool.domain.courses import ActivitySetup, Course
from lti_tool.domain.roles import Hint
from lti_tool.lti import problems
from lti_tool.lti.claims import ACTIVITY_PARAMETER, is_own
from lti_tool.lti.connector import registration_of
from lti_tool.lti.edge import current_edge
from lti_tool.lti.platforms import Registered
from lti_tool.lti.problems import LaunchRefused
from lti_tool.plugins import Registry
from lti_tool.services.launch_claims import LaunchClaims
from lti_tool.services.launches import open_deep_linking
from lti_tool.services.setups import create_setup
from lti_tool.web.activity_forms import ActivityForm, activity_form
from lti_tool.web.headers import allow_platform
from lti_tool.web.i18n import speak
from lti_tool.web.storage import database

bp = Blueprint("deep_linking", __name__)
LIFETIME_SECONDS = 15 * 60
MOST_ITEMS = 10
TAG = "grade"
_EDITORS = (Hint.INSTRUCTOR, Hint.ADMINISTRATOR)
_KEPT_SETTINGS = ("deep_link_return_url", "data", "accept_multiple")


def show_picker(claims: LaunchClaims, platform: Registered) -> ResponseReturnValue:
    """Answer a deep-linking request with the page to choose on; the nonce is used up.

    Raises:
        LaunchRefused: The person may not edit the course, or nothing can be sent back.
        Replayed: The message was used before.
    """
    speak(claims.locale)
    settings = dict(claims.deep_linking)
    if claims.hint not in _EDITORS:
        raise LaunchRefused("not_an_editor", _("Only people who may edit the course can do this."))
    if not is_own(str(settings.get("deep_link_return_url", "")), platform):
        raise problems.bad_request("deep_link_return_url")
    with database().connection() as connection:
        course_id, _person = open_deep_linking(connection, claims)
    content = {
        "id": uuid4().hex,
        "platform": platform.id.hex,
        "deployment": claims.deployment_id,
        "course": course_id.hex,
        "name": claims.name or "",
        "locale": claims.locale,
        "settings": {key: settings[key] for key in _KEPT_SETTINGS if key in settings},
    }
    return _picker(content, [activity_form(_registry(), "a0", posted=False)])


def _registry() -> Registry:
    found: Registry = current_app.extensions["trellis"].registry
    return found


def _serializer() -> URLSafeTimedSerializer:
    key = current_edge.settings.secret_key.get_secret_value()
    return URLSafeTimedSerializer(key, salt="deep linking")


def _picker(
    content: dict[str, Any], forms: Sequence[ActivityForm], status: int = 200
) -> tuple[str, int]:
    token = _serializer().dumps(content)
    page = render_template(
        "lti/picker.html",
        forms=forms,
        token=token,
        name=content["name"],
        may_add=_may_add(content, forms),
        form_errors=any(form.errors for form in forms),
    )
    return page, status


def _may_add(content: dict[str, Any], forms: Sequence[ActivityForm]) -> bool:
    several = str(content["settings"].get("accept_multiple", "false")).lower() == "true"
    return several and len(forms) < MOST_ITEMS


@bp.post("/lti/content")
def choose() -> ResponseReturnValue:
    """Take one step on the page: another activity, one fewer, cancel, or send them all."""
    content = _read_token(request.form.get("token", ""))
    speak(content["locale"])
    platform = current_edge.platforms.by_id(UUID(content["platform"]))
    if platform is None:
        raise problems.unknown_platform()
    allow_platform(platform.issuer, str(content["settings"]["deep_link_return_url"]))
    step = request.form.get("step", "send")
    if step == "cancel":
        return _return(content, platform, [])
    if step in ("add", "remove", "settings"):
        return _picker(content, _changed_forms(content, step))
    forms = _posted_forms()
    problems_found = [not form.validate() for form in forms]
    if any(problems_found):
        return _picker(content, forms, 422)
    return _return(content, platform, _create(content, forms))


def _changed_forms(content: dict[str, Any], step: str) -> list[ActivityForm]:
    """Return the posted forms with one more, one fewer, or with their kinds' settings."""
    forms = _posted_forms()
    if step == "add" and _may_add(content, forms):
        return [*forms, activity_form(_registry(), f"a{len(forms)}", posted=False)]
    return forms[:-1] if step == "remove" and len(forms) > 1 else forms


def _read_token(token: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = _serializer().loads(token, max_age=LIFETIME_SECONDS)
    except BadData as error:
        raise LaunchRefused(
            "content_token",
            _("This page was open for too long."),
            next_step=_("Close it and choose “Select content” again in your course."),
        ) from error
    return content


def _posted_forms() -> list[ActivityForm]:
    count = request.form.get("count", "1")
    number = min(int(count), MOST_ITEMS) if count.isdecimal() and int(count[:3]) > 0 else 1
    return [activity_form(_registry(), f"a{n}") for n in range(number)]


def _create(content: dict[str, Any], forms: Sequence[ActivityForm]) -> list[ActivitySetup]:
    with database().transaction() as session:
        course = session.get_one(Course, UUID(content["course"]))
        base = UUID(content["id"])
        return [
            create_setup(session, course, id=uuid5(base, str(number)), **form.to_setup_values())
            for number, form in enumerate(forms)
        ]


def _return(
    content: dict[str, Any], platform: Registered, setups: Sequence[ActivitySetup]
) -> ResponseReturnValue:
    """Send the browser back to the platform with the signed response."""
    settings = content["settings"]
    link = DeepLink(registration_of(current_edge, platform), content["deployment"], settings)
    message = link.get_message_jwt([_resource(setup) for setup in setups])
    # Moodle allows no clock difference for `iat` (research/lti.md A4).
    message["iat"] = int(message["iat"]) - 5
    return render_template(
        "lti/return.html",
        return_url=settings["deep_link_return_url"],
        jwt=link.encode_jwt(_without_empty_data(message)),
        count=len(setups),
    )


def _without_empty_data(message: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in message.items() if value is not None}


def _resource(setup: ActivitySetup) -> DeepLinkResource:
    resource = (
        DeepLinkResource()
        .set_title(setup.title)
        .set_url(f"{current_edge.settings.public_url}/lti/launch")
        .set_custom_params({ACTIVITY_PARAMETER: str(setup.id)})
    )
    if setup.grade_maximum is not None:
        resource.set_lineitem(
            AgsLineItem()
            .set_label(setup.title)
            .set_score_maximum(int(setup.grade_maximum))
            .set_resource_id(str(setup.id))
            .set_tag(TAG)
        )
    return resource
