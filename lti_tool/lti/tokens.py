"""Whether an id_token can be trusted: everything PyLTI1p3 2.0.0 leaves open is checked here.

It accepts replays and tokens without `exp`, has no leeway and no timeouts (research/lti.md
B2, research/trust.md A2); this module and the nonce in `services.launches` close that.
"""

import base64
import json
import string
import time
from typing import Any

import jwt
from pylti1p3.exception import LtiException
from pylti1p3.message_validators.deep_link import DeepLinkMessageValidator
from pylti1p3.message_validators.resource_message import ResourceMessageValidator

from lti_tool.lti import problems
from lti_tool.lti.jwks import KeysUnavailable, PlatformKeys
from lti_tool.lti.platforms import Registered

LEEWAY_SECONDS = 60
MAX_AGE_SECONDS = 600
"""An `iat` older than this is refused whatever `exp` says."""
LONGEST_TOKEN = 64 * 1024
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
_REQUIRED = ["exp", "iat", "nonce", "sub", "iss", "aud"]
_VALIDATORS = {
    "LtiResourceLinkRequest": ResourceMessageValidator(),
    "LtiDeepLinkingRequest": DeepLinkMessageValidator(),
    # PyLTI1p3's validator of submission reviews demands a line item, which Moodle leaves
    # out when a link has none or several (facts.md 10): the common checks are what counts.
    "LtiSubmissionReviewRequest": ResourceMessageValidator(),
}


def check_token(token: str, platform: Registered, keys: PlatformKeys) -> dict[str, Any]:
    """Return the claims of an id_token that *platform* signed for us within the last minutes.

    Raises:
        LaunchRefused: It is unsigned, mis-signed, foreign, expired or incomplete.
    """
    try:
        claims = _decode(token, platform, keys)
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
        raise problems.expired() from error
    except jwt.PyJWTError as error:
        raise problems.untrusted(type(error).__name__) from error
    except KeysUnavailable as error:
        raise problems.keys_unavailable() from error
    _check_audience(claims, platform)
    if time.time() - float(claims["iat"]) > MAX_AGE_SECONDS:
        raise problems.expired()
    return claims


def _decode(token: str, platform: Registered, keys: PlatformKeys) -> dict[str, Any]:
    if len(token) > LONGEST_TOKEN:
        raise jwt.DecodeError("too long")
    header = _header(token)
    kid = header.get("kid")
    if header.get("alg") != "RS256" or not isinstance(kid, str):
        raise jwt.InvalidAlgorithmError("RS256 with a kid is required")
    try:
        return _verify(token, kid, platform, keys)
    except jwt.InvalidSignatureError:
        if not keys.refresh(platform):
            raise
        return _verify(token, kid, platform, keys)


class _QuickJws(jwt.PyJWS):
    """PyJWT's reader with base64 by C: its own looks at every character in Python.

    That was 10 % of a launch. What is not plainly base64url is left to PyJWT to refuse.
    """

    @staticmethod
    def _decode_base64url_segment(segment: bytes, name: str) -> bytes:
        if not segment.translate(None, _BASE64URL) and len(segment) % 4 != 1:
            decoded = base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
            if base64.urlsafe_b64encode(decoded).rstrip(b"=") == segment:
                return decoded
        return jwt.PyJWS._decode_base64url_segment(segment, name)


_BASE64URL = (string.ascii_letters + string.digits + "-_").encode()
_READER = jwt.PyJWT()
_READER._jws = _QuickJws()


def _header(token: str) -> dict[str, Any]:
    """Return the header alone: PyJWT's own reader would decode the whole token twice."""
    try:
        segment = token.split(".", 1)[0].encode("ascii")
        header = json.loads(base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4)))
    except (ValueError, RecursionError) as error:
        raise jwt.DecodeError("header") from error
    if not isinstance(header, dict):
        raise jwt.DecodeError("header")
    return header


def _verify(token: str, kid: str, platform: Registered, keys: PlatformKeys) -> dict[str, Any]:
    key = keys.find(platform, kid)
    if key is None:
        raise jwt.InvalidKeyError("unknown kid")
    claims: dict[str, Any] = _READER.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=platform.client_id,
        issuer=platform.issuer,
        leeway=LEEWAY_SECONDS,
        options={"require": _REQUIRED},
    )
    return claims


def _check_audience(claims: dict[str, Any], platform: Registered) -> None:
    """Several audiences need an `azp`, and an `azp` must be us (OIDC Core 3.1.3.7)."""
    azp = claims.get("azp")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several and azp is None) or (azp is not None and azp != platform.client_id):
        raise problems.untrusted("azp")


def check_message(claims: dict[str, Any]) -> str:
    """Return the message type of a complete LTI 1.3 message.

    Raises:
        LaunchRefused: The type or version is unknown, or a claim the type needs is missing.
    """
    kind = claims.get(LTI + "message_type")
    validator = _VALIDATORS.get(kind) if isinstance(kind, str) else None
    if validator is None:
        raise problems.bad_request("message_type")
    try:
        _refuse_wrong_shapes(claims)
        validator.validate(claims)
    except (LtiException, AttributeError) as error:
        raise problems.bad_request("incomplete") from error
    return str(kind)


def _refuse_wrong_shapes(claims: dict[str, Any]) -> None:
    """Refuse claims that are not the objects every reader expects; PHP spells {} as []."""
    names = ("resource_link", "context", "launch_presentation", "custom", "tool_platform")
    for claim in (*(LTI + name for name in names), DEEP_LINKING):
        value = claims.get(claim)
        if value not in (None, []) and not isinstance(value, dict):
            raise problems.bad_request(claim.rsplit("/", 1)[1])
    if not isinstance(claims.get(LTI + "roles"), list):
        raise problems.bad_request("roles")
