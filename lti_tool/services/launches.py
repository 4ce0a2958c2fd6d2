"""Opening a launch: everything a launch writes, in one transaction, by Core statements.

The ORM would cost about 1.6 CPU-ms here (research/perf.md), so this one path does without.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, update

from lti_tool.domain.base import utc_now
from lti_tool.domain.database import insert_of
from lti_tool.domain.people import Membership
from lti_tool.domain.platforms import UsedNonce
from lti_tool.domain.roles import Role, effective_role
from lti_tool.domain.sessions import LaunchSession
from lti_tool.services.launch_claims import LaunchClaims
from lti_tool.services.launch_rows import (
    hint_of,
    needs_settling,
    store_course,
    store_link,
    store_membership,
    store_person,
    what_is_known,
)

NONCE_LIFETIME = timedelta(minutes=15)
"""Longer than a state is accepted, so that a nonce is known as long as it could be replayed."""


class Replayed(Exception):
    """The nonce of this launch was used before."""


class PlatformDisabled(Exception):
    """The registration was switched off a moment ago."""


@dataclass(frozen=True, kw_only=True)
class OpenedLaunch:
    """What the edge needs to continue: where to go, and the secret for the cookie."""

    id: UUID
    secret: str
    person_id: UUID
    course_id: UUID
    resource_link_id: UUID
    setup_id: UUID | None
    kind: str | None
    needs_settling: bool
    """The link's activity or gradebook column has to be sorted out: see `services.placing`."""
    role: Role | None
    roster_queued_at: datetime | None


def hash_secret(secret: str) -> str:
    """Return what is stored of a random secret: its SHA-256, hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _hash_nonce(claims: LaunchClaims) -> str:
    return hash_secret(f"{claims.platform_id}/{claims.nonce}")


def _use_up(connection: Connection, table: Any, row: dict[str, Any]) -> None:
    """Insert a row that holds the hash of a nonce.

    Raises:
        Replayed: The nonce was used before, by whichever process.
    """
    statement = _insert_once(connection.dialect.name, table)
    if connection.execute(statement, row).first() is None:
        raise Replayed


@cache
def _insert_once(dialect: str, table: Any) -> Any:
    columns = table.__table__.c
    statement = insert_of(dialect, table.__table__)
    statement = statement.on_conflict_do_nothing(index_elements=["nonce_hash"])
    return statement.returning(columns.nonce_hash)


def open_launch(
    connection: Connection,
    claims: LaunchClaims,
    *,
    lifetime: timedelta,
    return_url: str | None,
    device_mark: str | None = None,
) -> OpenedLaunch:
    """Store person, course, link, membership and session of a resource-link launch.

    The session holds the nonce, so a replay ends here and its transaction leaves nothing.
    *return_url* is encrypted.

    Raises:
        Replayed: The message was used before.
        PlatformDisabled: The registration has been switched off.
    """
    known = what_is_known(connection, claims)
    if known is None:
        raise PlatformDisabled
    now = utc_now()
    person_id = store_person(connection, claims, known)
    course_id = store_course(connection, claims, known)
    link_id = store_link(connection, claims, known, course_id)
    store_membership(connection, claims, known, course_id, person_id, now)
    secret = secrets.token_urlsafe(32)
    launch_id = uuid4()
    row = {
        "id": launch_id,
        "secret_hash": hash_secret(secret),
        "nonce_hash": _hash_nonce(claims),
        "platform_id": claims.platform_id,
        "course_id": course_id,
        "resource_link_id": link_id,
        "person_id": person_id,
        "locale": claims.locale,
        "return_url": return_url,
        "device_mark": device_mark,
        "document_target": claims.document_target,
        "is_handed_off": False,
        "created_at": now,
        "seen_at": now,
        "expires_at": now + lifetime,
    }
    _use_up(connection, LaunchSession, row)
    return OpenedLaunch(
        id=launch_id,
        secret=secret,
        person_id=person_id,
        course_id=course_id,
        resource_link_id=link_id,
        setup_id=known.setup_id,
        kind=known.setup_kind,
        needs_settling=needs_settling(claims, known),
        role=_role(claims, known),
        roster_queued_at=known.course_roster_queued_at,
    )


def _role(claims: LaunchClaims, known: Any) -> Role | None:
    switch = known.course_instructors_are_tutors
    return effective_role(
        set_role=known.member_role,
        launch_hint=hint_of(claims, known),
        may_edit=bool(known.member_may_edit),
        instructors_are_tutors=known.platform_switch if switch is None else switch,
    )


def open_deep_linking(connection: Connection, claims: LaunchClaims) -> tuple[UUID, UUID]:
    """Store course and person of a deep-linking request; return their ids, in this order.

    The request proves that the person may edit the course (facts.md 7).

    Raises:
        Replayed: The message was used before.
        PlatformDisabled: The registration has been switched off.
    """
    used = {"nonce_hash": _hash_nonce(claims), "expires_at": utc_now() + NONCE_LIFETIME}
    _use_up(connection, UsedNonce, used)
    known = what_is_known(connection, claims)
    if known is None:
        raise PlatformDisabled
    person_id = store_person(connection, claims, known)
    course_id = store_course(connection, claims, known)
    store_membership(connection, claims, known, course_id, person_id, utc_now())
    connection.execute(
        update(Membership)
        .where(Membership.course_id == course_id, Membership.person_id == person_id)
        .values(may_edit=True)
    )
    return course_id, person_id
