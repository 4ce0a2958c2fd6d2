"""What every form of a mentor's page carries: made by us, for this link, and when."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from flask import current_app

from lti_tool.domain.base import utc_now

TOO_QUICK: Final = timedelta(seconds=3)
"""Nobody reads and presses within this; programs that follow links in mails do."""


NOBODY: Final = UUID(int=0)
"""Stands for the link in the forms of the page for dead links."""


def new_stamp(link_id: UUID, *, at: datetime | None = None) -> str:
    """Return the stamp of a page made now for a link: proof against foreign forms, and time."""
    made = int((at or utc_now()).timestamp() * 1000)
    return f"{made}.{_mac(link_id, str(made))}"


def age_of(stamp: str, link_id: UUID) -> timedelta | None:
    """Return how long ago the page with this stamp was made; None if it was not made by us."""
    made, _dot, mac = stamp.partition(".")
    if not (made.isascii() and made.isdigit() and len(made) < 16):
        return None
    if not hmac.compare_digest(mac.encode(), _mac(link_id, made).encode()):
        return None
    return utc_now() - datetime.fromtimestamp(int(made) / 1000, UTC)


def _mac(link_id: UUID, made: str) -> str:
    key = current_app.extensions["trellis"].settings.secret_key.get_secret_value()
    message = f"mentor-form/{link_id}/{made}".encode()
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()
