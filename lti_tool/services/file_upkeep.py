"""Looking after files: what waits for the scanner, what ran out, what nobody names any more."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from tempfile import TemporaryFile
from uuid import UUID

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.exc import IntegrityError

from lti_tool.domain.base import utc_now
from lti_tool.domain.database import Database
from lti_tool.domain.evidence import Evidence, FileState, StoredFile, Upload
from lti_tool.evidence.disk import UNFINISHED
from lti_tool.evidence.errors import NoSuchFile, StoreProblem
from lti_tool.evidence.keeping import Keeping
from lti_tool.evidence.scanning import Verdict, scan
from lti_tool.evidence.store import CONTENT, PIECES, Store, Stored, content_key

ORPHAN_AGE = timedelta(days=1)
"""Younger bytes may belong to a change that is being written right now."""
SCANNED_AT_ONCE = 100

_VERDICTS = {Verdict.CLEAN: FileState.CLEAN, Verdict.BLOCKED: FileState.BLOCKED}


def scan_waiting(database: Database, keeping: Keeping) -> int:
    """Ask the scanner about files that still wait; return how many are decided now."""
    if not (keeping.is_on and keeping.scan_command):
        return 0
    waits = select(StoredFile.sha256, StoredFile.size).where(StoredFile.state == FileState.PENDING)
    with database.reading() as session:
        waiting = session.execute(
            waits.order_by(StoredFile.created_at).limit(SCANNED_AT_ONCE)
        ).all()
    return sum(_decide(database, keeping, sha256, size) for sha256, size in waiting)


def _decide(database: Database, keeping: Keeping, sha256: str, size: int) -> bool:
    with TemporaryFile() as whole:
        try:
            for chunk in keeping.store.read(content_key(sha256), 0, size):
                whole.write(chunk)
        except (NoSuchFile, StoreProblem):
            return False  # `trellis fsck` tells of it
        state = _VERDICTS.get(scan(keeping.scan_command, whole))
    if state is None:
        return False
    with database.transaction() as session:
        stored = session.get(StoredFile, sha256)
        if stored is not None:
            stored.state, stored.checked_at = state, utc_now()
    return True


def drop_expired(database: Database, keeping: Keeping) -> int:
    """Forget uploads that were never finished, with their pieces; return how many."""
    with database.transaction() as session:
        old = delete(Upload).where(Upload.expires_at <= utc_now()).returning(Upload.id)
        gone = list(session.scalars(old))
    if keeping.is_on:
        for id in gone:
            _delete_pieces(keeping.store, id)
    return len(gone)


def _delete_pieces(store: Store, upload_id: UUID) -> None:
    found = [one.key for one in store.list(f"{PIECES}{upload_id.hex}/")]
    store.delete(found)


def forget_unused(database: Database) -> int:
    """Forget rows of files that no record has had for a day; return how many.

    Their bytes become orphans, which `trellis fsck --delete-orphans` removes.
    """
    unused = (
        StoredFile.created_at < utc_now() - ORPHAN_AGE,
        ~exists().where(Evidence.sha256 == StoredFile.sha256),
    )
    try:
        with database.transaction() as session:
            gone = session.scalars(delete(StoredFile).where(*unused).returning(StoredFile.sha256))
            return len(list(gone))
    except IntegrityError:  # somebody added one of them this very moment
        return 0


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What is wrong in the store, as keys or hashes."""

    checked: int = 0
    missing: list[str] = field(default_factory=list)
    """Hashes that rows name and the store does not hold."""
    changed: list[str] = field(default_factory=list)
    """Hashes whose bytes are not those any more."""
    orphans: list[str] = field(default_factory=list)
    """Keys that nothing names, older than a day."""

    @property
    def is_whole(self) -> bool:
        """Nothing that a record names is missing or changed."""
        return not self.missing and not self.changed


def check_files(database: Database, store: Store) -> Findings:
    """Return what is missing, changed or left over; reads every byte once."""
    with database.reading() as session:
        columns = StoredFile.sha256, StoredFile.view_sha256, StoredFile.thumbnail_sha256
        wanted = {sha for row in session.execute(select(*columns)) for sha in row if sha}
        uploads = {id.hex for id in session.scalars(select(Upload.id))}
    states = {sha256: problem_of(store, sha256) for sha256 in sorted(wanted)}
    return Findings(
        checked=len(wanted),
        missing=[sha for sha, state in states.items() if state == "missing"],
        changed=[sha for sha, state in states.items() if state == "changed"],
        orphans=list(_orphans(store, wanted, uploads)),
    )


def problem_of(store: Store, sha256: str) -> str | None:
    """Return what is wrong with stored bytes: ``missing``, ``changed`` or nothing."""
    key, digest = content_key(sha256), hashlib.sha256()
    try:
        for chunk in store.read(key, 0, store.size(key)):
            digest.update(chunk)
    except NoSuchFile:
        return "missing"
    return None if digest.hexdigest() == sha256 else "changed"


def _orphans(store: Store, wanted: set[str], uploads: set[str]) -> Iterator[str]:
    young = utc_now() - ORPHAN_AGE

    def is_needed(one: Stored) -> bool:
        parts = one.key.split("/")
        if one.key.startswith(PIECES):
            return parts[1] in uploads
        return one.key.startswith(CONTENT) and parts[-1] in wanted

    for prefix in (CONTENT, PIECES, UNFINISHED):
        for one in store.list(prefix):
            if one.changed_at < young and not is_needed(one):
                yield one.key


def delete_still_unused(database: Database, store: Store, keys: Sequence[str]) -> None:
    """Delete orphans, each only if it still is one: a photo may have come in again meanwhile.

    Whoever adds a file stores its bytes anew before the row that names them commits, so bytes
    that are old and unnamed at this moment belong to nobody.
    """
    for key in keys:
        folder, _slash, sha256 = key.rpartition("/")
        with database.reading() as session:
            is_named = exists().where(
                or_(
                    StoredFile.sha256 == sha256,
                    StoredFile.view_sha256 == sha256,
                    StoredFile.thumbnail_sha256 == sha256,
                )
            )
            if session.scalar(is_named.select()):
                continue
        young = utc_now() - ORPHAN_AGE
        if any(one.key == key and one.changed_at < young for one in store.list(f"{folder}/")):
            store.delete([key])
