"""The rows a launch reads and writes, by Core statements; only what changed is written."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, and_, bindparam, literal, select, update

from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import ActivitySetup, Course, LineItem, ResourceLink
from lti_tool.domain.database import insert_of
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.platforms import Platform
from lti_tool.domain.roles import Hint
from lti_tool.services.launch_claims import LaunchClaims

SEEN_AGAIN = timedelta(minutes=10)
"""A membership's last launch is written again only after this."""


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


def _known_query() -> Any:
    one = select(literal(1).label("one")).subquery()
    is_course = and_(
        Course.platform_id == Platform.id,
        Course.deployment_id == bindparam("deployment_id"),
        Course.context_id == bindparam("context_id"),
    )
    is_link = and_(
        ResourceLink.course_id == Course.id,
        ResourceLink.resource_link_id == bindparam("resource_link_id"),
    )
    course = ("id", *_COURSE_FIELDS, "instructors_are_tutors", "roster_queued_at")
    member = ("id", "launch_hint", "may_edit", "role", "last_launch_at", "left_at")
    return select(
        Platform.instructors_are_tutors.label("platform_switch"),
        *_labelled(Person, "person", "id", "name", "email", "locale", "chosen_locale"),
        *_labelled(Course, "course", *course),
        *_labelled(ResourceLink, "link", "id", "title"),
        *_labelled(ActivitySetup, "setup", "id", "kind", "grade_maximum"),
        *_labelled(LineItem, "item", "id", "url", "state"),
        *_labelled(Membership, "member", *member),
    ).select_from(
        one.join(Platform, and_(Platform.id == bindparam("platform_id"), Platform.is_active))
        .outerjoin(Person, and_(Person.platform_id == Platform.id, Person.sub == bindparam("sub")))
        .outerjoin(Course, is_course)
        .outerjoin(ResourceLink, is_link)
        .outerjoin(ActivitySetup, ActivitySetup.id == ResourceLink.setup_id)
        .outerjoin(LineItem, LineItem.resource_link_id == ResourceLink.id)
        .outerjoin(
            Membership,
            and_(Membership.course_id == Course.id, Membership.person_id == Person.id),
        )
    )


_KNOWN = _known_query()
"""Built once: putting the statement together costs more than running it."""


def what_is_known(connection: Connection, claims: LaunchClaims) -> Any:
    """Return, from one round trip, whatever is already stored of this launch.

    None when the registration has been switched off.
    """
    wanted = {
        "platform_id": claims.platform_id,
        "deployment_id": claims.deployment_id,
        "context_id": claims.context_id,
        "resource_link_id": claims.resource_link_id,
        "sub": claims.sub,
    }
    return connection.execute(_KNOWN, wanted).one_or_none()


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
            _rename(connection, claims.link_title, known)
        return _uuid(known.link_id)
    key = {"course_id": course_id, "resource_link_id": claims.resource_link_id}
    new = {"id": uuid4(), "created_at": utc_now()} | key | values
    return _insert(connection, ResourceLink, list(key), new, values)


def _rename(connection: Connection, title: str, known: Any) -> None:
    """A new name in the platform is the activity's new name, too; whoever changed it last wins."""
    rows = update(ResourceLink).where(ResourceLink.id == known.link_id)
    connection.execute(rows.values(title=title))
    if known.setup_id is not None and title:
        opened = update(ActivitySetup).where(ActivitySetup.id == known.setup_id)
        connection.execute(opened.values(title=title))


def hint_of(claims: LaunchClaims, known: Any) -> Hint:
    """Return the hint to go by: a teacher who looks at the course "as a student" stays one.

    Moodle then sends the teacher's own id with the role Learner (measured in 4.5 and 5.1);
    such a look must not file somebody as a trainee.
    """
    is_look = claims.hint is Hint.LEARNER and known.member_launch_hint is Hint.INSTRUCTOR
    return Hint.INSTRUCTOR if is_look else claims.hint


def store_membership(
    connection: Connection,
    claims: LaunchClaims,
    known: Any,
    course_id: UUID,
    person_id: UUID,
    now: datetime,
) -> None:
    """Keep the launch's hint and times; a launch also proves that nobody has left."""
    if known.member_id is not None:
        stale = known.member_last_launch_at is None or (
            now - known.member_last_launch_at > SEEN_AGAIN
        )
        hint = hint_of(claims, known)
        moved = known.member_launch_hint is not hint or known.member_left_at is not None
        if stale or moved:
            seen = {"launch_hint": hint, "last_launch_at": now, "left_at": None}
            if known.member_last_launch_at is None:  # only the roster knew them
                seen["first_launch_at"] = now
            ours = update(Membership).where(Membership.id == known.member_id)
            connection.execute(ours.values(seen))
        return
    values = {"launch_hint": claims.hint, "first_launch_at": now, "last_launch_at": now}
    key = {"course_id": course_id, "person_id": person_id}
    fixed = {
        "id": uuid4(),
        "roster_hint": Hint.NONE,
        "may_edit": False,
        "in_roster": False,
        "created_at": now,
    }
    _insert(connection, Membership, list(key), fixed | key | values, values)


def _insert(
    connection: Connection, table: Any, key: list[str], values: Mapping[str, Any], newer: Any
) -> UUID:
    """Insert a row, or win the race against an equal insert, and return the row's id."""
    statement = _upsert(connection.dialect.name, table, tuple(key), tuple(newer) or (key[0],))
    return _uuid(connection.execute(statement, dict(values)).scalar_one())


@cache
def _upsert(dialect: str, table: Any, key: tuple[str, ...], newer: tuple[str, ...]) -> Any:
    statement = insert_of(dialect, table.__table__)
    taken = {name: statement.excluded[name] for name in newer}
    statement = statement.on_conflict_do_update(index_elements=list(key), set_=taken)
    return statement.returning(table.__table__.c.id)


def needs_settling(claims: LaunchClaims, known: Any) -> bool:
    """Whether the link says something else than we know; false on almost every launch."""
    if claims.setup_id is not None and claims.setup_id != known.setup_id:
        return True
    if known.setup_id is None or known.setup_grade_maximum is None:
        return False
    if known.item_id is None:
        return True
    return claims.lineitem_url is not None and claims.lineitem_url != known.item_url


def _uuid(value: Any) -> UUID:
    return UUID(str(value)) if not isinstance(value, UUID) else value
