"""From claim URIs to `LaunchClaims`: the only module that knows what Moodle calls things.

Claims are untrusted input: every value is checked for its type, trimmed and shortened, and
what a platform did not know (a literal ``$Variable``, a null) is absent.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from lti_tool.domain.roles import Hint
from lti_tool.lti import problems
from lti_tool.lti.platforms import Registered
from lti_tool.lti.tokens import DEEP_LINKING, LTI
from lti_tool.lti.untrusted import LONGEST_URL, identifier, plain, short_text, web_address
from lti_tool.services.launch_claims import LaunchClaims
from lti_tool.web.headers import origin_of
from lti_tool.web.i18n import match_language

AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
ACTIVITY_PARAMETER = "trellis_activity"
"""Custom parameter of a link: the id of what it opens."""


def read_claims(claims: Mapping[str, Any], message_type: str, platform: Registered) -> LaunchClaims:
    """Return a checked message in our words.

    Raises:
        LaunchRefused: The person, course or link it is about cannot be told.
    """
    context, link = _object(claims, LTI + "context"), _object(claims, LTI + "resource_link")
    shown = _object(claims, LTI + "launch_presentation")
    ags, custom = _object(claims, AGS), read_custom(_object(claims, LTI + "custom"))
    sub, context_id = identifier(claims.get("sub")), identifier(context.get("id"))
    if not sub or not context_id:
        raise problems.bad_request("context" if sub else "sub")
    return LaunchClaims(
        platform_id=platform.id,
        deployment_id=identifier(claims.get(LTI + "deployment_id")),
        message_type=message_type,
        nonce=str(claims["nonce"]),
        sub=sub,
        hint=read_roles(claims[LTI + "roles"]),
        context_id=context_id,
        resource_link_id=identifier(link.get("id")),
        name=_name(claims),
        email=short_text(claims.get("email")) or None,
        locale=match_language(short_text(shown.get("locale"))) or "en",
        course_label=short_text(context.get("label")),
        course_title=short_text(context.get("title")),
        link_title=short_text(link.get("title")),
        memberships_url=_own_url(_object(claims, NRPS).get("context_memberships_url"), platform),
        lineitems_url=_own_url(ags.get("lineitems"), platform),
        lineitem_url=_own_url(ags.get("lineitem"), platform),
        ags_scopes=" ".join(sorted(filter(None, map(web_address, _list(ags.get("scope")))))),
        return_url=_own_url(shown.get("return_url"), platform),
        document_target=short_text(shown.get("document_target")) or "iframe",
        for_user_sub=identifier(_object(claims, LTI + "for_user").get("user_id")) or None,
        target_link_uri=short_text(claims.get(LTI + "target_link_uri")),
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
        if (text := plain(str(value))[:LONGEST_URL]) and not text.startswith("$")
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


def _name(claims: Mapping[str, Any]) -> str | None:
    parts = (short_text(claims.get("given_name")), short_text(claims.get("family_name")))
    return short_text(claims.get("name")) or " ".join(part for part in parts if part) or None


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
    url = web_address(value)
    return url if url and is_own(url, platform) else None


def is_own(url: str, platform: Registered) -> bool:
    """Say whether *url* stands at one of the origins the registration gave."""
    known = platform.issuer, platform.auth_login_url, platform.auth_token_url, platform.jwks_url
    origin = origin_of(url)
    return origin is not None and origin in {origin_of(one) for one in known}
