"""A platform's public keys: cached, fetched once for an unknown key, kept when it is down."""

import threading
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from sqlalchemy import update

from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.database import Database
from lti_tool.domain.platforms import Platform
from lti_tool.lti.http import Garbled, Outgoing, Unreachable
from lti_tool.lti.platforms import Registered

log = structlog.get_logger()
FRESH_FOR = timedelta(hours=1)
STALE_FOR = timedelta(hours=24)
"""A key set this old is still used when the platform cannot be reached."""
REFETCH_SECONDS = 30
"""Least time between two fetches that unknown key ids cause."""
MIN_BITS = 2048


class KeysUnavailable(Exception):
    """The platform's keys cannot be had right now."""


class PlatformKeys:
    """Public keys of all platforms, shared by processes through the database."""

    def __init__(self, database: Database, doors: dict[bool, Outgoing]) -> None:
        """Keep the doors to the network: `doors[allows_private_network]`."""
        self._database = database
        self._doors = doors
        self._lock = threading.Lock()
        self._sets: dict[UUID, tuple[float, dict[str, RSAPublicKey]]] = {}
        self._asked: dict[UUID, float] = {}

    def find(self, platform: Registered, kid: str) -> RSAPublicKey | None:
        """Return the platform's key *kid*, or None when it has no such key.

        Raises:
            KeysUnavailable: The set cannot be fetched and none is known from the last 24 h.
        """
        cached = self._sets.get(platform.id)
        if cached and kid in cached[1] and time.monotonic() - cached[0] < FRESH_FOR.seconds:
            return cached[1][kid]
        with self._lock:
            keys = self._from_database(platform)
            if kid not in keys:
                keys = self._fetch(platform) or keys
            self._sets[platform.id] = (time.monotonic(), keys)
        return keys.get(kid)

    def refresh(self, platform: Registered) -> bool:
        """Fetch the set again, because a signature did not fit; say whether that was possible.

        Platforms may put a new key under an old id. At most one fetch in 30 s.
        """
        with self._lock:
            keys = self._fetch(platform)
            if keys is not None:
                self._sets[platform.id] = (time.monotonic(), keys)
        return keys is not None

    def _from_database(self, platform: Registered) -> dict[str, RSAPublicKey]:
        """Read the stored set; fetch a new one if it is older than an hour."""
        with self._database.reading() as session:
            stored = session.get_one(Platform, platform.id)
            jwks, fetched_at = stored.jwks, stored.jwks_fetched_at
        age = utc_now() - fetched_at if fetched_at else None
        if jwks and age is not None and age < FRESH_FOR:
            return parse(jwks)
        fetched = self._fetch(platform)
        if fetched is not None:
            return fetched
        if jwks and age is not None and age < STALE_FOR:
            log.warning("platform_keys_stale", platform=str(platform.id))
            return parse(jwks)
        raise KeysUnavailable

    def _fetch(self, platform: Registered) -> dict[str, RSAPublicKey] | None:
        """Fetch and store the set, at most once in 30 s; None when that did not work."""
        now = time.monotonic()
        if now - self._asked.get(platform.id, float("-inf")) < REFETCH_SECONDS:
            return None
        self._asked[platform.id] = now
        try:
            answer = self._doors[platform.allows_private_network].request("GET", platform.jwks_url)
            jwks = answer.json() if answer.is_ok else None
        except (Unreachable, Garbled):
            jwks = None
        if not isinstance(jwks, dict) or not isinstance(jwks.get("keys"), list):
            log.warning("platform_keys_unreachable", platform=str(platform.id))
            return None
        self._store(platform.id, jwks)
        return parse(jwks)

    def _store(self, platform_id: UUID, jwks: Json) -> None:
        with self._database.transaction() as session:
            session.execute(
                update(Platform)
                .where(Platform.id == platform_id)
                .values(jwks=jwks, jwks_fetched_at=utc_now())
            )


def parse(jwks: Json) -> dict[str, RSAPublicKey]:
    """Return the usable keys of a set by id: RSA for signing, 2048 bits or more."""
    found: dict[str, RSAPublicKey] = {}
    for entry in jwks.get("keys", []):
        key = _rsa_key(entry)
        if key is not None:
            found[str(entry["kid"])] = key
    return found


def _rsa_key(entry: Any) -> RSAPublicKey | None:
    if not isinstance(entry, dict) or entry.get("kty") != "RSA" or "kid" not in entry:
        return None
    if entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
        return None
    try:
        key = jwt.PyJWK.from_dict(entry, algorithm="RS256").key
    except jwt.PyJWTError:
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= MIN_BITS else None
