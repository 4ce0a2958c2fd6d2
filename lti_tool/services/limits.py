"""Limits that hold over all processes of this installation."""

import hashlib
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.database import insert_if_new
from lti_tool.domain.limits import RateWindow


def is_allowed(session: Session, key: str, *, most: int, per: timedelta) -> bool:
    """Count one more of *key* and say whether that is within *most* in a stretch of *per*."""
    now = utc_now()
    digest = hashlib.sha256(key.encode()).hexdigest()
    new = insert_if_new(session, RateWindow).values(
        key_hash=digest, began_at=now, count=0, expires_at=now + per
    )
    session.execute(new)
    query = select(RateWindow).where(RateWindow.key_hash == digest).with_for_update()
    window = session.scalars(query.execution_options(populate_existing=True)).one()
    if window.expires_at <= now:
        window.began_at, window.count, window.expires_at = now, 0, now + per
    window.count += 1
    session.flush()
    return window.count <= most
