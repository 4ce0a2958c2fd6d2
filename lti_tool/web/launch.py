"""Who is here, in which course, on which link: read from the path and proved by a cookie.

Each launch has a cookie of its own, so two tabs on two courses (or two people sharing a
browser) never mix. The id in the path is no credential; the cookie's secret is.
"""

import hashlib
import hmac
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from flask import current_app, g, request
from sqlalchemy import Connection, and_, bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response

from config.settings import Settings
from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.courses import ActivitySetup, Course, ResourceLink
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.platforms import Platform
from lti_tool.domain.records import Attempt
from lti_tool.domain.roles import Role, effective_role
from lti_tool.domain.sessions import LaunchSession
from lti_tool.services.launches import hash_secret
from lti_tool.web.headers import allow_platform
from lti_tool.web.storage import database

KEPT_COOKIES = 10
"""A browser keeps the cookies of this many launches; older ones are deleted at a launch."""
_TOUCH_AFTER = timedelta(minutes=2)


class LaunchEnded(Exception):
    """There is no such launch for this browser (any more)."""


@dataclass(frozen=True, kw_only=True)
class CurrentLaunch:
    """The launch that a request belongs to, checked on every request."""

    id: UUID
    platform_id: UUID
    issuer: str
    course_id: UUID
    course_title: str
    resource_link_id: UUID
    setup_id: UUID | None
    kind: str | None
    title: str
    settings: Json
    """What the tutor decided for the activity; empty while there is none."""
    grade_maximum: Decimal | None
    template_version_id: UUID | None
    person_id: UUID
    person_label: str
    role: Role | None
    locale: str
    secret_hash: str
    return_url: str | None
    """Encrypted; it carries the platform's sesskey."""
    is_handed_off: bool
    has_attempt: bool
    """The person has done something on this link already."""
    mentor_link_id: UUID | None
    """The personal link that a mentor without an account came by."""

    @property
    def is_staff(self) -> bool:
        """A tutor or assessor: may see every trainee of the course."""
        return self.role in (Role.TUTOR, Role.ASSESSOR)


def _find_current() -> CurrentLaunch:
    launch: CurrentLaunch | None = g.get("launch")
    if launch is None:
        raise LaunchEnded
    return launch


current_launch = cast(CurrentLaunch, LocalProxy(_find_current))
"""The launch of the current request; raises LaunchEnded outside one."""


def cookie_name(launch_id: UUID) -> str:
    """Return the name of a launch's cookie: ``__Host-`` wherever the browser allows it."""
    prefix = "__Host-" if request.is_secure else ""
    return f"{prefix}t-{launch_id.hex[:12]}"


def set_launch_cookie(
    response: Response, launch_id: UUID, secret: str, *, partitioned: bool = True
) -> None:
    """Give the browser a launch's secret, and take back the oldest ones it holds.

    In the platform's iframe the cookie is partitioned; in a tab of its own it is Lax.
    """
    secure = request.is_secure or partitioned
    response.set_cookie(
        cookie_name(launch_id),
        secret,
        secure=secure,
        httponly=True,
        samesite="None" if partitioned else "Lax",
        partitioned=partitioned,
    )
    for name in _launch_cookies()[:-KEPT_COOKIES]:
        response.delete_cookie(
            name, secure=True, httponly=True, samesite="None", partitioned=partitioned
        )


def _launch_cookies() -> list[str]:
    """Names of the launches this browser holds, oldest first as browsers send them."""
    return [name for name in request.cookies if name.removeprefix("__Host-").startswith("t-")]


def load_launch(launch_id: UUID) -> None:
    """Put the launch of this request into ``g``, or leave it out if it has ended.

    Raises:
        LaunchEnded: No such launch, another browser's, or idle for too long.
    """
    secret = request.cookies.get(cookie_name(launch_id), "")
    with database().reading_connection() as connection:
        row = connection.execute(_LAUNCH, {"launch_id": launch_id}).one_or_none()
        issuer = row.issuer if row else connection.scalar(_ISSUER, {"launch_id": launch_id})
    if issuer is not None and (row is None or row.mentor_link_id is None):
        allow_platform(issuer)  # the page that says a launch has ended stands in its frame too
    if row is None or not hmac.compare_digest(row.secret_hash, hash_secret(secret)):
        raise LaunchEnded
    settings: Settings = current_app.extensions["trellis"].settings
    now = utc_now()
    idle = timedelta(minutes=settings.session_idle_minutes)
    if now > row.expires_at or now - row.seen_at > idle:
        raise LaunchEnded
    if now - row.seen_at > _TOUCH_AFTER:
        with database().connection() as connection:
            _touch(connection, launch_id)
    g.launch = _current(row)


def let_platform_show(path: str) -> None:
    """Let the platform frame a page that says there is nothing at *path*, inside a launch.

    Such a page is found before the launch is: without this the platform's frame stays blank.
    """
    found = _LAUNCH_PATH.match(path)
    if found is None:
        return
    with suppress(SQLAlchemyError), database().reading_connection() as connection:
        issuer = connection.scalar(_ISSUER, {"launch_id": UUID(found.group(1))})
        if issuer is not None:
            allow_platform(issuer)


_LAUNCH_PATH = re.compile(r"/l/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/")


def _touch(connection: Connection, launch_id: UUID) -> None:
    statement = update(LaunchSession).where(LaunchSession.id == launch_id)
    connection.execute(statement.values(seen_at=utc_now()))


_LAUNCH_COLUMNS = (
    LaunchSession.secret_hash,
    LaunchSession.expires_at,
    LaunchSession.seen_at,
    LaunchSession.id,
    LaunchSession.locale,
    LaunchSession.return_url,
    LaunchSession.is_handed_off,
    LaunchSession.mentor_link_id,
    Platform.id.label("platform_id"),
    Platform.issuer,
    Platform.instructors_are_tutors.label("platform_switch"),
    Course.id.label("course_id"),
    Course.title.label("course_title"),
    Course.instructors_are_tutors.label("course_switch"),
    ResourceLink.id.label("resource_link_id"),
    ResourceLink.title.label("link_title"),
    ActivitySetup.id.label("setup_id"),
    ActivitySetup.kind,
    ActivitySetup.title,
    ActivitySetup.settings,
    ActivitySetup.grade_maximum,
    ActivitySetup.template_version_id,
    Person.id.label("person_id"),
    Person.name,
    Person.pseudonym,
    Person.chosen_locale,
    Membership.role,
    Membership.launch_hint,
    Membership.may_edit,
    Attempt.id.label("attempt_id"),
)


def _launch_query() -> Any:
    return (
        select(*_LAUNCH_COLUMNS)
        .join(Platform, and_(Platform.id == LaunchSession.platform_id, Platform.is_active))
        .join(Course, Course.id == LaunchSession.course_id)
        .join(ResourceLink, ResourceLink.id == LaunchSession.resource_link_id)
        .join(Person, Person.id == LaunchSession.person_id)
        .join(
            Membership,
            and_(Membership.course_id == Course.id, Membership.person_id == Person.id),
        )
        .outerjoin(ActivitySetup, ActivitySetup.id == ResourceLink.setup_id)
        .outerjoin(
            Attempt,
            and_(Attempt.resource_link_id == ResourceLink.id, Attempt.person_id == Person.id),
        )
        .where(LaunchSession.id == bindparam("launch_id"), Membership.left_at.is_(None))
    )


_LAUNCH = _launch_query()
"""Built once; every request of a launch starts with it."""

_ISSUER = (
    select(Platform.issuer)
    .join(LaunchSession, LaunchSession.platform_id == Platform.id)
    .where(LaunchSession.id == bindparam("launch_id"), LaunchSession.mentor_link_id.is_(None))
)


def _current(row: Any) -> CurrentLaunch:
    switch = row.platform_switch if row.course_switch is None else row.course_switch
    role = effective_role(
        set_role=row.role,
        launch_hint=row.launch_hint,
        may_edit=row.may_edit,
        instructors_are_tutors=switch,
    )
    return CurrentLaunch(
        id=row.id,
        platform_id=row.platform_id,
        issuer=row.issuer,
        course_id=row.course_id,
        course_title=row.course_title,
        resource_link_id=row.resource_link_id,
        setup_id=row.setup_id,
        kind=row.kind,
        title=row.title or row.link_title,
        settings=row.settings or {},
        grade_maximum=row.grade_maximum,
        template_version_id=row.template_version_id,
        person_id=row.person_id,
        person_label=row.name or row.pseudonym.hex[:4].upper(),
        role=role,
        locale=row.chosen_locale or row.locale,
        secret_hash=row.secret_hash,
        return_url=row.return_url,
        is_handed_off=row.is_handed_off,
        has_attempt=row.attempt_id is not None,
        mentor_link_id=row.mentor_link_id,
    )


def csrf_token() -> str:
    """Return the token every form of this launch carries; '' outside a launch."""
    launch: CurrentLaunch | None = g.get("launch")
    if launch is None:
        return ""
    if "csrf_token" not in g:
        g.csrf_token = _token_of(launch)
    return str(g.csrf_token)


def _token_of(launch: CurrentLaunch) -> str:
    key = current_app.extensions["trellis"].settings.secret_key.get_secret_value()
    message = f"csrf/{launch.id}/{launch.secret_hash}".encode()
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def is_from_our_page() -> bool:
    """Say whether the browser vouches that no other site sent this request.

    Browsers before 2023 say nothing; the token in the form has to do for them.
    """
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")


def is_csrf_safe() -> bool:
    """Say whether a state-changing request comes from a page of this very launch."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return True
    if not is_from_our_page():
        return False
    sent = request.form.get("csrf_token", "") or request.headers.get("X-CSRF-Token", "")
    return hmac.compare_digest(sent.encode(), csrf_token().encode())
