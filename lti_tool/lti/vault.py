"""Secrets at rest: encrypted with a key drawn from the tool's own secret key."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

from config.settings import Settings


class Vault:
    """Encrypts and opens short texts, such as our private keys and access tokens."""

    def __init__(self, settings: Settings) -> None:
        """Derive the key; the same secret key always opens what it closed."""
        secret = settings.secret_key.get_secret_value().encode()
        digest = hashlib.sha256(b"trellis vault" + secret).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(digest))

    def close(self, text: str) -> str:
        """Return *text* encrypted, as text."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, closed: str) -> str:
        """Return what `close` was given.

        Raises:
            ValueError: It was closed with another secret key, or damaged.
        """
        try:
            return self._fernet.decrypt(closed.encode()).decode()
        except InvalidToken as error:
            raise ValueError("sealed with another secret key") from error
