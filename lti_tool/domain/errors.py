"""What can go wrong, in words for the reader.

DomainError
├── NotFound        404  does not exist, or not for this reader
├── NotAllowed      403  the reader's role does not permit it
├── WrongState      409  the thing has moved on
├── StaleEdit       409  somebody else changed it meanwhile
├── InvalidInput    422  what was typed cannot be used
└── TooOften        429  asked too often in a short time
"""

from typing import ClassVar


class DomainError(Exception):
    """A problem to show: what happened, and what the reader can do next."""

    status: ClassVar[int] = 400

    def __init__(self, message: object, *, next_step: object = None) -> None:
        """Keep *message* and *next_step*, both (lazily) translated text for the reader."""
        super().__init__(message)
        self.message = message
        self.next_step = next_step


class NotFound(DomainError):
    """Nothing here for this reader; says no more, so that ids cannot be probed."""

    status = 404


class NotAllowed(DomainError):
    """The reader is known, but this is not theirs to do."""

    status = 403


class WrongState(DomainError):
    """The act does not fit the state the thing is in."""

    status = 409


class StaleEdit(WrongState):
    """Somebody else saved first; nothing was overwritten."""


class TooOften(DomainError):
    """The same address asked too often; nothing was looked up."""

    status = 429


class InvalidInput(DomainError):
    """The typed values cannot be used; *fields* maps a field name to its message."""

    status = 422

    def __init__(
        self, message: object, *, fields: dict[str, object] | None = None, next_step: object = None
    ) -> None:
        """Keep the messages per field beside the summary."""
        super().__init__(message, next_step=next_step)
        self.fields = fields or {}
