"""Our own signing keys: one active, earlier ones published until they are retired."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pylti1p3.registration import Registration
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.platforms import KeyState, ToolKey
from lti_tool.lti.vault import Vault

KEY_BITS = 2048
OVERLAP = timedelta(days=8)
"""How long a replaced key stays published: platforms cache key sets (Moodle without limit)."""


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A key ready to sign with."""

    kid: str
    private_pem: str


def signing_key(session: Session, vault: Vault) -> SigningKey:
    """Return the active key, making the first one if there is none."""
    active = session.scalar(
        select(ToolKey)
        .where(ToolKey.state == KeyState.ACTIVE)
        .order_by(ToolKey.created_at.desc(), ToolKey.kid)
        .limit(1)
    )
    key = active or add_key(session, vault)
    return SigningKey(kid=key.kid, private_pem=vault.open(key.private_key))


def add_key(session: Session, vault: Vault) -> ToolKey:
    """Store and return a new active key."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    kid = uuid.uuid4().hex
    jwk = dict(Registration.get_jwk(public.decode())) | {"kid": kid}
    key = ToolKey(kid=kid, private_key=vault.close(pem), public_jwk=jwk, state=KeyState.ACTIVE)
    session.add(key)
    session.flush()
    return key


def rotate_keys(session: Session, vault: Vault) -> ToolKey:
    """Make a new active key; the old ones stay published for `OVERLAP`, then go.

    Returns the new key.
    """
    now = utc_now()
    for key in session.scalars(select(ToolKey).where(ToolKey.state != KeyState.RETIRED)):
        if key.state is KeyState.ACTIVE:
            key.state, key.retired_at = KeyState.RETIRING, now
        elif key.retired_at is None or now - key.retired_at > OVERLAP:
            key.state = KeyState.RETIRED
    return add_key(session, vault)


def published_keys(session: Session, vault: Vault) -> dict[str, Any]:
    """Return our JWKS: the active key and those not yet retired, newest first."""
    signing_key(session, vault)
    keys = session.scalars(
        select(ToolKey).where(ToolKey.state != KeyState.RETIRED).order_by(ToolKey.created_at.desc())
    )
    return {"keys": [key.public_jwk for key in keys]}
