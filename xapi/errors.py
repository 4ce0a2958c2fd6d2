"""What can go wrong. No message here ever contains a statement, a key or a secret.

XapiError
├── VocabularyError     a vocabulary.toml says something that cannot be meant
├── StatementError      a statement was asked for that must not or cannot exist
├── ProfileError        the profile document breaks the rules for profiles
└── LrsError            a whole batch could not be settled
    ├── LrsUnavailable      later it may work: wait and try again
    │   └── LrsBroken       it failed, perhaps because of one of the statements: count a try
    └── LrsMisconfigured    it cannot work until an administrator changes something
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xapi.batches import Outcome


class XapiError(Exception):
    """Anything this package refuses or cannot do."""


class VocabularyError(XapiError, ValueError):
    """A vocabulary.toml is incomplete or contradicts itself; a mistake of its author."""


class StatementError(XapiError, ValueError):
    """A statement was asked for that the vocabulary or xAPI does not allow."""


class ProfileError(XapiError, ValueError):
    """The profile document uses something that the checker does not understand."""


class LrsError(XapiError):
    """The LRS did not settle a batch; nothing is lost, because ids make repeats harmless."""

    def __init__(self, message: str, *, outcomes: "Sequence[Outcome]" = ()) -> None:
        """Keep what is already certain about part of the batch in *outcomes*."""
        super().__init__(message)
        self.outcomes = tuple(outcomes)


class LrsUnavailable(LrsError):
    """The LRS is away, busy or broken; the same batch may well work later."""

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        outcomes: "Sequence[Outcome]" = (),
    ) -> None:
        """Keep the seconds the LRS asked us to wait, or None where it did not say."""
        super().__init__(message, outcomes=outcomes)
        self.retry_after = retry_after


class LrsBroken(LrsUnavailable):
    """HTTP 500 or the like, perhaps for ever because of one statement.

    Count a try for every statement without an outcome and hand the number over with the
    next batch (`StoredStatement.tries`): that is how the one is found in the end.
    """


class LrsMisconfigured(LrsError):
    """Address, key, permissions or certificate are wrong; no retry can help by itself."""
