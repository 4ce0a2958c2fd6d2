"""What passes between the worker and a sender: claimed deliveries in, outcomes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from lti_tool.domain.base import Json


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """A delivery that this worker alone may send until *lease_until*."""

    id: UUID
    seq: int
    kind: str
    destination: str
    key: str
    subject: str
    payload: Json | None
    body: str | None
    replaces: bool
    tries: int
    created_at: datetime
    expires_at: datetime
    lease_owner: str
    """Names this claim, not only this worker: a late answer to an older claim is void."""
    lease_until: datetime


@dataclass(frozen=True, kw_only=True)
class Sent:
    """The other side has it."""

    note: str | None = None
    """Machine code when it was not simply accepted, such as ``already_there``."""
    status: int | None = None


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Not now, for a reason that concerns this delivery alone."""

    why: str
    """For operators, without answers or personal data."""
    after: timedelta | None = None
    """What ``Retry-After`` asked for."""
    status: int | None = None


@dataclass(frozen=True, kw_only=True)
class DestinationDown:
    """The destination as a whole does not work: counts to its breaker, burns no tries."""

    why: str
    after: timedelta | None = None
    status: int | None = None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """It will never be taken as it is: park it and tell a person."""

    code: str
    """Machine code such as ``not_gradable``, ``gone``, ``rejected``; pages translate it."""
    why: str = ""
    status: int | None = None


@dataclass(frozen=True, kw_only=True)
class Superseded:
    """The other side holds something newer: it need not be sent any more."""

    why: str
    """Machine code such as ``newer_in_moodle``."""
    status: int | None = None


@dataclass(frozen=True, kw_only=True)
class SendAgain:
    """Send the same delivery with another payload, no sooner than *after* from now."""

    payload: Json
    after: timedelta = timedelta(seconds=1)
    why: str = ""
    status: int | None = None


Outcome = Sent | Retry | DestinationDown | Refused | Superseded | SendAgain


class Sender(Protocol):
    """Carries one kind of delivery. Called from several threads, outside any transaction.

    A sender ends every call within half of the worker's lease (60 s by default), slow
    answers included: it owns the total deadline. What it raises becomes a `Retry` that
    names the exception's class only.
    """

    @property
    def batch_size(self) -> int:
        """Most deliveries in one call, 1 to 100. Those of one key come in order."""

    def send(self, claimed: Sequence[Claimed], /) -> Sequence[Outcome]:
        """Send *claimed*, all to one destination; return one outcome each, in order.

        Once one of a key gets anything but `Sent`, `Refused` or `Superseded`, the later
        ones of that key in *claimed* are not sent either.
        """
