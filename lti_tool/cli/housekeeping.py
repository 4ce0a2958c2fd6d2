"""What is thrown away by itself: used nonces, ended sessions, handoff codes. Nothing else."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete

from lti_tool.domain.base import utc_now
from lti_tool.domain.database import Database
from lti_tool.domain.limits import RateWindow
from lti_tool.domain.platforms import UsedNonce
from lti_tool.domain.sessions import Handoff, LaunchSession
from lti_tool.evidence.keeping import Keeping
from lti_tool.services.file_upkeep import drop_expired, forget_unused, scan_waiting

KEEP_SESSIONS = timedelta(days=1)
"""Ended launches are kept this long, so that a late page can still say what happened."""


def housekeeping(database: Database) -> Callable[[], object]:
    """Return the job that removes what has expired; it touches no record of anybody."""

    def clean() -> None:
        now = utc_now()
        with database.transaction() as session:
            session.execute(delete(UsedNonce).where(UsedNonce.expires_at < now))
            session.execute(delete(RateWindow).where(RateWindow.expires_at < now))
            session.execute(delete(Handoff).where(Handoff.expires_at < now))
            session.execute(
                delete(LaunchSession).where(LaunchSession.expires_at < now - KEEP_SESSIONS)
            )

    return clean


def file_upkeep(database: Database) -> Callable[[], object]:
    """Return the job that asks the scanner again and forgets uploads that never ended."""

    def look_after() -> None:
        keeping: Keeping = database.info["environment"].keeping
        scan_waiting(database, keeping)
        drop_expired(database, keeping)
        forget_unused(database)

    return look_after
