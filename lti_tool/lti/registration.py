"""Dynamic registration: an administrator pastes one link, and the two sides know each other.

Follows LTI Dynamic Registration 1.0; what Moodle takes and ignores is facts.md 1 to 4.
"""

import json
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from config.settings import Settings
from lti_tool.domain.errors import DomainError
from lti_tool.domain.platforms import Invitation
from lti_tool.lti.edge import current_edge
from lti_tool.lti.http import Answer, Garbled, Outgoing, Unreachable
from lti_tool.lti.untrusted import identifier, short_text, web_address
from lti_tool.services.registrations import (
    PlatformFacts,
    find_invitation,
    known_platform,
    register_platform,
    use_invitation,
)
from lti_tool.web.headers import allow_platform, origin_of

bp = Blueprint("registration", __name__)
log = structlog.get_logger()
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
NAME = "Trellis"
"""What platforms call us, unless somebody there renames the tool."""
SCOPES = (
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
)
CUSTOM = {
    "trellis_context_history": "$Context.id.history",
    "trellis_groups": "$Moodle.Person.userGroupIds",
}
_URLS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")


def tool_configuration(settings: Settings) -> dict[str, Any]:
    """Return what we tell a platform about ourselves."""
    base, launch = settings.public_url, f"{settings.public_url}/lti/launch"
    return {
        "application_type": "web",
        "client_name": NAME,
        "response_types": ["id_token"],
        "grant_types": ["client_credentials", "implicit"],
        "initiate_login_uri": f"{base}/lti/login",
        "redirect_uris": [launch],
        "jwks_uri": f"{base}/.well-known/jwks.json",
        "logo_uri": f"{base}/static/trellis.svg",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(SCOPES),
        TOOL: {
            "domain": settings.public_host,
            "description": "Mentoring logbooks, self-assessment quizzes and observed-practice "
            "checklists for learning at work.",
            "target_link_uri": launch,
            "custom_parameters": CUSTOM,
            "claims": ["iss", "sub", "name", "given_name", "family_name", "email"],
            "messages": [
                {"type": "LtiResourceLinkRequest"},
                {
                    "type": "LtiDeepLinkingRequest",
                    "target_link_uri": launch,
                    "label": NAME,
                },
                {"type": "LtiSubmissionReviewRequest", "target_link_uri": launch},
            ],
        },
    }


class RegistrationFailed(DomainError):
    """The registration did not come about; nothing was stored."""

    status = 422


@bp.route("/lti/register/<token>", methods=["GET", "POST"])
def register(token: str) -> ResponseReturnValue:
    """Show who wants to be registered (GET); do it when the administrator says so (POST)."""
    address = request.values.get("openid_configuration", "")
    if web_address(address):
        allow_platform(address)  # or what went wrong would stay unseen in the platform's frame
    with current_edge.database.reading() as session:
        invitation = find_invitation(session, token)
    if invitation is None:
        raise RegistrationFailed(
            _("This registration link has been used, or is too old."),
            next_step=_("Make a new one with: trellis platform invite"),
        )
    _check_address(address, invitation)
    if request.method == "GET":
        return render_template(
            "lti/register.html",
            host=urlsplit(address).netloc,
            address=address,
            registration_token=request.args.get("registration_token", ""),
        )
    facts = _exchange(address, request.form.get("registration_token", ""), invitation)
    return _store(token, facts)


def _store(token: str, facts: PlatformFacts) -> ResponseReturnValue:
    with current_edge.database.transaction() as session:
        is_update = known_platform(session, facts) is not None
        platform = register_platform(session, facts)
        if not use_invitation(session, token, platform):
            raise RegistrationFailed(_("This registration link has been used, or is too old."))
    current_edge.platforms.forget()
    log.info("platform_registered", platform=str(platform.id))
    return render_template(
        "lti/registered.html", facts=facts, platform=platform, is_update=is_update
    )


def _check_address(address: str, invitation: Invitation) -> None:
    """Require an https address, unless the invitation allows a private network."""
    is_private = invitation.allows_private_network or current_edge.settings.allow_private_network
    schemes = ("https://", "http://") if is_private else ("https://",)
    if not (web_address(address) and address.startswith(schemes)):
        raise RegistrationFailed(
            _("The address of the course site's configuration is missing or is not https."),
            next_step=_("Paste the link into the registration field of your course site."),
        )


def _door(invitation: Invitation) -> Outgoing:
    return current_edge.doors[invitation.allows_private_network]


def _exchange(address: str, registration_token: str, invitation: Invitation) -> PlatformFacts:
    """Read the platform's configuration, send ours, and return what came of it."""
    configuration = _read_configuration(address, invitation)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if registration_token:
        headers["Authorization"] = f"Bearer {registration_token}"
    ours = json.dumps(tool_configuration(current_edge.settings))
    try:
        answer = _door(invitation).request(
            "POST", configuration["registration_endpoint"], data=ours.encode(), headers=headers
        )
    except Unreachable as error:
        raise _unreachable() from error
    if not answer.is_ok:
        log.warning("registration_refused", status=answer.status)
        raise RegistrationFailed(
            _("The course site said no to the registration (%(status)s).", status=answer.status),
            next_step=_("Start again from the course site with a fresh link."),
        )
    return _facts(configuration, _object(answer), invitation)


def _read_configuration(address: str, invitation: Invitation) -> dict[str, Any]:
    try:
        answer = _door(invitation).request("GET", address, headers={"Accept": "application/json"})
    except Unreachable as error:
        raise _unreachable() from error
    found = _object(answer) if answer.is_ok else {}
    urls = {name: web_address(found.get(name)) for name in ("issuer", *_URLS)}
    if not all(urls.values()):
        raise _unusable()
    # Who serves the document must be who it speaks of, or one site could register another.
    speaks_of = {origin_of(str(urls[name])) for name in ("issuer", "registration_endpoint")}
    if speaks_of != {origin_of(address)}:
        raise _unusable()
    for url in urls.values():
        _check_address(str(url), invitation)
    return found


def _facts(
    configuration: dict[str, Any], registered: dict[str, Any], invitation: Invitation
) -> PlatformFacts:
    client_id = identifier(registered.get("client_id"))
    tool, platform = registered.get(TOOL), configuration.get(PLATFORM)
    deployment = identifier(tool.get("deployment_id")) if isinstance(tool, dict) else ""
    product = platform.get("product_family_code") if isinstance(platform, dict) else ""
    if not client_id:
        raise _unusable()
    return PlatformFacts(
        issuer=configuration["issuer"],
        client_id=client_id,
        auth_login_url=configuration["authorization_endpoint"],
        auth_token_url=configuration["token_endpoint"],
        jwks_url=configuration["jwks_uri"],
        name=urlsplit(configuration["issuer"]).netloc,
        product=short_text(product)[:40],
        deployment_ids=[deployment] if deployment else [],
        allows_private_network=invitation.allows_private_network,
    )


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = answer.json()
    except Garbled:
        raise _unusable() from None
    return found if isinstance(found, dict) else {}


def _unreachable() -> RegistrationFailed:
    return RegistrationFailed(
        _("We could not reach the course site."),
        next_step=_(
            "Check that this server can open the course site's address. For a site in a private "
            "network make the invitation with --allow-private-network."
        ),
    )


def _unusable() -> RegistrationFailed:
    return RegistrationFailed(
        _("The course site sent a registration document that we cannot use."),
        next_step=_("Register by hand instead: trellis platform add --help"),
    )
