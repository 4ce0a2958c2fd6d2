"""Carries statements in batches; what an answer means is `xapi`'s knowledge."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import requests

from config.settings import Settings
from lti_tool.outbox.models import HELD_BACK
from lti_tool.outbox.sending import Claimed, DestinationDown, Outcome, Refused, Retry, Sent
from xapi.batches import Outcome as Settled
from xapi.batches import StoredStatement
from xapi.errors import LrsBroken, LrsError, LrsMisconfigured, LrsUnavailable
from xapi.lrs import LrsClient

BATCH = 100


class StatementSender:
    """Sends statements to the one LRS of this installation, in their order."""

    batch_size = BATCH

    def __init__(self, client: LrsClient) -> None:
        """Keep the connection."""
        self._client = client

    def send(self, claimed: Sequence[Claimed], /) -> Sequence[Outcome]:
        """Send *claimed*; each is delivered, refused for good, or waits for the LRS."""
        if claimed[0].destination == HELD_BACK:
            return [Refused(code="rejected", why="says more than it may")] * len(claimed)
        batch = [StoredStatement(one.id, one.body or "", one.tries) for one in claimed]
        try:
            return _outcomes(batch, self._client.store(batch), None)
        except LrsError as error:
            return _outcomes(batch, error.outcomes, _waiting(error))


def _outcomes(
    batch: Sequence[StoredStatement], settled: Sequence[Settled], rest: Outcome | None
) -> list[Outcome]:
    known: Mapping[UUID, Settled] = {one.id: one for one in settled}
    fallback = rest or DestinationDown(why="no outcome")
    return [_outcome(known.get(statement.id), fallback) for statement in batch]


def _outcome(settled: Settled | None, rest: Outcome) -> Outcome:
    if settled is None:
        return rest
    return Sent() if settled.delivered else Refused(code="rejected", why=settled.reason)


def _waiting(error: LrsError) -> Outcome:
    seconds = error.retry_after if isinstance(error, LrsUnavailable) else None
    after = timedelta(seconds=seconds) if seconds is not None else None
    if isinstance(error, LrsBroken):
        # Counts a try: after five, the client looks for the one statement that breaks it.
        return Retry(why="LRS: server error", after=after)
    what = "check address and key" if isinstance(error, LrsMisconfigured) else "unavailable"
    return DestinationDown(why=f"LRS: {what}", after=after)


def lrs_client(settings: Settings, session: requests.Session | None = None) -> LrsClient | None:
    """Return the connection to the configured LRS, or None when there is none."""
    if not settings.lrs_endpoint:
        return None
    return LrsClient(
        settings.lrs_endpoint,
        settings.lrs_key,
        settings.lrs_secret.get_secret_value(),
        version=settings.lrs_version,
        timeout=(5, settings.lrs_timeout),
        session=session,
    )
