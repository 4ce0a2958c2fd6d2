"""Opening a launch: everything a launch writes, in one transaction, by Core statements.

The ORM would cost about 1.6 CPU-ms here (research/perf.md), so this one path does without.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, and_, literal, select, update

from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import ActivitySetup, Course, LineItem, ResourceLink
from lti_tool.domain.database import insert_if_new, upsert_of
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.platforms import Platform, UsedNonce
from lti_tool.domain.roles import Hint, Role, effective_role
from lti_tool.domain.sessions import LaunchSession

NONCE_LIFETIME = timedelta(minutes=15)
"""Longer than a state is accepted, so that a nonce is known as long as it could be replayed."""
SEEN_AGAIN = timedelta(minutes=10)
"""A membership's last launch is written again only after this."""


class Replayed(Exception):
    """The nonce of this launch was used before."""


@dataclass(frozen=True, kw_only=True)
class LaunchClaims:
    """A checked launch message in our words; `lti_tool.lti.claims` alone knows the URIs.

    Text is plain, trimmed, and None or empty where the platform said nothing.
    """

    platform_id: UUID
    deployment_id: str
    message_type: str
    nonce: str
    sub: str
    hint: Hint
    context_id: str
    resource_link_id: str = ""
    name: str | None = None
    email: str | None = None
    locale: str = "en"
    course_label: str = ""
    course_title: str = ""
    link_title: str = ""
    memberships_url: str | None = None
    lineitems_url: str | None = None
    lineitem_url: str | None = None
    ags_scopes: str = ""
    return_url: str | None = None
    document_target: str = "iframe"
    for_user_sub: str | None = None
    target_link_uri: str = ""
    setup_id: UUID | None = None
    """The activity the link says it opens: looked up, never believed."""
    custom: Mapping[str, str] = field(default_factory=dict)
    deep_linking: Mapping[str, Any] = field(default_factory=dict)


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
    has_line_item: bool
    role: Role | None
    roster_queued_at: datetime | None


def hash_secret(secret: str) -> str:
    """Return what is stored of a random secret: its SHA-256, hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def consume_nonce(connection: Connection, platform_id: UUID, nonce: str) -> None:
    """Use *nonce* up.

    Raises:
        Replayed: It was used before, by whichever process.
    """
    digest = hash_secret(f"{platform_id}/{nonce}")
    row = insert_if_new(connection, UsedNonce).values(
        nonce_hash=digest, expires_at=utc_now() + NONCE_LIFETIME
    )
    if connection.execute(row.returning(UsedNonce.nonce_hash)).first() is None:
        raise Replayed


def open_launch(
    connection: Connection, claims: LaunchClaims, *, lifetime: timedelta, return_url: str | None
) -> OpenedLaunch:
    """Store person, course, link, membership and session of a resource-link launch.

    The nonce is consumed first, in the same transaction. *return_url* is encrypted.

    Raises:
        Replayed: The message was used before.
    """
    consume_nonce(connection, claims.platform_id, claims.nonce)
    known = connection.execute(_known(claims)).one()
    now = utc_now()
    person_id = _store_person(connection, claims, known)
    course_id = _store_course(connection, claims, known)
    link_id = _store_link(connection, claims, known, course_id)
    _store_membership(connection, claims, known, course_id, person_id, now)
    secret = secrets.token_urlsafe(32)
    launch_id = uuid4()
    connection.execute(
        LaunchSession.__table__.insert().values(
            id=launch_id,
            secret_hash=hash_secret(secret),
            platform_id=claims.platform_id,
            course_id=course_id,
            resource_link_id=link_id,
            person_id=person_id,
            locale=claims.locale,
            return_url=return_url,
            document_target=claims.document_target,
            is_handed_off=False,
            created_at=now,
            seen_at=now,
            expires_at=now + lifetime,
        )
    )
    return OpenedLaunch(
        id=launch_id,
        secret=secret,
        person_id=person_id,
        course_id=course_id,
        resource_link_id=link_id,
        setup_id=known.setup_id,
        kind=known.kind,
        has_line_item=known.line_item_id is not None,
        role=_role(claims, known),
        roster_queued_at=known.course_roster_queued_at,
    )


def _known(claims: LaunchClaims) -> Any:
    """Select, in one round trip, whatever is already stored of this launch."""
    one = select(literal(1).label("one")).subquery()
    return select(
        Platform.instructors_are_tutors.label("platform_switch"),
        *_labelled(Person, "person", "id", "name", "email", "locale", "chosen_locale"),
        *_labelled(
            Course,
            "course",
            "id",
            *_COURSE_FIELDS,
            "instructors_are_tutors",
            "roster_queued_at",
        ),
        *_labelled(ResourceLink, "link", "id", "title"),
        ActivitySetup.id.label("setup_id"),
        ActivitySetup.kind.label("kind"),
        LineItem.id.label("line_item_id"),
        *_labelled(
            Membership,
            "member",
            "id",
            "launch_hint",
            "may_edit",
            "role",
            "last_launch_at",
            "left_at",
        ),
    ).select_from(
        one.join(Platform, Platform.id == claims.platform_id)
        .outerjoin(Person, and_(Person.platform_id == claims.platform_id, Person.sub == claims.sub))
        .outerjoin(
            Course,
            and_(
                Course.platform_id == claims.platform_id,
                Course.deployment_id == claims.deployment_id,
                Course.context_id == claims.context_id,
            ),
        )
        .outerjoin(
            ResourceLink,
            and_(
                ResourceLink.course_id == Course.id,
                ResourceLink.resource_link_id == claims.resource_link_id,
            ),
        )
        .outerjoin(ActivitySetup, ActivitySetup.id == ResourceLink.setup_id)
        .outerjoin(LineItem, LineItem.resource_link_id == ResourceLink.id)
        .outerjoin(
            Membership,
            and_(Membership.course_id == Course.id, Membership.person_id == Person.id),
        )
    )


_COURSE_FIELDS = {
    "label": "course_label",
    "title": "course_title",
    "memberships_url": "memberships_url",
    "lineitems_url": "lineitems_url",
    "ags_scopes": "ags_scopes",
}
"""Column of Course -> field of LaunchClaims."""


def _labelled(table: Any, prefix: str, *names: str) -> list[Any]:
    return [getattr(table, name).label(f"{prefix}_{name}") for name in names]


def _store_person(connection: Connection, claims: LaunchClaims, known: Any) -> UUID:
    """Insert the person, or update what the platform now says; a withheld name is kept out."""
    values = {"name": claims.name, "email": claims.email, "locale": claims.locale}
    if known.person_id is not None:
        changed = {k: v for k, v in values.items() if getattr(known, f"person_{k}") != v}
        if changed:
            connection.execute(update(Person).where(Person.id == known.person_id).values(changed))
        return known.person_id
    new = {"id": uuid4(), "pseudonym": uuid4(), "created_at": utc_now()} | values
    return _insert(
        connection,
        Person,
        ["platform_id", "sub"],
        {"platform_id": claims.platform_id, "sub": claims.sub} | new,
        values,
    )


def _store_course(connection: Connection, claims: LaunchClaims, known: Any) -> UUID:
    """Insert the course, or update what moved; a service claim that is missing changes nothing."""
    values = {
        column: getattr(claims, name)
        for column, name in _COURSE_FIELDS.items()
        if getattr(claims, name)
    }
    if known.course_id is not None:
        changed = {k: v for k, v in values.items() if getattr(known, f"course_{k}") != v}
        if changed:
            connection.execute(update(Course).where(Course.id == known.course_id).values(changed))
        return known.course_id
    key = {
        "platform_id": claims.platform_id,
        "deployment_id": claims.deployment_id,
        "context_id": claims.context_id,
    }
    blank = {"label": "", "title": "", "ags_scopes": "", "created_at": utc_now(), "id": uuid4()}
    return _insert(connection, Course, list(key), blank | key | values, values)


def _store_link(connection: Connection, claims: LaunchClaims, known: Any, course_id: UUID) -> UUID:
    values = {"title": claims.link_title}
    if known.link_id is not None:
        if known.link_title != claims.link_title:
            connection.execute(
                update(ResourceLink).where(ResourceLink.id == known.link_id).values(values)
            )
        return known.link_id
    key = {"course_id": course_id, "resource_link_id": claims.resource_link_id}
    new = {"id": uuid4(), "created_at": utc_now()} | key | values
    return _insert(connection, ResourceLink, list(key), new, values)


def _store_membership(
    connection: Connection,
    claims: LaunchClaims,
    known: Any,
    course_id: UUID,
    person_id: UUID,
    now: datetime,
) -> None:
    """Keep the launch's hint and time; a launch also proves that nobody has left."""
    if known.member_id is not None:
        stale = known.member_last_launch_at is None or (
            now - known.member_last_launch_at > SEEN_AGAIN
        )
        moved = known.member_launch_hint is not claims.hint or known.member_left_at is not None
        if stale or moved:
            connection.execute(
                update(Membership)
                .where(Membership.id == known.member_id)
                .values(launch_hint=claims.hint, last_launch_at=now, left_at=None)
            )
        return
    values = {"launch_hint": claims.hint, "last_launch_at": now}
    key = {"course_id": course_id, "person_id": person_id}
    fixed = {
        "id": uuid4(),
        "roster_hint": Hint.NONE,
        "may_edit": False,
        "in_roster": False,
        "first_launch_at": now,
        "created_at": now,
    }
    _insert(connection, Membership, list(key), fixed | key | values, values)


def _insert(
    connection: Connection, table: Any, key: list[str], values: Mapping[str, Any], newer: Any
) -> UUID:
    """Insert a row, or win the race against an equal insert, and return the row's id."""
    statement = upsert_of(connection, table).values(dict(values))
    statement = statement.on_conflict_do_update(
        index_elements=key, set_=newer or {key[0]: values[key[0]]}
    )
    found: UUID = connection.execute(statement.returning(table.id)).scalar_one()
    return found


def _role(claims: LaunchClaims, known: Any) -> Role | None:
    switch = known.course_instructors_are_tutors
    return effective_role(
        set_role=known.member_role,
        launch_hint=claims.hint,
        may_edit=bool(known.member_may_edit),
        instructors_are_tutors=known.platform_switch if switch is None else switch,
    )
