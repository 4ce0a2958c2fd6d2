"""Access tokens for the services: handing them out, and asking for them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lti_tool.sandbox.errors import ServiceError, TokenRefused
from lti_tool.sandbox.keys import claims_unread, read_signed_by
from lti_tool.sandbox.model import AccessToken, Claims, Tool
from lti_tool.sandbox.vocabulary import GRADE_SCOPES, LINE_ITEM, MEMBERSHIP_READ, TOOL_SETTING

if TYPE_CHECKING:
    from lti_tool.sandbox.platform import Sandbox

TOKEN_SECONDS = 3600
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FIELDS = ("client_assertion", "client_assertion_type", "grant_type", "scope")


def issue_token(sandbox: Sandbox, form: Mapping[str, str], mimetype: str) -> Claims:
    """Return the token endpoint's answer to a client credentials request.

    Raises:
        TokenRefused: With the error text that goes into the 400.
    """
    if mimetype != "application/x-www-form-urlencoded" or not all(map(form.get, _FIELDS)):
        raise TokenRefused("invalid_request")
    kinds = form["client_assertion_type"], form["grant_type"]
    if kinds != (_ASSERTION_TYPE, "client_credentials"):
        raise TokenRefused("unsupported_grant_type")
    tool = _client(sandbox, form["client_assertion"])
    allowed = permitted_scopes(tool)
    scopes = [scope for scope in form["scope"].split(" ") if scope in allowed]
    if not scopes:
        raise TokenRefused("invalid_scope")
    expires_at = int(sandbox.now()) + TOKEN_SECONDS
    token = AccessToken(secrets.token_hex(16), tool.id, scopes, expires_at)
    with sandbox.lock:
        sandbox.tables.access_tokens[token.token] = token
    return {
        "access_token": token.token,
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "scope": " ".join(scopes),
    }


def permitted_scopes(tool: Tool) -> set[str]:
    """Return the scopes that the site lets *tool* have."""
    scopes = set(GRADE_SCOPES) if tool.grade_sync else set()
    scopes |= {LINE_ITEM} if tool.grade_sync == 2 else set()
    scopes |= {MEMBERSHIP_READ} if tool.roster else set()
    return scopes | ({TOOL_SETTING} if tool.settings else set())


def tool_behind(
    sandbox: Sandbox, authorization: str, scopes: set[str], tool_id: str | None
) -> Tool:
    """Return the tool whose token came along with one of *scopes*.

    Raises:
        ServiceError: 401 when the token is missing, unknown, too old, too narrow, or another
            tool's than *tool_id*.
    """
    scheme, _, text = authorization.partition(" ")
    token = sandbox.tables.access_tokens.get(text.strip()) if scheme == "Bearer" else None
    if token is None or token.expires_at <= sandbox.now() or not scopes & set(token.scopes):
        raise ServiceError(401)
    tool = sandbox.tables.tools.get(token.tool_id)
    if tool is None or (tool_id is not None and tool_id != str(tool.id)):
        raise ServiceError(401)
    return tool


def _client(sandbox: Sandbox, assertion: str) -> Tool:
    subject = claims_unread(assertion).get("sub")
    if not subject:
        raise TokenRefused("invalid_request")
    tool = sandbox.tables.tool_with_client_id(subject)
    if tool is None:
        raise TokenRefused("invalid_client")
    claims = read_signed_by(sandbox, tool, assertion)
    if sandbox.strict:
        _check_strictly(sandbox, tool, claims)
    return tool


def _check_strictly(sandbox: Sandbox, tool: Tool, claims: Claims) -> None:
    # Moodle looks at neither; another platform would refuse, so the sandbox does too.
    audience = claims.get("aud")
    endpoint = f"{sandbox.base_url}/mod/lti/token.php"
    if endpoint not in (audience if isinstance(audience, list) else [audience]):
        raise TokenRefused("The aud of the client assertion is not the token endpoint")
    if claims.get("iss") != tool.client_id:
        raise TokenRefused("The iss of the client assertion is not the client id")
    missing = [name for name in ("exp", "iat", "jti") if name not in claims]
    if missing:
        raise TokenRefused(f"The client assertion lacks {', '.join(missing)}")
