"""From a checked message to an open launch: one transaction, then where to go."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, update
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import ActivitySetup, Course, ResourceLink
from lti_tool.domain.people import Person
from lti_tool.domain.roles import Hint, Role
from lti_tool.domain.sessions import Handoff, LaunchSession
from lti_tool.lti.edge import Edge
from lti_tool.services.grades import person_of
from lti_tool.services.launch_claims import LaunchClaims
from lti_tool.services.launches import OpenedLaunch, hash_secret, open_launch
from lti_tool.services.learning_record import record_event
from lti_tool.services.people import role_of, trainees_of_course
from lti_tool.services.placing import settle_link
from lti_tool.services.records import ensure_attempt
from lti_tool.services.rosters import queue_roster
from lti_tool.web.pages import home_endpoint

HANDOFF_LIFETIME = timedelta(seconds=60)
ROSTER_AGE = timedelta(hours=1)
"""A launch asks for the roster when nobody has asked for this long."""
ROSTER_AGE_UNDECIDED = timedelta(minutes=1)
"""The same, when the roster may say who the person is."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """An open launch, and the page it starts on."""

    launch_id: UUID
    secret: str
    endpoint: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    handoff_code: str | None = None


def open_resource_link(
    edge: Edge, claims: LaunchClaims, *, needs_handoff: bool, device_mark: str | None = None
) -> Opened:
    """Store a resource-link or submission-review launch and say where it starts.

    Raises:
        Replayed: The message was used before.
        PlatformDisabled: The registration has just been switched off.
    """
    lifetime = timedelta(hours=edge.settings.session_hours)
    return_url = edge.vault.close(claims.return_url) if claims.return_url else None

    def open_it(connection: Connection) -> tuple[OpenedLaunch, str | None, UUID | None, str | None]:
        opened = open_launch(
            connection,
            claims,
            lifetime=lifetime,
            return_url=return_url,
            device_mark=device_mark,
        )
        kind = _settle(edge, connection, opened, claims)
        code = _handoff_code(connection, opened.id) if needs_handoff else None
        return opened, kind, _reviewed(connection, opened, claims), code

    opened, kind, reviewed, code = edge.database.run(open_it)
    endpoint, arguments = _first_page(opened.role, kind, reviewed)
    return Opened(
        launch_id=opened.id,
        secret=opened.secret,
        endpoint=endpoint,
        arguments=arguments,
        handoff_code=code,
    )


def _first_page(
    role: Role | None, kind: str | None, reviewed: UUID | None
) -> tuple[str, dict[str, Any]]:
    """Return where a launch starts: at the record a gradebook cell asks for, else at home."""
    if reviewed is not None and kind is not None and role not in (None, Role.TRAINEE):
        return "trainees.show", {"person_id": reviewed}
    return home_endpoint(role, kind), {}


def _settle(
    edge: Edge, connection: Connection, opened: OpenedLaunch, claims: LaunchClaims
) -> str | None:
    """Do what a launch does rarely, by the ORM, in the same transaction; return the kind."""
    wants_roster = _wants_roster(opened, claims)
    tells_lrs = edge.settings.lrs_endpoint and edge.settings.lrs_sends_launches
    if not (opened.needs_settling or wants_roster or tells_lrs):
        return opened.kind
    with Session(connection, info=edge.database.info, expire_on_commit=False) as session:
        kind = opened.kind
        if opened.needs_settling:
            setup = settle_link(session, opened.resource_link_id, claims)
            kind = setup.kind if setup else None
        if wants_roster:
            course = session.get_one(Course, opened.course_id)
            queue_roster(session, course, wait=ROSTER_AGE_UNDECIDED)
        if tells_lrs and kind and opened.role is Role.TRAINEE:
            _tell_lrs(session, opened)
        session.flush()
    return kind


def _wants_roster(opened: OpenedLaunch, claims: LaunchClaims) -> bool:
    if claims.memberships_url is None:
        return False
    undecided = opened.role is None and claims.hint is Hint.INSTRUCTOR
    limit = ROSTER_AGE_UNDECIDED if undecided else ROSTER_AGE
    asked = opened.roster_queued_at
    return asked is None or utc_now() - asked > limit


def _tell_lrs(session: Session, opened: OpenedLaunch) -> None:
    attempt = ensure_attempt(session, opened.resource_link_id, opened.person_id)
    record_event(
        session, attempt, "launched", by=person_of(session, attempt), sequence=opened.id.hex
    )


def _reviewed(connection: Connection, opened: OpenedLaunch, claims: LaunchClaims) -> UUID | None:
    """Whose record a gradebook cell asks for; whether it may be seen is the page's question.

    Somebody who is on the list but was never here has none: the reader starts at home then.
    """
    if claims.for_user_sub is None:
        return None
    query = trainees_of_course(opened.course_id).where(
        Person.platform_id == claims.platform_id, Person.sub == claims.for_user_sub
    )
    found: UUID | None = connection.execute(query.with_only_columns(Person.id)).scalar_one_or_none()
    return found


def _handoff_code(connection: Connection, launch_id: UUID) -> str:
    code = secrets.token_urlsafe(24)
    connection.execute(
        insert(Handoff).values(
            code_hash=hash_secret(code),
            launch_id=launch_id,
            expires_at=utc_now() + HANDOFF_LIFETIME,
        )
    )
    return code


def take_handoff(edge: Edge, code: str, *, reviewed: UUID | None = None) -> Opened | None:
    """Use a code up and return its launch with a new secret; None if it is not valid.

    *reviewed* is whose record the launch asked for, as the form says: the page there decides
    who may see it.
    """
    with edge.database.transaction() as session:
        used = session.execute(
            delete(Handoff)
            .where(Handoff.code_hash == hash_secret(code))
            .returning(Handoff.launch_id, Handoff.expires_at)
        ).one_or_none()
        if used is None or used.expires_at < utc_now():
            return None
        secret = secrets.token_urlsafe(32)
        session.execute(
            update(LaunchSession)
            .where(LaunchSession.id == used.launch_id)
            .values(secret_hash=hash_secret(secret), is_handed_off=True)
        )
        launch = session.get_one(LaunchSession, used.launch_id)
        link = session.get_one(ResourceLink, launch.resource_link_id)
        setup = session.get(ActivitySetup, link.setup_id) if link.setup_id else None
        role = role_of(session, launch.course_id, launch.person_id)
    endpoint, arguments = _first_page(role, setup.kind if setup else None, reviewed)
    return Opened(launch_id=launch.id, secret=secret, endpoint=endpoint, arguments=arguments)
