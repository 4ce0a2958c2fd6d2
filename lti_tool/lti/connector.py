"""Requests to a platform's services, through PyLTI1p3, with what it leaves out.

Timeouts, a token cache shared by all processes, one new token after a 401, pages followed
as they are spelt (PyLTI1p3 lower-cases them), and no token to any other origin.
"""

import re
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from pylti1p3.registration import Registration
from pylti1p3.service_connector import ServiceConnector
from sqlalchemy import delete

from lti_tool.domain.base import utc_now
from lti_tool.domain.database import upsert_of
from lti_tool.domain.platforms import ServiceToken
from lti_tool.lti.claims import is_own
from lti_tool.lti.edge import Edge
from lti_tool.lti.http import Answer, Garbled
from lti_tool.lti.keys import signing_key
from lti_tool.lti.platforms import Registered

TOKEN_MARGIN = timedelta(seconds=60)
_NEXT = re.compile(r"""<([^>]*)>\s*;[^,]*\brel=["“”]?next["“”]?""", re.IGNORECASE)
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
"""Nobody reads what comes back for a score, so it may be anything."""
LONGEST_TOKEN_LIFE = 24 * 3600
_token_locks: defaultdict[UUID, threading.Lock] = defaultdict(threading.Lock)
"""One per platform: a slow one keeps nobody else waiting."""


class ServiceFault(Exception):
    """A service answered with something else than success; `status` says what."""

    def __init__(self, answer: Answer) -> None:
        """Keep status and Retry-After; never the body, which may hold anything."""
        super().__init__(f"HTTP {answer.status}")
        self.status = answer.status
        self.retry_after = answer.headers.get("Retry-After")


class TokenRefused(ServiceFault):
    """The platform gave no access token."""

    def __init__(self, answer: Answer) -> None:
        """Notice whether it is only these scopes that the platform does not give."""
        super().__init__(answer)
        try:
            said = answer.json()
        except Garbled:
            said = None
        self.is_about_scopes = isinstance(said, dict) and said.get("error") == "invalid_scope"


class ForeignUrl(Exception):
    """A service URL that is not the platform's own; nothing was sent."""


@dataclass(frozen=True, kw_only=True)
class Granted:
    """An access token, and what it is good for: perhaps less than was asked for."""

    token: str = field(repr=False)
    lifetime: timedelta
    scopes: frozenset[str]


def registration_of(edge: Edge, platform: Registered) -> Registration:
    """Return PyLTI1p3's view of a platform, with our active signing key."""
    with edge.database.transaction() as session:
        key = signing_key(session, edge.vault)
    return _KeyedRegistration(platform, key.private_pem, key.kid)


class _KeyedRegistration(Registration):  # type: ignore[misc]
    """A registration whose key id is ours, not one computed from the key at each use."""

    def __init__(self, platform: Registered, private_pem: str, kid: str) -> None:
        self._kid = kid
        self.set_issuer(platform.issuer).set_client_id(platform.client_id)
        self.set_auth_token_url(platform.auth_token_url)
        self.set_tool_private_key(private_pem)

    def get_kid(self) -> str:
        """Return the id under which our JWKS publishes the key."""
        return self._kid


class PlatformConnector(ServiceConnector):  # type: ignore[misc]
    """PyLTI1p3's connector, made safe; its services (AGS, NRPS) work on top of it."""

    def __init__(self, edge: Edge, platform: Registered) -> None:
        """Prepare requests to *platform*; asks for nothing yet."""
        self._edge, self._platform = edge, platform
        self._door = edge.doors[platform.allows_private_network]
        super().__init__(registration_of(edge, platform), self._door.session)

    def get_access_token(self, scopes: Sequence[str]) -> str:
        """Return a token for *scopes*: from the cache while it lives, else a new one.

        Raises:
            TokenRefused: The token endpoint said no.
            Unreachable: It did not answer.
        """
        wanted = " ".join(sorted(scopes))
        cached = self._cached(wanted)
        if cached is not None:
            return cached
        with _token_locks[self._platform.id]:
            return self._cached(wanted) or self._fresh(wanted)

    def _cached(self, wanted: str) -> str | None:
        with self._edge.database.reading() as session:
            found = session.get(ServiceToken, (self._platform.id, wanted))
        if found is None or found.expires_at - TOKEN_MARGIN < utc_now():
            return None
        try:
            return self._edge.vault.open(found.token)
        except ValueError:
            return None

    def _fresh(self, wanted: str) -> str:
        granted = self.ask_for_token(wanted)
        self._store(wanted, granted.token, granted.lifetime)
        return granted.token

    def ask_for_token(self, wanted: str) -> Granted:
        """Ask for a new token for *wanted*, scopes with spaces between; it is not stored.

        Raises:
            TokenRefused: The token endpoint said no.
            Unreachable: It did not answer.
        """
        answer = self._door.request(
            "POST", self._platform.auth_token_url, data=self._token_request(wanted)
        )
        if not answer.is_ok:
            raise TokenRefused(answer)
        try:
            body = answer.json()
            seconds = min(max(0, int(body.get("expires_in", 3600))), LONGEST_TOKEN_LIFE)
            return Granted(
                token=str(body["access_token"]),
                lifetime=timedelta(seconds=seconds),
                scopes=frozenset(str(body.get("scope", wanted)).split()),
            )
        except (Garbled, ValueError, KeyError, TypeError, AttributeError, OverflowError):
            raise TokenRefused(answer) from None

    def _token_request(self, wanted: str) -> dict[str, str]:
        now, client_id = int(time.time()), self._platform.client_id
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": self._platform.auth_token_url,
            "iat": now - 5,
            "exp": now + 60,
            "jti": uuid.uuid4().hex,
        }
        key = self._registration.get_tool_private_key()
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self.encode_jwt(claims, key, {"kid": self._registration.get_kid()}),
            "scope": wanted,
        }

    def _store(self, wanted: str, token: str, lifetime: timedelta) -> None:
        values = {"token": self._edge.vault.close(token), "expires_at": utc_now() + lifetime}
        key = {"platform_id": self._platform.id, "scopes": wanted}
        with self._edge.database.transaction() as session:
            new = upsert_of(session, ServiceToken).values(**key, **values)
            session.execute(new.on_conflict_do_update(index_elements=list(key), set_=values))

    def forget_token(self, scopes: Sequence[str]) -> None:
        """Throw a refused token away."""
        with self._edge.database.transaction() as session:
            session.execute(
                delete(ServiceToken).where(
                    ServiceToken.platform_id == self._platform.id,
                    ServiceToken.scopes == " ".join(sorted(scopes)),
                )
            )

    def make_service_request(
        self,
        scopes: Sequence[str],
        url: str,
        is_post: bool = False,
        data: str | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        case_insensitive_headers: bool = False,
    ) -> dict[str, Any]:
        """Return a service's answer as PyLTI1p3's services expect it.

        Raises:
            ForeignUrl: *url* is not one of the platform's; no token left the house.
            ServiceFault: The answer was no success.
            Unreachable: There was no answer.
            Garbled: The answer is not JSON.
        """
        if not is_own(url, self._platform):
            raise ForeignUrl
        body_type = {"Content-Type": content_type} if is_post else {}
        method = "POST" if is_post else "GET"
        answer = self._authorised(method, url, scopes, data, {"Accept": accept} | body_type)
        if answer.status == 401:
            self.forget_token(scopes)
            answer = self._authorised(method, url, scopes, data, {"Accept": accept} | body_type)
        if not answer.is_ok:
            raise ServiceFault(answer)
        return {
            "headers": answer.headers,
            "body": answer.json() if answer.body and content_type != SCORE_TYPE else None,
            "next_page_url": next_page(answer.headers.get("Link", "")),
        }

    def _authorised(
        self, method: str, url: str, scopes: Sequence[str], data: str | None, headers: Any
    ) -> Answer:
        bearer = {"Authorization": f"Bearer {self.get_access_token(scopes)}"}
        return self._door.request(
            method, url, data=data.encode() if data else None, headers=headers | bearer
        )


def next_page(link_header: str) -> str | None:
    """Return the URL of rel="next", spelt as it came; Moodle's curly quotes included."""
    found = _NEXT.search(link_header)
    return found.group(1).replace("&amp;", "&") if found else None
