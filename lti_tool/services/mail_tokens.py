"""What a mail carries to prove what it belongs to; derived from the secret, never stored."""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

_PROOF_BYTES: Final = 10
_TOKEN_BYTES: Final = 16 + _PROOF_BYTES

UNSUBSCRIBE: Final = "unsubscribe"
BOUNCE: Final = "bounce"


def signed_id(id: UUID, purpose: str, secret_key: str, *, about: str = "") -> str:
    """Return *id* with a proof that we wrote it: 42 small letters and digits.

    Whatever *about* says belongs to the proof without standing in the token. Letters of one
    case, because some mail systems change the case of addresses.
    """
    proof = _proof(id, purpose, secret_key, about)
    return base64.b32encode(id.bytes + proof).decode().rstrip("=").lower()


def id_of(token: str) -> UUID | None:
    """Return the id in a token as it is claimed; `is_genuine` says whether it is true."""
    raw = _raw(token)
    return UUID(bytes=raw[:16]) if raw else None


def is_genuine(token: str, purpose: str, secret_key: str, *, about: str = "") -> bool:
    """Say whether we wrote this token, for this purpose and about the same."""
    raw = _raw(token)
    if raw is None:
        return False
    proof = _proof(UUID(bytes=raw[:16]), purpose, secret_key, about)
    return hmac.compare_digest(raw[16:], proof)


def code_of(link_id: UUID, expires_at: datetime, secret_key: str) -> str:
    """Return the six digits that are mailed for a personal link, until they expire.

    The link keeps `hashed_code` of them only, so they are worked out when the mail leaves.
    """
    moment = expires_at.astimezone(UTC).isoformat(timespec="microseconds")
    digest = _digest(f"code/{link_id}/{moment}", secret_key)
    return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"


def hashed_code(link_id: UUID, code: str, secret_key: str) -> str:
    """Return what is stored of a code, and compared: useless without the secret."""
    return _digest(f"code-hash/{link_id}/{code}", secret_key).hex()


def _raw(token: str) -> bytes | None:
    if not token.isascii() or len(token) != 42:
        return None
    try:
        raw = base64.b32decode(token.upper() + "======")
    except binascii.Error:
        return None
    return raw if len(raw) == _TOKEN_BYTES else None


def _proof(id: UUID, purpose: str, secret_key: str, about: str) -> bytes:
    return _digest(f"{purpose}/{id}/{about}", secret_key)[:_PROOF_BYTES]


def _digest(message: str, secret_key: str) -> bytes:
    if not secret_key:
        raise ValueError("a token needs the installation's secret")
    return hmac.new(secret_key.encode(), f"mail/{message}".encode(), hashlib.sha256).digest()
