"""Files as part of a record: added to a draft, taken out again, shown with what was handed in."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.database import insert_if_new
from lti_tool.domain.errors import NotFound
from lti_tool.domain.evidence import Evidence, FileState, StoredFile
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Record, Revision
from lti_tool.evidence.errors import FileRefused, NoSuchFile
from lti_tool.evidence.intake import Taken, virus_found
from lti_tool.evidence.keeping import MEGABYTE
from lti_tool.evidence.kinds import KINDS, Family, Kind
from lti_tool.evidence.store import content_key
from lti_tool.services.audit import record_audit
from lti_tool.services.environment import environment
from lti_tool.services.records import require_open
from lti_tool.services.visibility import may_see_file

NAME_LENGTH = 120


@dataclass(frozen=True, kw_only=True)
class ShownFile:
    """One file of a record as a page shows it."""

    id: UUID
    name: str
    caption: str
    kind: Kind
    size: int
    state: FileState
    stored: StoredFile
    record_id: UUID
    person_id: UUID
    """Who added it."""

    @property
    def is_picture(self) -> bool:
        """It has a copy to look at in the page."""
        return self.kind.family is Family.PICTURE

    @property
    def has_original(self) -> bool:
        """Others get a copy of it, which says less."""
        return self.stored.view_sha256 is not None

    @property
    def is_ready(self) -> bool:
        """It may be opened: nothing was found in it."""
        return self.state is FileState.CLEAN

    @property
    def download_name(self) -> str:
        """A name that is safe on every device and ends as its kind does."""
        stem = PurePosixPath(self.name).stem or "file"
        return f"{stem}{self.kind.suffix}"

    @property
    def shared_name(self) -> str:
        """The same for the copy that others get: a photo's is always a JPEG."""
        stem = PurePosixPath(self.name).stem or "file"
        return f"{stem}.jpg" if self.is_picture else self.download_name


def readable_name(name: str) -> str:
    """Return a file's name for reading: without folders, control and direction characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable()).strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    if dot and len(kept) > NAME_LENGTH:
        kept = f"{stem[: NAME_LENGTH - len(suffix) - 1]}.{suffix}"
    return kept[:NAME_LENGTH] or str(_("File without a name"))


def check_room(session: Session, record: Record, size: int) -> None:
    """Check, with the record locked, that one more file of *size* bytes may be added.

    Raises:
        FileRefused: Too many files, or no room left for this learner.
        WrongState: The record was handed in.
    """
    session.refresh(record, with_for_update=True)
    require_open(record)
    keeping = environment(session).keeping
    here = Evidence.record_id == record.id, Evidence.removed_at.is_(None)
    if (session.scalar(select(func.count()).where(*here)) or 0) >= keeping.files:
        raise FileRefused(
            _("There can be %(most)s files here, and there are.", most=keeping.files),
            next_step=_("Take one out before you add another."),
        )
    if used_bytes(session, record) + size > keeping.quota_bytes:
        raise FileRefused(
            _(
                "Your files have used up their room of %(room)s MB.",
                room=keeping.quota_bytes // MEGABYTE,
            ),
            next_step=_("Take out files that you do not need, or add smaller ones."),
        )


def used_bytes(session: Session, record: Record) -> int:
    """Return how many bytes the learner's files have, over all activities."""
    learner = select(Attempt.person_id).where(Attempt.id == record.attempt_id).scalar_subquery()
    total = (
        select(func.coalesce(func.sum(StoredFile.size), 0))
        .join(Evidence, Evidence.sha256 == StoredFile.sha256)
        .join(Record, Record.id == Evidence.record_id)
        .join(Attempt, Attempt.id == Record.attempt_id)
        .where(Attempt.person_id == learner)
    )
    return int(session.scalar(total) or 0)


def attach_file(
    session: Session, record: Record, taken: Taken, *, by: Person, id: UUID | None = None
) -> Evidence:
    """Make a kept file part of a draft; the same file twice is there once.

    Raises:
        FileRefused: No room, or the scanner blocked this very file before.
        WrongState: The record was handed in.
    """
    session.refresh(record, with_for_update=True)
    require_open(record)
    same = _files(record.id).where(Evidence.sha256 == taken.sha256, Evidence.removed_at.is_(None))
    if found := session.execute(same).first():
        known: Evidence = found[0]
        return known
    check_room(session, record, taken.size)
    _remember(session, taken)
    name = readable_name(taken.name)
    evidence = Evidence(record_id=record.id, sha256=taken.sha256, name=name, person_id=by.id)
    if id is not None:
        evidence.id = id
    session.add(evidence)
    session.flush()
    _audit(session, "evidence.added", record, evidence, by=by)
    return evidence


def _remember(session: Session, taken: Taken) -> None:
    """Keep what is known of the bytes; a scan that said clean counts for all who have them."""
    values = {
        "sha256": taken.sha256,
        "size": taken.size,
        "media_type": taken.kind.media_type,
        "state": taken.state,
        **asdict(taken.copied),
        "created_at": utc_now(),
        "checked_at": utc_now() if taken.state is FileState.CLEAN else None,
    }
    session.execute(insert_if_new(session, StoredFile).values(**values))
    stored = session.get_one(StoredFile, taken.sha256, with_for_update=True)
    if stored.state is FileState.BLOCKED:
        raise virus_found()
    if stored.state is FileState.PENDING and taken.state is FileState.CLEAN:
        stored.state, stored.checked_at = FileState.CLEAN, utc_now()


def remove_file(session: Session, record: Record, evidence_id: UUID, *, by: Person) -> None:
    """Take a file out of a draft; what was handed in with it keeps it. Twice is once.

    Raises:
        NotFound: No such file here.
        WrongState: The record was handed in.
    """
    require_open(record)
    evidence = session.get(Evidence, evidence_id)
    if evidence is None or evidence.record_id != record.id:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    if evidence.removed_at is not None:
        return
    _audit(session, "evidence.removed", record, evidence, by=by)
    if str(evidence.id) in _handed_in(session, record.id):
        evidence.removed_at = utc_now()
    else:
        session.delete(evidence)
    session.flush()


def files_of(session: Session, record: Record) -> list[ShownFile]:
    """Return the files that a record has now, drafts included, oldest first."""
    rows = session.execute(
        _files(record.id)
        .where(Evidence.removed_at.is_(None))
        .order_by(Evidence.created_at, Evidence.id)
    )
    return [_shown(evidence, stored) for evidence, stored in rows]


def files_of_revision(session: Session, revision: Revision) -> list[ShownFile]:
    """Return the files that a revision was handed in with, in its order."""
    named = [UUID(str(one["id"])) for one in revision.evidence]
    rows = session.execute(_files(revision.record_id).where(Evidence.id.in_(named)))
    found = {evidence.id: _shown(evidence, stored) for evidence, stored in rows}
    return [found[id] for id in named if id in found]


def find_file(
    session: Session, record: Record, evidence_id: UUID, *, viewer_id: UUID | None
) -> ShownFile:
    """Return a file of a record that the viewer may see already.

    A mentor with a personal link is no person of the course: their *viewer_id* is None.

    Raises:
        NotFound: Not a file of this record, or in nothing that was handed in.
    """
    row = session.execute(_files(record.id).where(Evidence.id == evidence_id)).one_or_none()
    if row is None or not may_see_file(session, record, row[0], viewer_id):
        raise NotFound(_("This page does not exist, or is not yours to see."))
    return _shown(*row)


def kept_originals(
    session: Session, *, person_id: UUID, is_staff: bool
) -> Callable[[str], Iterator[bytes] | None]:
    """Return what reads an original by its hash for a bundle, or gives None.

    As on the pages, a photo that may say where it was taken is only for who added it and for
    tutors. Files that wait for the scanner, or were blocked, are for nobody.
    """
    keeping = environment(session).keeping

    def read(sha256: str) -> Iterator[bytes] | None:
        stored = session.get(StoredFile, sha256)
        if stored is None or stored.state is not FileState.CLEAN or not keeping.is_on:
            return None
        added = select(Evidence.id).where(
            Evidence.sha256 == sha256, Evidence.person_id == person_id
        )
        tells = stored.view_sha256 is not None
        if tells and not is_staff and session.scalars(added.limit(1)).first() is None:
            return None
        try:
            return keeping.store.read(content_key(sha256), 0, stored.size)
        except NoSuchFile:  # `trellis fsck` tells of it
            return None

    return read


def _files(record_id: UUID):  # type: ignore[no-untyped-def]  # a Select of two models
    return (
        select(Evidence, StoredFile)
        .join(StoredFile, StoredFile.sha256 == Evidence.sha256)
        .where(Evidence.record_id == record_id)
    )


def _shown(evidence: Evidence, stored: StoredFile) -> ShownFile:
    return ShownFile(
        id=evidence.id,
        name=evidence.name,
        caption=evidence.caption,
        kind=KINDS[stored.media_type],
        size=stored.size,
        state=stored.state,
        stored=stored,
        record_id=evidence.record_id,
        person_id=evidence.person_id,
    )


def _handed_in(session: Session, record_id: UUID) -> set[str]:
    lists: Iterable[Sequence[dict[str, str]]] = session.scalars(
        select(Revision.evidence).where(Revision.record_id == record_id)
    )
    return {one["id"] for files in lists for one in files}


def _audit(
    session: Session, action: str, record: Record, evidence: Evidence, *, by: Person
) -> None:
    facts = {"sha256": evidence.sha256}
    subject = ("evidence", evidence.id)
    record_audit(session, action, by=by, subject=subject, record=record, details=facts)
