"""What the sandbox refuses, and the status it refuses with."""

from __future__ import annotations


class SandboxError(Exception):
    """A request that a VLE answers with a page of its own instead of a redirect."""

    status = 400


class NoSuchPage(SandboxError):
    """The address names a person, course, link or column that is not there."""

    status = 404


class NotAllowed(SandboxError):
    """The person may not do this in this course."""

    status = 403


class RegistrationError(SandboxError):
    """A registration that Moodle answers with a bare text; *status* is 400 or 401."""

    def __init__(self, message: str, status: int = 400) -> None:
        """Remember the answer's status beside its text."""
        super().__init__(message)
        self.status = status


class TokenRefused(SandboxError):
    """A signed message from a tool that does not hold; the text names the first fault."""


class ServiceError(Exception):
    """A service answer with Moodle's JSON error body."""

    def __init__(self, status: int, reason: str = "", body: str | None = None) -> None:
        """Keep *body* to send it instead of the JSON error, as scores do with ``[]``."""
        super().__init__(reason)
        self.status, self.reason, self.body = status, reason, body
