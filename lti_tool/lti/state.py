"""The state of a login: signed, short-lived, bound to the browser by a cookie. Writes nothing."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from flask import request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from config.settings import Settings
from lti_tool.lti import problems

LIFETIME_SECONDS = 600
_SHORT = 22


@dataclass(frozen=True, kw_only=True)
class Login:
    """A login under way."""

    state: str
    nonce: str
    cookie_secret: str
    platform_id: UUID


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:_SHORT]


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return _serializer_of(settings.secret_key.get_secret_value())


@cache
def _serializer_of(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt="lti state")


def start_login(settings: Settings, platform_id: UUID) -> Login:
    """Return a fresh login: its state holds only hashes of the nonce and the cookie."""
    nonce, cookie_secret = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    content = [platform_id.hex, _digest(nonce), _digest(cookie_secret)]
    state = _serializer(settings).dumps(content)
    text = state.decode() if isinstance(state, bytes) else state
    return Login(state=text, nonce=nonce, cookie_secret=cookie_secret, platform_id=platform_id)


@dataclass(frozen=True, kw_only=True)
class State:
    """What a returned state proves."""

    platform_id: UUID
    nonce_digest: str
    cookie_digest: str

    def fits_nonce(self, nonce: str) -> bool:
        """Say whether the token answers this very login (OIDC Core 3.1.3.7)."""
        return hmac.compare_digest(self.nonce_digest, _digest(nonce))

    def fits_browser(self) -> bool:
        """Say whether the request's browser is the one that started the login."""
        sent = request.cookies.get(cookie_name(self.cookie_digest), "")
        return hmac.compare_digest(self.cookie_digest, _digest(sent))


def read_state(settings: Settings, text: str) -> State:
    """Return the content of a state that we signed in the last ten minutes.

    Raises:
        LaunchRefused: It is not ours, or too old.
    """
    try:
        content = _serializer(settings).loads(text, max_age=LIFETIME_SECONDS)
        platform, nonce, cookie = content
        return State(platform_id=UUID(platform), nonce_digest=nonce, cookie_digest=cookie)
    except (BadData, ValueError, TypeError) as error:
        raise problems.untrusted("unknown_state") from error


def cookie_name(cookie_digest: str) -> str:
    """Return the name of one login's cookie; two logins at once have two."""
    prefix = "__Host-" if request.is_secure else ""
    return f"{prefix}s-{cookie_digest[:8]}"


def set_state_cookie(response: Response, login: Login) -> None:
    """Bind the login to this browser; partitioned, since we stand in somebody's iframe."""
    response.set_cookie(
        cookie_name(_digest(login.cookie_secret)),
        login.cookie_secret,
        max_age=LIFETIME_SECONDS,
        secure=True,
        httponly=True,
        samesite="None",
        partitioned=True,
    )


def clear_state_cookie(response: Response, state: State) -> None:
    """Take back the cookie of a login that has been used."""
    response.delete_cookie(
        cookie_name(state.cookie_digest),
        secure=True,
        httponly=True,
        samesite="None",
        partitioned=True,
    )
