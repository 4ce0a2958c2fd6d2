"""Publishing a version: who it concerns, what becomes of drafts, and moving forms elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.courses import ActivitySetup, ResourceLink, Template, TemplateVersion
from lti_tool.domain.errors import InvalidInput, StaleEdit, WrongState
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, MoveKind, Record, RecordState, Revision
from lti_tool.domain.template_kinds import TemplateKind, places
from lti_tool.services.audit import record_audit
from lti_tool.services.chains import content_hash
from lti_tool.services.moves import add_move
from lti_tool.services.template_changes import compare
from lti_tool.services.template_drafts import content_of, problems

FORMAT = "trellis-template/1"
"""What an exported template says it is."""
LARGEST_EXPORT = 2_000_000
"""Most characters of an imported file."""


@dataclass(frozen=True, kw_only=True)
class VersionUse:
    """How many people are on one version, in one activity."""

    version: TemplateVersion
    learners: int
    records: int


def version_uses(session: Session, setup: ActivitySetup) -> list[VersionUse]:
    """Return who is on which version in an activity, the newest version first."""
    rows = session.execute(
        select(
            Record.template_version_id,
            func.count(Attempt.person_id.distinct()),
            func.count(Record.id),
        )
        .join(Attempt, Attempt.id == Record.attempt_id)
        .join(ResourceLink, ResourceLink.id == Attempt.resource_link_id)
        .where(ResourceLink.setup_id == setup.id, Record.state != RecordState.WITHDRAWN)
        .where(Record.template_version_id.is_not(None))
        .group_by(Record.template_version_id)
    ).all()
    uses = [
        VersionUse(version=session.get_one(TemplateVersion, id), learners=learners, records=records)
        for id, learners, records in rows
    ]
    return sorted(uses, key=lambda use: use.version.published_at, reverse=True)


def publish(
    session: Session, template: Template, setup: ActivitySetup, kind: TemplateKind, *, by: Person
) -> TemplateVersion:
    """Make the draft the version that new records of the activity use.

    Existing records keep theirs. Nothing is published twice: the same content as before
    returns the version that is there.

    Raises:
        InvalidInput: Something is missing; its message lists what.
        StaleEdit: There is no draft (any more).
    """
    session.refresh(template, with_for_update={"key_share": True})
    if template.draft is None:
        raise StaleEdit(_("This form was published or thrown away meanwhile."))
    content = content_of(template.draft)
    if found := problems(kind, content, template.default_locale):
        raise InvalidInput(" ".join(found))
    before = session.get_one(TemplateVersion, setup.template_version_id)
    version = _new_version(session, template, content, compare(kind, before.content, content), by)
    setup.template_version_id = version.id
    template.draft = None
    flag_modified(template, "draft")
    session.flush()
    record_audit(
        session,
        "template.published",
        by=by,
        subject=("template_version", version.id),
        course_id=setup.course_id,
        details={"number": version.number, "sha256": version.sha256},
    )
    return version


def _new_version(
    session: Session, template: Template, content: Json, changes: list[Json], by: Person
) -> TemplateVersion:
    last = session.scalar(_versions(template).order_by(TemplateVersion.number.desc()).limit(1))
    sha256 = content_hash(content)
    if last is not None and last.sha256 == sha256:
        return last
    version = TemplateVersion(
        template_id=template.id,
        number=last.number + 1 if last else 1,
        content=content,
        sha256=sha256,
        changes=changes,
        published_by_id=by.id,
        published_at=utc_now(),
    )
    session.add(version)
    session.flush()
    return version


def _versions(template: Template) -> Select[TemplateVersion]:
    return select(TemplateVersion).where(TemplateVersion.template_id == template.id)


def versions_of(session: Session, template: Template) -> Sequence[TemplateVersion]:
    """Return the published versions of a template, oldest first."""
    return session.scalars(_versions(template).order_by(TemplateVersion.number)).all()


@dataclass(frozen=True, kw_only=True)
class DraftMove:
    """What moving one learner's draft to another version would do."""

    record: Record
    owner: Person
    kept: Sequence[str]
    """Ids of the parts whose answers have a place in the new version."""
    orphaned: Mapping[str, str]
    """Text by id of parts that are gone: kept, and shown as an earlier answer."""


def movable_drafts(
    session: Session, setup: ActivitySetup, kind: TemplateKind
) -> Sequence[DraftMove]:
    """Return the drafts on older versions, with what a move would do to each.

    What was ever handed in is not among them: it keeps its version for ever.
    """
    version = session.get_one(TemplateVersion, setup.template_version_id)
    rows = session.execute(
        select(Record, Person)
        .join(Attempt, Attempt.id == Record.attempt_id)
        .join(Person, Person.id == Attempt.person_id)
        .join(ResourceLink, ResourceLink.id == Attempt.resource_link_id)
        .where(
            ResourceLink.setup_id == setup.id,
            Record.state == RecordState.DRAFT,
            Record.template_version_id.is_not(None),
            Record.template_version_id != version.id,
            ~select(Revision.id).where(Revision.record_id == Record.id).exists(),
        )
        .order_by(Person.name, Record.created_at)
    )
    return [_move_of(record, owner, version, kind) for record, owner in rows]


def _move_of(
    record: Record, owner: Person, version: TemplateVersion, kind: TemplateKind
) -> DraftMove:
    there = {place.path for place in places(kind.parts, version.content)}
    answers = {id: text for id, text in kind.answers(record.draft or {}).items() if text}
    return DraftMove(
        record=record,
        owner=owner,
        kept=[id for id in answers if id in there],
        orphaned={id: text for id, text in answers.items() if id not in there},
    )


def move_draft(session: Session, setup: ActivitySetup, record: Record, *, by: Person) -> None:
    """Let a draft go on with the version the activity uses now; its answers all stay.

    Raises:
        WrongState: It was handed in meanwhile.
    """
    session.refresh(record, with_for_update={"key_share": True})
    handed_in = select(Revision.id).where(Revision.record_id == record.id).limit(1)
    if record.state is not RecordState.DRAFT or session.scalar(handed_in) is not None:
        raise WrongState(_("This was handed in meanwhile, and keeps its version."))
    before, record.template_version_id = record.template_version_id, setup.template_version_id
    session.flush()
    facts = {"from": str(before), "to": str(setup.template_version_id)}
    add_move(session, record, MoveKind.MIGRATED, by=by, **facts)


def export_template(session: Session, template: Template) -> Json:
    """Return all of a template, to be read by `newest_content` here or elsewhere."""
    return {
        "format": FORMAT,
        "kind": template.kind,
        "title": template.title,
        "default_locale": template.default_locale,
        "versions": [
            {
                "number": version.number,
                "content": version.content,
                "sha256": version.sha256,
                "changes": version.changes,
            }
            for version in versions_of(session, template)
        ],
        "draft": content_of(template.draft) if template.draft else None,
    }


def newest_content(data: Any, key: str, kind: TemplateKind) -> Json:
    """Return the draft, or else the newest version, in an exported template of this kind.

    Raises:
        InvalidInput: It is no exported template, of another kind, holds none, or its content
            is not what its hash says.
    """
    _check_export(data, key, kind)
    newest = max(data["versions"], key=lambda one: int(one["number"]), default=None)
    content: Json | None = data.get("draft") or (newest["content"] if newest else None)
    if content is None:
        raise InvalidInput(_("This file holds no form."))
    return content


def _check_export(data: Any, key: str, kind: TemplateKind) -> None:
    wrong = InvalidInput(
        _("This file is not a form that was exported here."),
        next_step=_("Choose the JSON file that “Export” gave you."),
    )
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise wrong
    if data.get("kind") != key:
        raise InvalidInput(_("This file holds the form of another kind of activity."))
    try:
        contents = [given["content"] for given in data["versions"]]
        hashes = [(given["sha256"], int(given["number"])) for given in data["versions"]]
        drafts = [data["draft"]] if data.get("draft") else []
        for content in (*contents, *drafts):
            _check_content(kind, content, str(data["default_locale"]))
        ids = [content_hash(content) for content in contents]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise wrong from None
    if [sha256 for sha256, _number in hashes] != ids or not isinstance(data.get("title"), str):
        raise InvalidInput(
            _("This file was changed after it was exported."),
            next_step=_("Export the form again, and leave the file as it is."),
        )


def _check_content(kind: TemplateKind, content: Json, locale: str) -> None:
    """Look at every part, so that nothing odd gets stored.

    Raises:
        ValueError: An id is missing, stands twice or is none.
    """
    ids = [place.path for place in places(kind.parts, content)]
    parts = [place.part["id"] for place in places(kind.parts, content)]
    if len(set(ids)) != len(ids) or not all(isinstance(id, str) and id for id in parts):
        raise ValueError("ids of parts must be unique")
    problems(kind, content, locale)
