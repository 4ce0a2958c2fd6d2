"""Choosing content for a course (LTI Deep Linking 2.0): one stateless page, no cookie needed.

The page stands in the platform's dialog and cannot move to a new tab, so everything it has
to remember travels in a signed form token that lives for 15 minutes. Sending the form twice
makes the same activities, because their ids are drawn from the token.
"""

import re
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
from sqlalchemy import Connection, select

from lti_tool.domain.courses import ActivitySetup, Course, ResourceLink
from lti_tool.domain.roles import Hint
from lti_tool.lti import problems
from lti_tool.lti.claims import ACTIVITY_PARAMETER, is_own
from lti_tool.lti.connector import registration_of
from lti_tool.lti.edge import current_edge
from lti_tool.lti.platforms import Registered
from lti_tool.lti.problems import LaunchRefused
from lti_tool.lti.registration import NAME
from lti_tool.lti.untrusted import plain, web_address
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
_BROKEN = re.compile(r"[\0\ud800-\udfff]")
"""What is in no text that could be sent back."""
_SHORT_NUMBER = re.compile(r"[0-9]{1,3}")
TAG = "grade"
_EDITORS = (Hint.INSTRUCTOR, Hint.ADMINISTRATOR)


def show_picker(claims: LaunchClaims, platform: Registered) -> ResponseReturnValue:
    """Answer a deep-linking request with the page to choose on; the nonce is used up.

    Raises:
        LaunchRefused: The person may not edit the course, or nothing can be sent back.
        Replayed: The message was used before.
    """
    settings = dict(claims.deep_linking)
    if claims.hint not in _EDITORS:
        raise LaunchRefused("not_an_editor", _("Only people who may edit the course can do this."))
    return_url = web_address(settings.get("deep_link_return_url"))
    if return_url is None or not is_own(return_url, platform):
        raise problems.bad_request("deep_link_return_url")
    kept = {"deep_link_return_url": return_url, **_kept(settings)}
    with database().connection() as connection:
        course_id, _person = open_deep_linking(connection, claims)
        replaces = _replaced(connection, course_id, settings.get("title"))
    if replaces and replaces != NAME:
        kept["accept_multiple"] = False
    content = {
        "id": uuid4().hex,
        "platform": platform.id.hex,
        "deployment": claims.deployment_id,
        "course": course_id.hex,
        "name": claims.name or "",
        "locale": claims.locale,
        "settings": kept,
        "replaces": replaces,
    }
    return _picker(content, [activity_form(_registry(), "a0", posted=False)])


def _replaced(connection: Connection, course_id: UUID, title: object) -> str | None:
    """Return the name of the activity whose content may be chosen anew, or None for a new one.

    Moodle says no more than what stands in the form's name, and still asks for several items:
    over an existing activity it would save all of them, and only the last would be left
    (measured in 4.5 and 5.1). So the page warns, and takes only one. While the name is empty
    Moodle sends the tool's own, which says nothing: then the page only warns.
    """
    if not isinstance(title, str) or not title:
        return None
    same = select(ResourceLink.title).where(
        ResourceLink.course_id == course_id, ResourceLink.title == plain(title)
    )
    return connection.execute(same.limit(1)).scalar_one_or_none()


def _kept(settings: dict[str, Any]) -> dict[str, Any]:
    """Return what the page has to know, and `data`, which goes back as it came."""
    several = str(settings.get("accept_multiple", "false")).lower() == "true"
    data = settings.get("data")
    if data is None:
        return {"accept_multiple": several}
    if not isinstance(data, str) or _BROKEN.search(data):
        raise problems.bad_request("data")
    return {"accept_multiple": several, "data": data}


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
        replaces=content.get("replaces"),
        is_complete=all(form.chosen for form in forms),
        form_errors=any(form.errors for form in forms),
    )
    return page, status


def _may_add(content: dict[str, Any], forms: Sequence[ActivityForm]) -> bool:
    return bool(content["settings"]["accept_multiple"]) and len(forms) < MOST_ITEMS


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
        forms = _changed_forms(content, step)
        return _picker(content, forms, 422 if any(form.errors for form in forms) else 200)
    forms = _posted_forms()
    problems_found = [not form.validate() for form in forms]
    if any(problems_found):
        return _picker(content, forms, 422)
    return _return(content, platform, _create(content, forms))


def _changed_forms(content: dict[str, Any], step: str) -> list[ActivityForm]:
    """Return the posted forms with one more, one fewer, or with their kinds' settings."""
    forms = _posted_forms()
    if step == "settings":
        for form in forms:
            form.ask_for_choice()
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
    number = min(max(int(count), 1), MOST_ITEMS) if _SHORT_NUMBER.fullmatch(count) else 1
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
