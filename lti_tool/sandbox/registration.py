"""Dynamic registration, as an administrator of a Moodle site goes through it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lti_tool.sandbox.custom import to_lines
from lti_tool.sandbox.errors import RegistrationError, TokenRefused
from lti_tool.sandbox.model import Claims, Tool
from lti_tool.sandbox.tables import random_text
from lti_tool.sandbox.vocabulary import (
    EVERY_SCOPE,
    GRADE_SCOPES,
    LINE_ITEM,
    MEMBERSHIP_READ,
    TOOL_CONFIGURATION,
    TOOL_SETTING,
)

if TYPE_CHECKING:
    from lti_tool.sandbox.platform import Sandbox

TOKEN_SECONDS = 3600
_AUTH_METHOD = "private_key_jwt"
_NAME_CLAIMS = {"name", "given_name", "family_name"}
_REQUIRED = (
    "response_types",
    "initiate_login_uri",
    "redirect_uris",
    "client_name",
    "jwks_uri",
    "token_endpoint_auth_method",
    TOOL_CONFIGURATION,
)


def start_url(sandbox: Sandbox, tool_url: str, update: Tool | None = None) -> str:
    """Return the tool's registration address with the two parameters that Moodle adds.

    The token is valid for an hour; one for a new registration works once.
    """
    now = int(sandbox.now())
    claims = {
        "sub": str(update.id) if update else random_text(15),
        "scope": "reg-update" if update else "reg",
        "iat": now,
        "exp": now + TOKEN_SECONDS,
    }
    added = {
        "openid_configuration": f"{sandbox.base_url}/mod/lti/openid-configuration.php",
        "registration_token": sandbox.keys.sign(claims),
    }
    parts = urlsplit(tool_url)
    kept = parse_qsl(parts.query, keep_blank_values=True)
    return urlunsplit(parts._replace(query=urlencode([*kept, *added.items()])))


def read_token(sandbox: Sandbox, token: str) -> tuple[str, Tool | None]:
    """Return the client id that *token* stands for, and the tool when it is an update.

    Raises:
        RegistrationError: 401 for a token that is not ours, is too old or was used.
    """
    try:
        claims = sandbox.keys.read(token)
    except TokenRefused as error:
        raise RegistrationError("invalid_registration_token", 401) from error
    if not sandbox.now() < claims.get("exp", 0):
        raise RegistrationError("expired_registration_token", 401)
    if claims.get("scope") == "reg-update":
        tool = sandbox.tables.tools.get(int(claims["sub"]))
        if tool is None:
            raise RegistrationError("Unknown client")
        return tool.client_id, tool
    if claims.get("scope") != "reg":
        raise RegistrationError("Incorrect scope", 403)
    if sandbox.tables.tool_with_client_id(claims["sub"]):
        raise RegistrationError("token_already_used", 401)
    return str(claims["sub"]), None


def register(sandbox: Sandbox, token: str, payload: object) -> Claims:
    """Register or update a tool and return the answer that it gets.

    A new tool is pending, and not in the activity chooser.

    Raises:
        RegistrationError: Token or payload does not hold.
    """
    with sandbox.lock:
        client_id, tool = read_token(sandbox, token)
        if not isinstance(payload, dict):
            raise RegistrationError("missing required attribute response_types")
        details = _details(_cleaned(payload))
        if tool is None:
            tool = Tool(sandbox.tables.take_id("tool"), client_id, **details)
            sandbox.tables.tools[tool.id] = tool
        else:
            tool.__dict__.update(details, in_chooser=False)
            sandbox.keysets.pop(client_id, None)
        return describe(tool)


def preregister(
    sandbox: Sandbox, login_url: str, redirect_uris: Sequence[str], details: dict[str, Any]
) -> Tool:
    """Add or change a tool by hand; see `Sandbox.preregister`."""
    fields: dict[str, Any] = {"name": "Tool", "jwks_url": "", "send_name": True}
    fields |= {"send_email": True, "active": True, "in_chooser": True, **details}
    fields |= {"login_url": login_url, "redirect_uris": list(redirect_uris)}
    fields.setdefault("target_link_uri", redirect_uris[0])
    fields.setdefault("deep_linking_url", fields["target_link_uri"])
    fields.setdefault("domain", _domain(fields["target_link_uri"]))
    fields |= _services(fields.pop("scopes", EVERY_SCOPE))
    fields["custom"] = to_lines(fields.pop("custom_parameters", None))
    client_id = fields.pop("client_id", None) or random_text(15)
    tool = sandbox.tables.tool_with_client_id(client_id)
    if tool is None:
        tool = Tool(sandbox.tables.take_id("tool"), client_id, **fields)
        sandbox.tables.tools[tool.id] = tool
    tool.__dict__.update(fields)
    sandbox.keysets.pop(client_id, None)
    return tool


def describe(tool: Tool) -> Claims:
    """Return a registration as Moodle answers it, with its two known slips.

    ``lineitem`` is listed even when only scores were granted, and a custom value is cut at a
    second ``=``; what was stored is right.
    """
    configuration: Claims = {
        "version": "1.3.0",
        "deployment_id": str(tool.id),
        "target_link_uri": tool.target_link_uri,
        "domain": tool.domain,
        "description": tool.description,
    }
    if tool.deep_linking_url is not None:
        message = {"type": "LtiDeepLinkingRequest", "target_link_uri": tool.deep_linking_url}
        configuration["messages"] = [message]
    if tool.custom:
        pairs = [line.split("=") for line in tool.custom.split("\n")]
        configuration["custom_parameters"] = {pair[0]: pair[1] for pair in pairs if pair[1:]}
    names = ["name", "family_name", "given_name"] if tool.send_name else []
    emails = ["email"] if tool.send_email else []
    configuration["claims"] = ["sub", "iss", *names, *emails]
    return _client(tool) | {TOOL_CONFIGURATION: configuration}


def _client(tool: Tool) -> Claims:
    scopes = [*GRADE_SCOPES, LINE_ITEM] if tool.grade_sync else []
    scopes += [MEMBERSHIP_READ] if tool.roster else []
    scopes += [TOOL_SETTING] if tool.settings else []
    return {
        "client_id": tool.client_id,
        "response_types": ["id_token"],
        "jwks_uri": tool.jwks_url,
        "initiate_login_uri": tool.login_url,
        "grant_types": ["client_credentials", "implicit"],
        "redirect_uris": tool.redirect_uris,
        "application_type": "web",
        "token_endpoint_auth_method": _AUTH_METHOD,
        "client_name": tool.name,
        "logo_uri": tool.logo_url,
        "scope": " ".join(scopes),
    }


def _details(payload: Claims) -> dict[str, Any]:
    for name in _REQUIRED:
        if not payload.get(name):
            raise RegistrationError(f"missing required attribute {name}")
    configuration = _object(payload[TOOL_CONFIGURATION])
    domain, target = _target(configuration)
    _check_kind(payload)
    asked = set(_strings(configuration.get("claims")))
    scopes = payload.get("scope")
    return {
        "name": str(payload["client_name"]),
        "login_url": str(payload["initiate_login_uri"]),
        "redirect_uris": [uri.strip() for uri in _strings(payload["redirect_uris"])],
        "jwks_url": str(payload["jwks_uri"]),
        "target_link_uri": target,
        "domain": domain,
        "deep_linking_url": _deep_linking_url(configuration),
        "description": str(configuration.get("description") or ""),
        "logo_url": str(payload.get("logo_uri") or ""),
        "custom": to_lines(_object(configuration.get("custom_parameters"))),
        "send_name": bool(asked & _NAME_CLAIMS),
        "send_email": "email" in asked,
        **_services(scopes.split(" ") if isinstance(scopes, str) else ()),
    }


def _target(configuration: Claims) -> tuple[str, str]:
    if not configuration.get("domain"):
        raise RegistrationError("missing_domain")
    given = str(configuration["domain"])
    target = str(configuration.get("target_link_uri") or f"https://{given}")
    domain = _domain(given)
    if domain != _domain(target):
        raise RegistrationError("domain_targetlinkuri_mismatch")
    return domain, target


def _check_kind(payload: Claims) -> None:
    if "id_token" not in _strings(payload["response_types"]):
        raise RegistrationError("invalid_response_types")
    if not isinstance(payload["redirect_uris"], list):
        raise RegistrationError("invalid_redirect_uris")
    if payload["token_endpoint_auth_method"] != _AUTH_METHOD:
        raise RegistrationError("invalid_token_endpoint_auth_method")
    if payload.get("application_type") not in (None, "", "web"):
        raise RegistrationError("invalid_application_type")


def _services(scopes: Sequence[str]) -> dict[str, Any]:
    some_grades = any(scope in scopes for scope in GRADE_SCOPES)
    return {
        "grade_sync": 2 if LINE_ITEM in scopes else int(some_grades),
        "roster": MEMBERSHIP_READ in scopes,
        "settings": TOOL_SETTING in scopes,
    }


def _deep_linking_url(configuration: Claims) -> str | None:
    found = None
    for message in configuration.get("messages") or []:
        if _object(message).get("type") == "LtiDeepLinkingRequest":
            found = str(message.get("target_link_uri") or "")
    return found


def _domain(url: str) -> str:
    host = re.sub(r"^(https?://)?(www\.)?", "", url, flags=re.IGNORECASE)
    return host.split("/", 1)[0].lower()


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _cleaned(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_cleaned(inner) for inner in value]
    return re.sub(r"<[^>]*>", "", value) if isinstance(value, str) else value


def _object(value: object) -> Claims:
    return value if isinstance(value, dict) else {}


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
