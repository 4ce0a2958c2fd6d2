"""Writing the next version of a course's own template. Nothing that was published changes."""

import copy
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.courses import ActivitySetup, Template, TemplateVersion
from lti_tool.domain.errors import InvalidInput, NotFound, StaleEdit
from lti_tool.domain.people import Person
from lti_tool.domain.template_kinds import (
    Attribute,
    AttributeKind,
    PartKind,
    Place,
    TemplateKind,
    find_place,
    new_part_id,
    places,
)

MOST_PARTS = 500
"""More than any form needs; keeps pages and hashes within bounds."""


def template_of(session: Session, setup: ActivitySetup) -> Template:
    """Return the template that a setup uses now."""
    version = session.get_one(TemplateVersion, setup.template_version_id)
    return session.get_one(Template, version.template_id)


def own_template(session: Session, setup: ActivitySetup, *, by: Person) -> Template:
    """Return the course's own template of a setup, with a draft to write in.

    A ready-made one is copied first; the copy is the course's, and its first version is
    what gets published. Parts keep their ids, so answers stay comparable.
    """
    session.execute(
        select(ActivitySetup.id).where(ActivitySetup.id == setup.id).with_for_update(key_share=True)
    )
    used = template_of(session, setup)
    own = used if used.course_id is not None else begun_template(session, setup)
    if own is None:
        own = Template(
            kind=used.kind,
            course_id=setup.course_id,
            title=setup.title,
            default_locale=used.default_locale,
            changed_by_id=by.id,
            draft_number=0,
        )
        session.add(own)
    if own.draft is None:
        version = session.get_one(TemplateVersion, setup.template_version_id)
        own.draft = {**copy.deepcopy(version.content), SETUP: str(setup.id)}
        own.changed_at = utc_now()
    session.flush()
    return own


SETUP = "_setup"
"""Key of a draft that says for which activity a ready-made template was copied."""


def content_of(draft: Json) -> Json:
    """Return a draft without what is kept beside its content."""
    return {key: value for key, value in draft.items() if not key.startswith("_")}


def begun_template(session: Session, setup: ActivitySetup) -> Template | None:
    """Return the template in which the next version of this activity's form is being written."""
    used = template_of(session, setup)
    if used.course_id is not None:
        return used if used.draft is not None else None
    begun = session.scalars(
        select(Template).where(
            Template.course_id == setup.course_id,
            Template.kind == setup.kind,
            Template.draft.is_not(None),
        )
    )
    return next((one for one in begun if (one.draft or {}).get(SETUP) == str(setup.id)), None)


def edit(
    session: Session,
    template: Template,
    change: Callable[[Json], None],
    *,
    seen: int,
    by: Person,
) -> None:
    """Apply *change* to the draft that was on the screen.

    Raises:
        StaleEdit: Somebody else changed the draft meanwhile, or published it.
    """
    session.refresh(template, with_for_update={"key_share": True})
    if template.draft is None or template.draft_number != seen:
        raise StaleEdit(
            _("Somebody else changed this form while you were writing."),
            next_step=_("Look at it as it is now, then change it again."),
        )
    draft = copy.deepcopy(template.draft)
    change(draft)
    template.draft = draft
    flag_modified(template, "draft")
    template.draft_number += 1
    template.changed_by_id, template.changed_at = by.id, utc_now()
    session.flush()


def discard_draft(session: Session, template: Template, *, seen: int, by: Person) -> None:
    """Throw the draft away; what was published stays.

    Raises:
        StaleEdit: Somebody else changed the draft meanwhile.
    """
    edit(session, template, lambda _draft: None, seen=seen, by=by)
    template.draft = None
    flag_modified(template, "draft")
    session.flush()


def find_part(kind: TemplateKind, draft: Json, path: str) -> Place:
    """Return a part of a draft by its path.

    Raises:
        NotFound: There is none there (any more).
    """
    place = find_place(kind, draft, path)
    if place is None:
        raise NotFound(_("This part of the form does not exist any more."))
    return place


def add_part(kind: TemplateKind, draft: Json, key: str, parent: str | None, part: Json) -> str:
    """Append a part to the list *key* of the draft, or of one of its parts; return its path.

    Raises:
        InvalidInput: The form is as long as it can be.
        NotFound: There is no such list there.
    """
    within = find_part(kind, draft, parent) if parent else None
    lists = within.kind.parts if within else kind.parts
    holder = within.part if within else draft
    wanted = next((one for one in lists if one.key == key and one.belongs_to(holder)), None)
    if wanted is None:
        raise NotFound(_("This part of the form does not exist any more."))
    if sum(1 for _place in places(kind.parts, draft)) >= MOST_PARTS:
        raise InvalidInput(_("This form is as long as it can be."))
    made = {**part, "id": new_part_id()}
    holder.setdefault(key, []).append(made)
    return f"{within.path}.{made['id']}" if within else str(made["id"])


def move_part(place: Place, *, by: int) -> None:
    """Move a part up (-1) or down (1) among its siblings; at the end nothing happens."""
    at = place.siblings.index(place.part)
    to = at + by
    if 0 <= to < len(place.siblings):
        place.siblings.insert(to, place.siblings.pop(at))


def remove_part(place: Place) -> None:
    """Take a part out of the draft; answers that were given to it stay where they are."""
    place.siblings.remove(place.part)


def problems(kind: TemplateKind, content: Json, default_locale: str) -> list[str]:
    """Return what stands in the way of publishing, in the reader's language."""
    found = list(_missing(kind.attributes, content, default_locale, _("The form")))
    found += [
        message
        for place in places(kind.parts, content)
        for message in _missing(
            place.kind.attributes, place.part, default_locale, str(place.kind.title)
        )
    ]
    found += [
        _("Add at least %(number)s: %(what)s.", number=part.at_least, what=part.title)
        for part in kind.parts
        if len(content.get(part.key, ())) < part.at_least
    ]
    return found or list(kind.check(content))


def _missing(
    attributes: Sequence[Attribute], holder: Json, locale: str, name: str
) -> Iterator[str]:
    for attribute in attributes:
        is_asked = attribute.is_required and attribute.belongs_to(holder)
        if is_asked and not _is_filled(attribute, holder.get(attribute.key), locale):
            yield _("%(what)s: fill in “%(field)s”.", what=name, field=attribute.label)


def _is_filled(attribute: Attribute, value: object, locale: str) -> bool:
    if attribute.kind is AttributeKind.TEXT:
        return isinstance(value, dict) and bool(str(value.get(locale, "")).strip())
    return value not in (None, "", [])


def missing_translations(
    kind: TemplateKind, content: Json, locales: tuple[str, ...]
) -> dict[str, int]:
    """Return how many texts lack each of *locales*; only those that lack any."""
    holders = [(kind.attributes, content)]
    holders += [(place.kind.attributes, place.part) for place in places(kind.parts, content)]
    texts = [
        holder.get(attribute.key) or {}
        for attributes, holder in holders
        for attribute in attributes
        if attribute.kind is AttributeKind.TEXT and attribute.belongs_to(holder)
    ]
    written = [text for text in texts if any(text.values())]
    counts = {locale: sum(not text.get(locale) for text in written) for locale in locales}
    return {locale: count for locale, count in counts.items() if count}


def find_list(kind: TemplateKind, key: str) -> PartKind:
    """Return a top-level list of parts.

    Raises:
        NotFound: There is none of that key.
    """
    found = next((part for part in kind.parts if part.key == key), None)
    if found is None:
        raise NotFound(_("This part of the form does not exist any more."))
    return found


def template_in_course(session: Session, template_id: UUID, course_id: UUID) -> Template:
    """Return a template of this very course.

    Raises:
        NotFound: There is none.
    """
    template = session.get(Template, template_id)
    if template is None or template.course_id != course_id:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    return template
