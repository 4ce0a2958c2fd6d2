"""What a platform's answer means for a delivery: the table of facts.md 14 to 18, in one place."""

import re
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

from lti_tool.domain.base import utc_now
from lti_tool.lti.connector import ForeignUrl, ServiceFault, TokenRefused
from lti_tool.lti.http import Garbled, Unreachable
from lti_tool.outbox.sending import DestinationDown, Outcome, Refused, Retry

_SECONDS = re.compile(r"[0-9]{1,8}")
_TRANSIENT = (408, 425, 429, 500, 502, 503, 504)


def outcome_of(error: Exception) -> Outcome:
    """Return what to do after *error*, where a kind of delivery has no rule of its own.

    Raises:
        Exception: *error* itself, if it is nothing a platform did.
    """
    if isinstance(error, Unreachable):
        return DestinationDown(why=f"unreachable: {error}")
    if isinstance(error, Garbled):
        return Retry(why="garbled answer")
    if isinstance(error, ForeignUrl):
        return Refused(code="refused", why="service URL of another origin")
    if isinstance(error, TokenRefused) and error.is_about_scopes:
        return Refused(code="unauthorised", why="scopes not granted", status=error.status)
    if isinstance(error, TokenRefused):
        # Moodle hides clock and key problems in a 400 here: the platform's fault as a whole.
        return DestinationDown(
            why="no access token", status=error.status, after=retry_after(error.retry_after)
        )
    if isinstance(error, ServiceFault):
        return _by_status(error)
    raise error


def _by_status(error: ServiceFault) -> Outcome:
    if error.status == 401:
        return Refused(code="unauthorised", why="a new token was refused too", status=401)
    if error.status == 429:
        return DestinationDown(
            why="asked to slow down", status=429, after=retry_after(error.retry_after)
        )
    if error.status in (502, 503, 504):
        return DestinationDown(
            why="out of order", status=error.status, after=retry_after(error.retry_after)
        )
    if error.status in _TRANSIENT:
        return Retry(why="fault", status=error.status, after=retry_after(error.retry_after))
    return Refused(code="refused", why="not accepted", status=error.status)


def retry_after(value: str | None) -> timedelta | None:
    """Return what a Retry-After header asks for: seconds or a date (RFC 9110, 10.2.3)."""
    if not value:
        return None
    if _SECONDS.fullmatch(value.strip()):
        return timedelta(seconds=int(value))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(timedelta(0), (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - utc_now())
