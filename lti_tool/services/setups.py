"""What a link opens: chosen by a tutor, carried by the link, cloned into copied courses."""

from decimal import Decimal
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.base import Json
from lti_tool.domain.courses import (
    ActivitySetup,
    Course,
    LineItem,
    LineItemState,
    ResourceLink,
    Template,
    TemplateVersion,
)
from lti_tool.domain.errors import InvalidInput
from lti_tool.outbox.queue import enqueue
from lti_tool.plugins import ActivityPlugin, GalleryTemplate
from lti_tool.services.chains import content_hash
from lti_tool.services.environment import environment

TITLE_LENGTH = 255
"""Longest activity name that Moodle's form takes."""


def create_setup(
    session: Session,
    course: Course,
    *,
    kind: str,
    title: str,
    template_key: str,
    settings: Json,
    grade_maximum: Decimal | None,
    id: UUID | None = None,
) -> ActivitySetup:
    """Store what a tutor chose and return it; with a known *id* return the stored one.

    Raises:
        InvalidInput: The kind or template is not offered, or the title is unusable.
    """
    if id is not None and (known := session.get(ActivitySetup, id)) is not None:
        return known
    plugin = _plugin(session, kind)
    if not title.strip() or len(title) > TITLE_LENGTH:
        raise InvalidInput(_("Give the activity a name of at most 255 characters."))
    setup = ActivitySetup(
        course_id=course.id,
        kind=kind,
        title=title.strip(),
        settings=settings,
        template_version_id=gallery_version(session, plugin, template_key).id,
        grade_maximum=grade_maximum,
    )
    if id is not None:
        setup.id = id
    session.add(setup)
    session.flush()
    return setup


def gallery_version(session: Session, plugin: ActivityPlugin, key: str) -> TemplateVersion:
    """Return the stored version of a gallery template, storing it at first use.

    A gallery template whose content changed in a newer release becomes a new version;
    activities that use the old one keep it.

    Raises:
        InvalidInput: The activity has no template of that key.
    """
    offered = next((entry for entry in plugin.gallery() if entry.key == key), None)
    if offered is None:
        raise InvalidInput(_("Choose one of the templates in the list."))
    template = _gallery_template(session, plugin, offered)
    sha256 = content_hash(offered.content)
    versions = session.scalars(
        select(TemplateVersion)
        .where(TemplateVersion.template_id == template.id)
        .order_by(TemplateVersion.number)
    ).all()
    for version in versions:
        if version.sha256 == sha256:
            return version
    number = versions[-1].number + 1 if versions else 1
    version = TemplateVersion(
        template_id=template.id, number=number, content=offered.content, sha256=sha256
    )
    session.add(version)
    session.flush()
    return version


def _gallery_template(
    session: Session, plugin: ActivityPlugin, offered: GalleryTemplate
) -> Template:
    known = session.scalar(
        select(Template).where(
            Template.kind == plugin.key, Template.key == offered.key, Template.course_id.is_(None)
        )
    )
    if known is not None:
        return known
    with force_locale("en"):
        template = Template(kind=plugin.key, key=offered.key, title=str(offered.title))
    session.add(template)
    session.flush()
    return template


def _plugin(session: Session, kind: str) -> ActivityPlugin:
    registry = environment(session).registry
    if kind not in registry:
        raise InvalidInput(_("Choose one of the kinds of activity in the list."))
    return registry.get(kind)


def clone_setup(session: Session, source: ActivitySetup, course: Course) -> ActivitySetup:
    """Return a copy of *source* for *course*: template and settings, no learner's data.

    Copying the same source into the same course twice (two links) makes two.
    """
    copy = ActivitySetup(
        course_id=course.id,
        kind=source.kind,
        title=source.title,
        settings=source.settings,
        template_version_id=source.template_version_id,
        grade_maximum=source.grade_maximum,
        copied_from_id=source.id,
    )
    session.add(copy)
    session.flush()
    return copy


def place_setup(
    session: Session, link: ResourceLink, setup: ActivitySetup, *, line_item_url: str | None
) -> None:
    """Tie *link* to *setup*, and make sure of its gradebook column if it is graded."""
    link.setup_id = setup.id
    session.flush()
    if setup.grade_maximum is not None:
        want_line_item(session, link, setup, url=line_item_url)


def want_line_item(
    session: Session, link: ResourceLink, setup: ActivitySetup, *, url: str | None
) -> LineItem:
    """Return the link's one gradebook column; queue finding or making it if there is no URL.

    The row is unique per link and the search runs under one delivery key, so that twenty
    parallel first launches make one column.
    """
    item = session.scalar(select(LineItem).where(LineItem.resource_link_id == link.id))
    if item is not None:
        return item
    assert setup.grade_maximum is not None  # noqa: S101 - callers checked
    item = LineItem(
        resource_link_id=link.id,
        label=setup.title,
        resource_id=str(setup.id),
        maximum=setup.grade_maximum,
        url=url,
        state=LineItemState.READY if url else LineItemState.WANTED,
    )
    session.add(item)
    session.flush()
    if not url:
        queue_line_item(session, item)
    return item


def queue_line_item(session: Session, item: LineItem) -> None:
    """Queue the search for (or the making of) a gradebook column."""
    link = session.get_one(ResourceLink, item.resource_link_id)
    course = session.get_one(Course, link.course_id)
    enqueue(
        session,
        "line_item",
        destination=f"platform:{course.platform_id}",
        key=f"line_item:{item.id}",
        subject=str(item.id),
        payload={"line_item": str(item.id)},
        replace=True,
    )
