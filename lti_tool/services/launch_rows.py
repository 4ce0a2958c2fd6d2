"""The rows a launch reads and writes, by Core statements; only what changed is written."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, and_, literal, select, update

from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import ActivitySetup, Course, LineItem, ResourceLink
from lti_tool.domain.database import upsert_of
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.platforms import Platform
from lti_tool.domain.roles import Hint
from lti_tool.services.launch_claims import LaunchClaims

SEEN_AGAIN = timedelta(minutes=10)
"""A membership's last launch is written again only after this."""


def what_is_known(claims: LaunchClaims) -> Any:
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
        ActivitySetup.grade_maximum,
        *_labelled(LineItem, "item", "id", "url", "state"),
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
        one.join(Platform, and_(Platform.id == claims.platform_id, Platform.is_active))
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


def store_person(connection: Connection, claims: LaunchClaims, known: Any) -> UUID:
    """Insert the person, or update what the platform now says; a withheld name is kept out."""
    values = {"name": claims.name, "email": claims.email, "locale": claims.locale}
    if known.person_id is not None:
        changed = {k: v for k, v in values.items() if getattr(known, f"person_{k}") != v}
        if changed:
            connection.execute(update(Person).where(Person.id == known.person_id).values(changed))
        return _uuid(known.person_id)
    new = {"id": uuid4(), "pseudonym": uuid4(), "created_at": utc_now()} | values
    return _insert(
        connection,
        Person,
        ["platform_id", "sub"],
        {"platform_id": claims.platform_id, "sub": claims.sub} | new,
        values,
    )


def store_course(connection: Connection, claims: LaunchClaims, known: Any) -> UUID:
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
        return _uuid(known.course_id)
    key = {
        "platform_id": claims.platform_id,
        "deployment_id": claims.deployment_id,
        "context_id": claims.context_id,
    }
    blank = {"label": "", "title": "", "ags_scopes": "", "created_at": utc_now(), "id": uuid4()}
    return _insert(connection, Course, list(key), blank | key | values, values)


def store_link(connection: Connection, claims: LaunchClaims, known: Any, course_id: UUID) -> UUID:
    """Insert the link, or take over its new title."""
    values = {"title": claims.link_title}
    if known.link_id is not None:
        if known.link_title != claims.link_title:
            connection.execute(
                update(ResourceLink).where(ResourceLink.id == known.link_id).values(values)
            )
        return _uuid(known.link_id)
    key = {"course_id": course_id, "resource_link_id": claims.resource_link_id}
    new = {"id": uuid4(), "created_at": utc_now()} | key | values
    return _insert(connection, ResourceLink, list(key), new, values)


def store_membership(
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


def needs_settling(claims: LaunchClaims, known: Any) -> bool:
    """Whether the link says something else than we know; false on almost every launch."""
    if claims.setup_id is not None and claims.setup_id != known.setup_id:
        return True
    if known.setup_id is None or known.grade_maximum is None:
        return False
    if known.item_id is None:
        return True
    return claims.lineitem_url is not None and claims.lineitem_url != known.item_url


def _uuid(value: Any) -> UUID:
    return UUID(str(value)) if not isinstance(value, UUID) else value
