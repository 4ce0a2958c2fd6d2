"""Login initiation, launch, our keys, and the hop to a new tab."""

from functools import lru_cache
from urllib.parse import urlencode
from uuid import UUID

import structlog
from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.domain.errors import DomainError
from lti_tool.lti import problems
from lti_tool.lti.claims import read_claims
from lti_tool.lti.deep_linking import show_picker
from lti_tool.lti.edge import current_edge
from lti_tool.lti.keys import published_keys
from lti_tool.lti.opening import Opened, open_resource_link, take_handoff
from lti_tool.lti.platforms import Registered
from lti_tool.lti.problems import LaunchRefused
from lti_tool.lti.state import (
    State,
    clear_state_cookie,
    read_state,
    set_state_cookie,
    start_login,
)
from lti_tool.lti.tokens import check_message, check_token
from lti_tool.services.launch_claims import LaunchClaims
from lti_tool.services.launches import PlatformDisabled, Replayed
from lti_tool.web.device import this_device
from lti_tool.web.errors import problem_page
from lti_tool.web.headers import allow_platform
from lti_tool.web.i18n import speak
from lti_tool.web.launch import is_from_our_page, set_launch_cookie

bp = Blueprint("lti", __name__)
log = structlog.get_logger()
_HINTS = ("login_hint", "lti_message_hint")
LONGEST_HINTS = 8_000
"""Characters together: they go into an address, which proxies and servers cut."""


@bp.errorhandler(LaunchRefused)
def refuse(error: LaunchRefused) -> ResponseReturnValue:
    """Show why a launch cannot go on; the code goes to the log, never the token.

    Whoever claims to be the platform may frame this page, or its iframe would stay blank;
    there is nothing on it to be misused.
    """
    log.warning("launch_refused", code=error.code)
    if "platform_origins" not in g:
        allow_platform(request.values.get("iss", ""), request.headers.get("Origin", ""))
    return problem_page(error, error.status)


@bp.route("/lti/login", methods=["GET", "POST"])
def login() -> BaseResponse:
    """Answer a login initiation: to the platform's authorisation page. Writes nothing."""
    values = request.values
    for name in ("iss", "login_hint", "target_link_uri"):
        if not values.get(name):
            raise problems.bad_request(f"login without {name}")
    if sum(len(values.get(name, "")) for name in _HINTS) > LONGEST_HINTS:
        raise problems.bad_request("endless hint")
    platform = current_edge.platforms.for_login(values["iss"], values.get("client_id"))
    if platform is None:
        raise problems.unknown_platform()
    _check_target(values["target_link_uri"])
    started = start_login(current_edge.settings, platform.id)
    query = {
        "login_hint": values["login_hint"],
        "state": started.state,
        "nonce": started.nonce,
    }
    if values.get("lti_message_hint"):
        query["lti_message_hint"] = values["lti_message_hint"]
    page = _authorisation_page(platform.auth_login_url, platform.client_id, launch_url())
    response = redirect(f"{page}&{urlencode(query)}")
    set_state_cookie(response, started)
    return response


@lru_cache(maxsize=1024)
def _authorisation_page(auth_login_url: str, client_id: str, redirect_uri: str) -> str:
    """Return the address to ask for a token, with all that is the same for every login."""
    query = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
    }
    separator = "&" if "?" in auth_login_url else "?"
    return f"{auth_login_url}{separator}{urlencode(query)}"


def launch_url() -> str:
    """Return the one redirect URI that platforms know."""
    return f"{current_edge.settings.public_url}/lti/launch"


def _check_target(uri: str) -> None:
    """Refuse to be used as a way to somewhere else."""
    base = current_edge.settings.public_url
    if uri != base and not uri.startswith(f"{base}/"):
        raise problems.bad_request("target_link_uri")


@bp.post("/lti/launch")
def launch() -> ResponseReturnValue:
    """Check a launch message and open what it asks for."""
    if "error" in request.form:
        raise _platform_said_no()
    token, state_text = request.form.get("id_token"), request.form.get("state")
    if not token or not state_text:
        raise problems.bad_request("launch without id_token or state")
    state = read_state(current_edge.settings, state_text)
    platform = current_edge.platforms.by_id(state.platform_id)
    if platform is None:
        raise problems.unknown_platform()
    allow_platform(platform.issuer)
    claims = _checked(token, platform, state)
    try:
        if claims.message_type == "LtiDeepLinkingRequest":
            return show_picker(claims, platform)
        return _open(claims, platform, state)
    except Replayed:
        raise problems.replayed() from None
    except PlatformDisabled:
        raise problems.unknown_platform() from None


def _platform_said_no() -> LaunchRefused:
    code = request.form["error"][:40]
    log.warning("platform_refused_login", code=code if code.isidentifier() else "other")
    return LaunchRefused(
        "platform_error", _("Your course site could not sign you in to this activity.")
    )


def _checked(token: str, platform: Registered, state: State) -> LaunchClaims:
    payload = check_token(token, platform, current_edge.keys)
    if not state.fits_nonce(str(payload["nonce"])):
        raise problems.untrusted("nonce of another login")
    kind = check_message(payload)
    claims = read_claims(payload, kind, platform)
    speak(claims.locale)
    if claims.deployment_id not in platform.deployments:
        _look_again(platform, claims.deployment_id)
    return claims


def _look_again(platform: Registered, deployment_id: str) -> None:
    """A deployment may have been added a moment ago by another process."""
    current_edge.platforms.forget()
    fresh = current_edge.platforms.by_id(platform.id)
    if fresh is None or deployment_id not in fresh.deployments:
        raise problems.unknown_deployment()


def _open(claims: LaunchClaims, platform: Registered, state: State) -> ResponseReturnValue:
    is_same_browser = state.fits_browser()
    opened = open_resource_link(
        current_edge, claims, needs_handoff=not is_same_browser, device_mark=this_device()
    )
    if not is_same_browser:
        return _handoff_page(opened, claims)
    response = redirect(_start(opened), code=303)
    set_launch_cookie(response, opened.launch_id, opened.secret)
    clear_state_cookie(response, state)
    return response


def _start(opened: Opened) -> str:
    return url_for(opened.endpoint, launch_id=opened.launch_id, **opened.arguments)


def _handoff_page(opened: Opened, claims: LaunchClaims) -> ResponseReturnValue:
    """Offer to continue in a new tab: no cookie came back through this iframe.

    Without the cookie nothing proves that this browser started the login; the click, and
    the name on the page, are the defence against being signed in as somebody else.
    """
    return render_template(
        "lti/handoff.html",
        code=opened.handoff_code,
        about=opened.arguments.get("person_id", ""),
        name=claims.name,
        course=claims.course_title,
    )


@bp.post("/lti/continue")
def continue_in_tab() -> ResponseReturnValue:
    """Continue a launch in a tab of its own, with a one-time code that lives for 60 seconds.

    Only from our own page: another site could sign its visitors in as somebody else.
    """
    if not is_from_our_page():
        raise problems.untrusted("continued from another site")
    about = request.form.get("about", type=UUID)
    opened = take_handoff(current_edge, request.form.get("code", ""), reviewed=about)
    if opened is None:
        problem = DomainError(
            _("This button has been used already, or was pressed too late."),
            next_step=problems.reopen(),
        )
        return problem_page(problem, 410)
    response = redirect(_start(opened), code=303)
    set_launch_cookie(response, opened.launch_id, opened.secret, partitioned=False)
    return response


@bp.get("/.well-known/jwks.json")
def jwks() -> Response:
    """Publish our public keys, old and new side by side while they overlap."""
    with current_edge.database.transaction() as session:
        keys = published_keys(session, current_edge.vault)
    response = jsonify(keys)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
