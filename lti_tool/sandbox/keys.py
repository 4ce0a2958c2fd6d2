"""The platform's signing keys, and the check of what a tool has signed."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import jwt
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm
from jwt.types import Options

from lti_tool.sandbox.errors import TokenRefused
from lti_tool.sandbox.model import Claims, Tool

if TYPE_CHECKING:
    from lti_tool.sandbox.platform import Sandbox

_SIGNATURE_ONLY: Options = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


@dataclass(frozen=True)
class SigningKey:
    """One RSA key pair of the platform, as PEM text."""

    kid: str
    pem: str

    @classmethod
    def fresh(cls) -> SigningKey:
        """Return a new key of 2048 bits."""
        private = generate_private_key(public_exponent=65537, key_size=2048)
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return cls(secrets.token_hex(10), pem.decode())

    @cached_property
    def private(self) -> RSAPrivateKey:
        """The key itself, ready to sign."""
        key = serialization.load_pem_private_key(self.pem.encode(), password=None)
        return cast(RSAPrivateKey, key)

    def public_jwk(self) -> Claims:
        """Return the public half as the platform's keyset lists it."""
        jwk: Claims = json.loads(RSAAlgorithm.to_jwk(self.private.public_key()))
        numbers = {"e": jwk["e"], "n": jwk["n"]}
        return {"kty": "RSA", "alg": "RS256", "kid": self.kid, "use": "sig", **numbers}


@dataclass
class KeyRing:
    """The keys that the platform publishes; the last one signs."""

    keys: list[SigningKey] = field(default_factory=lambda: [SigningKey.fresh()])

    def rotate(self, *, keep_old: bool = False) -> None:
        """Sign with a new key; the old one stays published only with *keep_old*."""
        self.keys = [*(self.keys if keep_old else []), SigningKey.fresh()]

    def jwks(self) -> Claims:
        """Return the keyset that ``certs.php`` answers with."""
        return {"keys": [key.public_jwk() for key in self.keys]}

    def sign(self, claims: Claims, **headers: Any) -> str:
        """Return *claims* as an RS256 token; *headers* replace ``kid`` and add others."""
        key = self.keys[-1]
        return jwt.encode(claims, key.private, "RS256", headers={"kid": key.kid, **headers})

    def read(self, token: str) -> Claims:
        """Return the claims of a token that this platform signed; times are not checked.

        Raises:
            TokenRefused: It is not such a token.
        """
        return _verified(token, self.jwks())


def fetch_keyset(url: str) -> Claims:
    """Return the keyset at *url*, waiting at most 10 seconds.

    Raises:
        TokenRefused: There is no keyset to be had there.
    """
    try:
        answer = requests.get(url, timeout=10)
        answer.raise_for_status()
        keyset = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise TokenRefused("The tool's keyset cannot be read") from error
    if not isinstance(keyset, dict):
        raise TokenRefused("The tool's keyset is not an object")
    return keyset


def read_signed_by(sandbox: Sandbox, tool: Tool, token: str) -> Claims:
    """Return the claims of *token* if *tool* signed it and its times hold, without leeway.

    The keyset is kept until a check fails, then fetched once more, as Moodle does: a new key
    works at once, a withdrawn one goes on working.

    Raises:
        TokenRefused: Signature, ``kid``, algorithm or a time claim is wrong.
    """
    kept = sandbox.keysets.get(tool.client_id)
    try:
        if kept is None:
            raise TokenRefused("No cached keyset")
        return _timely(sandbox, _verified(token, kept))
    except TokenRefused:
        keyset = tool.keyset or sandbox.fetch_keyset(tool.jwks_url)
        claims = _timely(sandbox, _verified(token, keyset))
        sandbox.keysets[tool.client_id] = keyset
        return claims


def claims_unread(token: str) -> Claims:
    """Return the claims of *token* without believing them, or an empty dict."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return {}
    return dict(claims)


def _verified(token: str, keyset: Claims) -> Claims:
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        if not kid:
            raise TokenRefused('"kid" empty, unable to lookup correct key')
        keys = {key.key_id: key.key for key in jwt.PyJWKSet.from_dict(keyset).keys}
        if kid not in keys:
            raise TokenRefused('"kid" invalid, unable to lookup correct key')
        return dict(jwt.decode(token, keys[kid], algorithms=["RS256"], options=_SIGNATURE_ONLY))
    except (jwt.PyJWTError, TypeError, ValueError, AttributeError) as error:
        raise TokenRefused(f"Signature verification failed: {type(error).__name__}") from error


def _timely(sandbox: Sandbox, claims: Claims) -> Claims:
    now = sandbox.now()
    for name in ("nbf", "iat"):
        if name in claims and not _number(claims[name]) <= now:
            raise TokenRefused(f"Cannot handle token with {name} in the future")
    if "exp" in claims and not now < _number(claims["exp"]):
        raise TokenRefused("Expired token")
    return claims


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused("A time claim is not a number")
    return float(value)
