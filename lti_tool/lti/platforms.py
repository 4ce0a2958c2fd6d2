"""Registrations as the edge uses them: found quickly, read again when something is new."""

import threading
import time
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.database import Database
from lti_tool.domain.platforms import Deployment, Platform

FRESH_SECONDS = 15
"""How long a process trusts what it read of a registration. Disabling one acts at once all
the same, because the launch's own query asks again."""


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A platform we trust, with its deployments."""

    id: UUID
    issuer: str
    client_id: str
    auth_login_url: str
    auth_token_url: str
    jwks_url: str
    allows_private_network: bool
    deployments: frozenset[str]


class Platforms:
    """The active registrations, cached per process for a few seconds."""

    def __init__(self, database: Database) -> None:
        """Read nothing yet."""
        self._database = database
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._known: dict[UUID, Registered] = {}

    def by_id(self, id: UUID) -> Registered | None:
        """Return an active registration, or None."""
        return self._all().get(id) or self._all(again=True).get(id)

    def for_login(self, issuer: str, client_id: str | None) -> Registered | None:
        """Return the registration a login initiation means, or None.

        Without a client id only an issuer with a single registration is unambiguous.
        """
        return self._match(issuer, client_id, self._all()) or self._match(
            issuer, client_id, self._all(again=True)
        )

    def forget(self) -> None:
        """Read everything again at the next look."""
        self._read_at = float("-inf")

    @staticmethod
    def _match(
        issuer: str, client_id: str | None, known: dict[UUID, Registered]
    ) -> Registered | None:
        found = [
            p for p in known.values() if p.issuer == issuer and client_id in (None, p.client_id)
        ]
        return found[0] if len(found) == 1 else None

    def _all(self, *, again: bool = False) -> dict[UUID, Registered]:
        age = time.monotonic() - self._read_at
        if age > FRESH_SECONDS or (again and age > 1):
            with self._lock, self._database.reading() as session:
                self._known = _read(session)
                self._read_at = time.monotonic()
        return self._known


def _read(session: Session) -> dict[UUID, Registered]:
    deployments: dict[UUID, set[str]] = {}
    for row in session.scalars(select(Deployment)):
        deployments.setdefault(row.platform_id, set()).add(row.deployment_id)
    platforms = session.scalars(select(Platform).where(Platform.is_active))
    return {p.id: registered(p, frozenset(deployments.get(p.id, ()))) for p in platforms}


def registered(platform: Platform, deployments: frozenset[str]) -> Registered:
    """Return the value of a stored registration."""
    return Registered(
        id=platform.id,
        issuer=platform.issuer,
        client_id=platform.client_id,
        auth_login_url=platform.auth_login_url,
        auth_token_url=platform.auth_token_url,
        jwks_url=platform.jwks_url,
        allows_private_network=platform.allows_private_network,
        deployments=deployments,
    )
