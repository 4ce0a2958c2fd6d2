"""From claim URIs to `LaunchClaims`: the only module that knows what Moodle calls things.

Claims are untrusted input: every value is checked for its type, trimmed and shortened, and
what a platform did not know (a literal ``$Variable``, a null) is absent.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from html import unescape
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from lti_tool.domain.roles import Hint
from lti_tool.lti import problems
from lti_tool.lti.platforms import Registered
from lti_tool.lti.tokens import LTI
from lti_tool.services.launch_claims import LaunchClaims
from lti_tool.web.i18n import match_language

AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
ACTIVITY_PARAMETER = "trellis_activity"
"""Custom parameter of a link: the id of what it opens."""
LONGEST_TEXT = 255
LONGEST_URL = 2_000


def read_claims(claims: Mapping[str, Any], message_type: str, platform: Registered) -> LaunchClaims:
    """Return a checked message in our words.

    Raises:
        LaunchRefused: The person, course or link it is about cannot be told.
    """
    context, link = _object(claims, LTI + "context"), _object(claims, LTI + "resource_link")
    shown = _object(claims, LTI + "launch_presentation")
    ags, custom = _object(claims, AGS), read_custom(_object(claims, LTI + "custom"))
    sub, context_id = _id(claims.get("sub")), _id(context.get("id"))
    if not sub or not context_id:
        raise problems.bad_request("context" if sub else "sub")
    return LaunchClaims(
        platform_id=platform.id,
        deployment_id=_id(claims.get(LTI + "deployment_id")),
        message_type=message_type,
        nonce=str(claims["nonce"]),
        sub=sub,
        hint=read_roles(claims[LTI + "roles"]),
        context_id=context_id,
        resource_link_id=_id(link.get("id")),
        name=_name(claims),
        email=_text(claims.get("email")) or None,
        locale=match_language(_text(shown.get("locale"))) or "en",
        course_label=_text(context.get("label")),
        course_title=_text(context.get("title")),
        link_title=_text(link.get("title")),
        memberships_url=_own_url(_object(claims, NRPS).get("context_memberships_url"), platform),
        lineitems_url=_own_url(ags.get("lineitems"), platform),
        lineitem_url=_own_url(ags.get("lineitem"), platform),
        ags_scopes=" ".join(sorted(s for s in _list(ags.get("scope")) if isinstance(s, str))),
        return_url=_own_url(shown.get("return_url"), platform),
        document_target=_text(shown.get("document_target")) or "iframe",
        for_user_sub=_id(_object(claims, LTI + "for_user").get("user_id")) or None,
        target_link_uri=_text(claims.get(LTI + "target_link_uri")),
        setup_id=_uuid(custom.get(ACTIVITY_PARAMETER)),
        custom=custom,
        deep_linking=_object(claims, DEEP_LINKING),
    )


def read_custom(custom: Mapping[str, Any]) -> dict[str, str]:
    """Return the custom parameters that have a value.

    A variable the platform does not know arrives as its own name, such as
    ``$ResourceLink.id.history``, and one it withholds as null (facts.md 12).
    """
    texts = {key: value for key, value in custom.items() if isinstance(value, str | int | float)}
    return {
        str(key): text
        for key, value in texts.items()
        if (text := str(value).strip()[:LONGEST_URL]) and not text.startswith("$")
    }


@cache
def _hints() -> dict[str, list[str]]:
    content = tomllib.loads(files("config").joinpath("roles.toml").read_text("utf-8"))
    found: dict[str, list[str]] = content["hints"]
    return found


def read_roles(roles: list[Any]) -> Hint:
    """Return what the role URIs hint at; short roster names such as ``Learner`` count too."""
    uris = {_full(role) for role in roles if isinstance(role, str)}
    for name, known in _hints().items():
        if uris.intersection(known):
            return Hint(name)
    return Hint.NONE


def _full(role: str) -> str:
    if "/" in role or "#" in role:
        return role
    return f"http://purl.imsglobal.org/vocab/lis/v2/membership#{role}"


def plain(text: str) -> str:
    """Return *text* as text: entities resolved, control characters out, tags shown as typed.

    Moodle sends titles with entities and descriptions with HTML (facts.md 8); templates
    escape whatever stands here.
    """
    return "".join(c if c.isprintable() else " " for c in unescape(text)).strip()


def _text(value: Any) -> str:
    if not isinstance(value, str) or value.startswith("$"):
        return ""
    return plain(value[: LONGEST_URL * 2])[:LONGEST_TEXT]


def _id(value: Any) -> str:
    """Return an identifier as it is, or '' for what cannot be one."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if 0 < len(text) <= LONGEST_TEXT and text.isprintable() else ""


def _name(claims: Mapping[str, Any]) -> str | None:
    parts = (_text(claims.get("given_name")), _text(claims.get("family_name")))
    return _text(claims.get("name")) or " ".join(part for part in parts if part) or None


def _object(claims: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = claims.get(key)
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _own_url(value: Any, platform: Registered) -> str | None:
    """Return a URL of the platform's own; any other is dropped.

    Service URLs come in the message; a token sent elsewhere would be lost to a stranger.
    """
    if not isinstance(value, str) or len(value) > LONGEST_URL:
        return None
    return value if is_own(value, platform) else None


def is_own(url: str, platform: Registered) -> bool:
    """Say whether *url* stands at one of the origins the registration gave."""
    return _origin(url) in {
        _origin(known)
        for known in (
            platform.issuer,
            platform.auth_login_url,
            platform.auth_token_url,
            platform.jwks_url,
        )
    }


def _origin(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return (parts.scheme, parts.netloc) if parts.scheme in ("http", "https") else None
