"""Checks at the door of a view: role, trainee and record, all within the current launch."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select, true
from sqlalchemy.orm import Session

from lti_tool.domain.courses import ActivitySetup, ResourceLink, TemplateVersion
from lti_tool.domain.errors import NotAllowed, NotFound
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Record, attempt_id
from lti_tool.domain.roles import Role
from lti_tool.plugins import ActivityPlugin, Registry
from lti_tool.services.people import find_visible_trainee
from lti_tool.services.records import ensure_attempt
from lti_tool.services.visibility import may_see
from lti_tool.web.launch import current_launch
from lti_tool.web.readings import note_reading
from lti_tool.web.storage import database

P = ParamSpec("P")
R = TypeVar("R")


def role_required(*roles: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only these roles into a view; others get a 403 page that says who may.

    Order matters: put it below the route decorator.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if current_launch.role not in roles:
                raise NotAllowed(
                    _("This page is for somebody else in the course."),
                    next_step=_("Go back to the activity. Your tutor can say what you are here."),
                )
            return view(*args, **kwargs)

        return guarded

    return decorate


def find_trainee_or_404(session: Session, person_id: UUID) -> Person:
    """Return a trainee of this course whose record the reader may see, else a 404."""
    return find_visible_trainee(
        session,
        current_launch.course_id,
        person_id,
        viewer_id=current_launch.person_id,
        viewer_role=current_launch.role,
    )


def find_attempt_or_404(session: Session, person_id: UUID) -> Attempt:
    """Return a visible trainee's attempt on this very link, made if there is none yet.

    Needs a session of `transaction`, since it may have to make the row.
    """
    person = find_trainee_or_404(session, person_id)
    return ensure_attempt(session, current_launch.resource_link_id, person.id)


def view_attempt(session: Session, person_id: UUID) -> Attempt:
    """Return a visible trainee's attempt on this link for looking only; writes nothing.

    Before the first act there is no row yet; what is returned then has the id it will have.
    """
    link_id = current_launch.resource_link_id
    id = attempt_id(link_id, person_id)
    is_own = current_launch.role is Role.TRAINEE and person_id == current_launch.person_id
    if not is_own:
        find_trainee_or_404(session, person_id)
    known = session.get(Attempt, id) if current_launch.has_attempt or not is_own else None
    return known or Attempt(id=id, resource_link_id=link_id, person_id=person_id)


def view_my_attempt(session: Session) -> Attempt:
    """Return the current trainee's own attempt for looking only; see `view_attempt`."""
    return view_attempt(session, current_launch.person_id)


def my_attempt(session: Session) -> Attempt:
    """Return the current trainee's own attempt on this link, made at the first act.

    Needs a session of `transaction`.

    Raises:
        NotFound: The reader is not a trainee here.
    """
    return find_attempt_or_404(session, current_launch.person_id)


def find_record_or_404(session: Session, record_id: UUID, *, kind: str | None) -> Record:
    """Return a record of this link that the reader may see, else a 404; *kind* None takes any.

    What a role sees, drafts and private classes are decided in `services.visibility`.
    """
    found = session.execute(
        select(Record, Attempt.person_id)
        .join(Attempt, Attempt.id == Record.attempt_id)
        .where(
            Record.id == record_id,
            true() if kind is None else Record.kind == kind,
            Attempt.resource_link_id == current_launch.resource_link_id,
        )
    ).one_or_none()
    if found is None:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    record, owner_id = found
    find_trainee_or_404(session, owner_id)
    if not may_see(session, record, current_launch.person_id, current_launch.role):
        raise NotFound(_("This page does not exist, or is not yours to see."))
    note_reading(record)
    return record


def current_person(session: Session) -> Person:
    """Return the person of the current launch."""
    return session.get_one(Person, current_launch.person_id)


def current_link(session: Session) -> ResourceLink:
    """Return the link of the current launch."""
    return session.get_one(ResourceLink, current_launch.resource_link_id)


def current_setup(session: Session) -> ActivitySetup:
    """Return what the current link opens.

    Raises:
        NotFound: No tutor has chosen yet.
    """
    setup_id = current_launch.setup_id
    setup = session.get(ActivitySetup, setup_id) if setup_id else None
    if setup is None:
        raise NotFound(_("This activity has not been set up yet."))
    return setup


def current_plugin() -> ActivityPlugin:
    """Return the activity that answers for the current link.

    Raises:
        NotFound: No tutor has chosen yet, or the activity is not installed any more.
    """
    registry: Registry = database().info["environment"].registry
    kind = current_launch.kind
    if kind is None:
        raise NotFound(_("This activity has not been set up yet."))
    if kind not in registry:
        raise NotFound(
            _("This kind of activity is not installed any more."),
            next_step=_("Nothing is lost. Ask your administrator to install it again."),
        )
    return registry.get(kind)


def current_template(session: Session) -> TemplateVersion:
    """Return the template version that new records of this link are made with.

    A published version never changes, so each process keeps those it has seen.

    Raises:
        NotFound: No tutor has chosen yet.
    """
    id = current_launch.template_version_id
    if id is None:
        raise NotFound(_("This activity has not been set up yet."))
    if id not in _seen_versions:
        _seen_versions[id] = session.get_one(TemplateVersion, id)
        session.expunge(_seen_versions[id])
    return _seen_versions[id]


_seen_versions: dict[UUID, TemplateVersion] = {}
