"""Which activity a link opens, when a launch says something new: placed, copied, re-linked."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from lti_tool.domain.courses import ActivitySetup, Course, LineItem, LineItemState, ResourceLink
from lti_tool.domain.records import Attempt
from lti_tool.services.environment import environment
from lti_tool.services.grades import send_scores
from lti_tool.services.launch_claims import LaunchClaims
from lti_tool.services.setups import clone_setup, place_setup, want_line_item


def settle_link(session: Session, link_id: UUID, claims: LaunchClaims) -> ActivitySetup | None:
    """Return what the link opens after taking in what the launch says of it.

    The id in the link is untrusted: it counts only if it is an activity of the same
    platform. In another course than its own it stands for a copy: the activity is cloned,
    with template and settings and without any learner's data, and nobody is asked. A link
    on which somebody has worked keeps its activity whatever a teacher types into it. The
    activity is called as the platform calls the link: Moodle duplicates "Quiz" as "Quiz (copy)".
    """
    link = session.get_one(ResourceLink, link_id, with_for_update={"key_share": True})
    named = _named_setup(session, link, claims.setup_id)
    if named is not None and named.id != link.setup_id and not _has_work(session, link):
        named.title = link.title or named.title
        place_setup(session, link, named, line_item_url=claims.lineitem_url)
    setup = session.get(ActivitySetup, link.setup_id) if link.setup_id else None
    if setup is not None and setup.grade_maximum is not None:
        _take_column(session, link, setup, claims.lineitem_url)
    return setup


def _named_setup(
    session: Session, link: ResourceLink, setup_id: UUID | None
) -> ActivitySetup | None:
    if setup_id is None:
        return None
    course = session.get_one(Course, link.course_id)
    found = session.scalar(
        select(ActivitySetup)
        .join(Course, Course.id == ActivitySetup.course_id)
        .where(ActivitySetup.id == setup_id, Course.platform_id == course.platform_id)
    )
    if found is None or found.kind not in environment(session).registry:
        return None
    if _is_copy_of(session, link, found):
        return None
    if found.course_id == course.id and not _is_placed_elsewhere(session, link, found):
        return found
    return clone_setup(session, found, course)


def _is_copy_of(session: Session, link: ResourceLink, source: ActivitySetup) -> bool:
    """Whether this link already opens a clone of *source*."""
    current = session.get(ActivitySetup, link.setup_id) if link.setup_id else None
    return current is not None and current.copied_from_id == source.id


def _is_placed_elsewhere(session: Session, link: ResourceLink, setup: ActivitySetup) -> bool:
    """Whether another link opens it: a duplicated activity gets a copy of its own."""
    other = select(ResourceLink.id).where(
        ResourceLink.setup_id == setup.id, ResourceLink.id != link.id
    )
    return bool(session.scalar(select(exists(other))))


def _has_work(session: Session, link: ResourceLink) -> bool:
    if link.setup_id is None:
        return False
    return bool(session.scalar(select(exists().where(Attempt.resource_link_id == link.id))))


def _take_column(
    session: Session, link: ResourceLink, setup: ActivitySetup, url: str | None
) -> None:
    """Keep the column the platform names; Moodle names it while there is just one."""
    item = session.scalar(select(LineItem).where(LineItem.resource_link_id == link.id))
    if item is None:
        want_line_item(session, link, setup, url=url)
    elif url is not None and item.url != url:
        item.url, item.state = url, LineItemState.READY
        session.flush()
        send_scores(session, link.id)
