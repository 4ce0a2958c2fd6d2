"""Platforms: invited, registered, updated, switched off. The CLI and the edge both use it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.database import insert_if_new
from lti_tool.domain.platforms import Deployment, Invitation, Platform
from lti_tool.services.launches import hash_secret


@dataclass(frozen=True, kw_only=True)
class PlatformFacts:
    """What is needed to trust a platform; URLs are absolute."""

    issuer: str
    client_id: str
    auth_login_url: str
    auth_token_url: str
    jwks_url: str
    name: str = ""
    product: str = ""
    deployment_ids: Sequence[str] = ()
    allows_private_network: bool = False


def invite(
    session: Session, *, lifetime: timedelta, note: str = "", allows_private_network: bool = False
) -> str:
    """Return the token of a new invitation: works once, within *lifetime*.

    Only its hash is stored, so it is shown this once.
    """
    token = secrets.token_urlsafe(32)
    session.add(
        Invitation(
            token_hash=hash_secret(token),
            note=note,
            allows_private_network=allows_private_network,
            expires_at=utc_now() + lifetime,
        )
    )
    session.flush()
    return token


def find_invitation(session: Session, token: str) -> Invitation | None:
    """Return an invitation that can still be used, or None."""
    found = session.get(Invitation, hash_secret(token))
    if found is None or found.used_at is not None or found.expires_at < utc_now():
        return None
    return found


def use_invitation(session: Session, token: str, platform: Platform) -> bool:
    """Use an invitation up for *platform*; False if somebody else was faster."""
    used = session.execute(
        update(Invitation)
        .where(
            Invitation.token_hash == hash_secret(token),
            Invitation.used_at.is_(None),
            Invitation.expires_at >= utc_now(),
        )
        .values(used_at=utc_now(), platform_id=platform.id)
        .returning(Invitation.token_hash)
    )
    return used.first() is not None


def register_platform(session: Session, facts: PlatformFacts) -> Platform:
    """Store a registration, or bring the one of the same issuer and client id up to date.

    A registration that was switched off is switched on again.
    """
    platform = known_platform(session, facts)
    if platform is None:
        platform = Platform(issuer=facts.issuer, client_id=facts.client_id)
        session.add(platform)
    if platform.jwks_url != facts.jwks_url:
        platform.jwks = platform.jwks_fetched_at = None
    for name in ("auth_login_url", "auth_token_url", "jwks_url", "allows_private_network"):
        setattr(platform, name, getattr(facts, name))
    platform.name = facts.name or platform.name or ""
    platform.product = facts.product or platform.product or ""
    platform.is_active = True
    session.flush()
    for deployment_id in facts.deployment_ids:
        add_deployment(session, platform, deployment_id)
    return platform


def known_platform(session: Session, facts: PlatformFacts) -> Platform | None:
    """Return what was registered before under the same issuer and client id."""
    return session.scalar(
        select(Platform).where(
            Platform.issuer == facts.issuer, Platform.client_id == facts.client_id
        )
    )


def add_deployment(session: Session, platform: Platform, deployment_id: str) -> None:
    """Let one more deployment of *platform* in."""
    new = insert_if_new(session, Deployment).values(
        id=uuid4(), platform_id=platform.id, deployment_id=deployment_id
    )
    session.execute(new)
