"""Sign-in endpoints: configuration, keyset, authorisation, tokens, registration."""

from __future__ import annotations

import json

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from lti_tool.sandbox import registration
from lti_tool.sandbox.errors import RegistrationError, TokenRefused
from lti_tool.sandbox.services import fail_on_purpose, remember
from lti_tool.sandbox.tokens import issue_token
from lti_tool.sandbox.vocabulary import (
    BASIC_OUTCOME_SCOPE,
    LINE_ITEM,
    LINE_ITEM_READ,
    MEMBERSHIP_READ,
    PLATFORM_CONFIGURATION,
    RESULT_READ,
    SCORE,
    TOOL_SETTING,
    VARIABLES,
)
from lti_tool.sandbox.web import the_sandbox

bp = Blueprint("oidc", __name__, url_prefix="/mod/lti")

bp.before_request(fail_on_purpose)
bp.after_request(remember)

_SCOPES = [BASIC_OUTCOME_SCOPE, LINE_ITEM_READ, RESULT_READ, SCORE, LINE_ITEM]


@bp.get("/openid-configuration.php")
def show_configuration() -> ResponseReturnValue:
    """Say where everything is."""
    base = the_sandbox().base_url
    answer = {
        "issuer": base,
        "token_endpoint": f"{base}/mod/lti/token.php",
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": f"{base}/mod/lti/certs.php",
        "authorization_endpoint": f"{base}/mod/lti/auth.php",
        "registration_endpoint": f"{base}/mod/lti/openid-registration.php",
        "scopes_supported": [*_SCOPES, MEMBERSHIP_READ, TOOL_SETTING, "openid"],
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
        PLATFORM_CONFIGURATION: _platform_configuration(),
    }
    return Response(json.dumps(answer, indent=4), mimetype="application/json")


def _platform_configuration() -> dict[str, object]:
    chooser = {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]}
    return {
        "product_family_code": "moodle",
        "version": "5.1+ (Build: 20251017)",
        "messages_supported": [{"type": "LtiResourceLinkRequest"}, chooser],
        "variables": VARIABLES,
    }


@bp.get("/certs.php")
def show_keyset() -> ResponseReturnValue:
    """Publish the platform's public keys."""
    return jsonify(the_sandbox().keys.jwks())


@bp.route("/auth.php", methods=["GET", "POST"])
def authorize() -> ResponseReturnValue:
    """Answer the tool's authorisation request with a form that posts itself to the tool."""
    query = request.values.to_dict()
    address, fields = the_sandbox().authorize(query)
    return render_template("autosubmit.html", address=address, fields=fields, target="")


@bp.post("/token.php")
def grant_token() -> ResponseReturnValue:
    """Hand out an access token for an hour; every refusal is a 400 with a reason."""
    sandbox = the_sandbox()
    try:
        if sandbox.faults.token_refused:
            sandbox.faults.refuse(400)
            raise TokenRefused("invalid_client")
        return jsonify(issue_token(sandbox, request.form, request.mimetype))
    except TokenRefused as error:
        return jsonify(error=str(error)), 400


@bp.route("/openid-registration.php", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    """Take a registration, or show an existing one to the bearer of an update token."""
    sandbox = the_sandbox()
    try:
        token = _bearer()
        if request.method == "POST":
            payload = request.get_json(force=True, silent=True)
            return jsonify(registration.register(sandbox, token, payload))
        tool = registration.read_token(sandbox, token)[1]
        if tool is None:
            raise RegistrationError("No registration found.", 404)
        return jsonify(registration.describe(tool))
    except RegistrationError as error:
        return Response(str(error), error.status, mimetype="text/html")


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise RegistrationError("missing_registration_token", 401)
    return token.strip()
