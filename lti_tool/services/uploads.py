"""Files that come in piece by piece, and go on after a break.

A piece always has 1 MB, the last one what is left. What is there is decided by the row, so
that a piece that comes twice, from two tabs or after a lost answer, counts once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.errors import NotFound, StaleEdit
from lti_tool.domain.evidence import Evidence, Upload
from lti_tool.domain.people import Person
from lti_tool.domain.records import Record
from lti_tool.evidence.errors import NoSuchFile, damaged
from lti_tool.evidence.intake import Taken, too_big
from lti_tool.evidence.keeping import Keeping
from lti_tool.evidence.kinds import ACCEPT
from lti_tool.evidence.store import Store, piece_key
from lti_tool.services.environment import environment
from lti_tool.services.evidence import (
    ShownFile,
    attach_file,
    check_room,
    files_of,
    readable_name,
)


@dataclass(frozen=True, kw_only=True)
class EvidenceBox:
    """What a form needs to show and take the files of a draft."""

    record_id: UUID
    files: list[ShownFile]
    unfinished: Sequence[Upload]
    """Uploads that stopped and can go on, once the same file is chosen again."""
    keeping: Keeping
    accept: str = ACCEPT
    """For the file field."""


def evidence_box(session: Session, record: Record) -> EvidenceBox:
    """Return the files of a draft, with what is still on its way and the limits."""
    stopped = select(Upload).where(
        Upload.record_id == record.id,
        Upload.evidence_id.is_(None),
        Upload.received > 0,
        Upload.sha256 != "",
        Upload.expires_at > utc_now(),
    )
    return EvidenceBox(
        record_id=record.id,
        files=files_of(session, record),
        unfinished=session.scalars(stopped.order_by(Upload.created_at)).all(),
        keeping=environment(session).keeping,
    )


PIECE = 1024 * 1024
"""Bytes of a piece."""
KEPT = timedelta(days=1)
"""How long an unfinished upload can go on."""


def begin_upload(
    session: Session, record: Record, *, by: Person, name: str, size: int, sha256: str
) -> Upload:
    """Return a new upload, or the unfinished one of the same bytes, to go on with.

    *sha256* is what the device counted, or '' where it could not; only with it can an
    upload go on after the page was loaded anew.

    Raises:
        FileRefused: Too big, or no room.
        WrongState: The record was handed in.
    """
    limit = environment(session).keeping.file_bytes
    if size > limit:
        raise too_big(limit)
    if size <= 0:
        raise damaged()
    check_room(session, record, size)
    if sha256 and (known := _unfinished(session, record, by, size, sha256)):
        return known
    upload = Upload(
        record_id=record.id,
        person_id=by.id,
        name=readable_name(name),
        size=size,
        received=0,
        sha256=sha256,
        expires_at=utc_now() + KEPT,
    )
    session.add(upload)
    session.flush()
    return upload


def _unfinished(
    session: Session, record: Record, by: Person, size: int, sha256: str
) -> Upload | None:
    mine = select(Upload).where(
        Upload.record_id == record.id,
        Upload.person_id == by.id,
        Upload.sha256 == sha256,
        Upload.size == size,
        Upload.evidence_id.is_(None),
        Upload.expires_at > utc_now(),
    )
    return session.scalars(mine.order_by(Upload.created_at).limit(1)).first()


def find_upload(session: Session, record: Record, upload_id: UUID, *, by_id: UUID) -> Upload:
    """Return somebody's own upload to this record.

    Raises:
        NotFound: There is none, or it has expired.
    """
    upload = session.get(Upload, upload_id)
    if (
        upload is None
        or (upload.record_id, upload.person_id) != (record.id, by_id)
        or upload.expires_at <= utc_now()
    ):
        raise NotFound(_("This page does not exist, or is not yours to see."))
    return upload


def is_new_piece(upload: Upload, offset: int, length: int) -> bool:
    """Say whether this is the piece that is wanted next; False if it is there already.

    Raises:
        StaleEdit: Another one is wanted; the sender asks how far it is.
    """
    fits = offset % PIECE == 0 and length == min(PIECE, upload.size - offset)
    if not fits or offset > upload.received:
        raise StaleEdit(_("A part of this file is missing."))
    return offset == upload.received


def note_piece(session: Session, upload: Upload, offset: int, length: int) -> int:
    """Count a piece whose bytes are in the store; return how many bytes there are now."""
    session.execute(
        update(Upload)
        .where(Upload.id == upload.id, Upload.received == offset)
        .values(received=offset + length, expires_at=utc_now() + KEPT)
        .execution_options(synchronize_session=False)
    )
    return session.scalars(select(Upload.received).where(Upload.id == upload.id)).one()


def pieces(store: Store, upload: Upload) -> Iterator[bytes]:
    """Yield the whole file, piece by piece, as it lies in the store.

    Raises:
        FileRefused: A piece is gone.
    """
    for key, length in _pieces_of(upload):
        try:
            yield from store.read(key, 0, length)
        except NoSuchFile:
            raise damaged() from None


def piece_keys(upload: Upload) -> list[str]:
    """Return where all pieces of an upload lie."""
    return [key for key, _length in _pieces_of(upload)]


def _pieces_of(upload: Upload) -> Iterator[tuple[str, int]]:
    for offset in range(0, upload.size, PIECE):
        length = min(PIECE, upload.size - offset)
        yield piece_key(upload.id, offset), length


def finish_upload(
    session: Session, record: Record, upload_id: UUID, taken: Taken, *, by: Person
) -> Evidence:
    """Make a finished upload part of the record, once, however often the last piece comes.

    Raises:
        FileRefused: No room.
        WrongState: The record was handed in.
    """
    upload = session.get_one(Upload, upload_id, with_for_update=True, populate_existing=True)
    if upload.evidence_id is not None and (done := session.get(Evidence, upload.evidence_id)):
        return done
    evidence = attach_file(session, record, taken, by=by)
    upload.evidence_id = evidence.id
    session.flush()
    return evidence


def drop_upload(session: Session, upload: Upload) -> list[str]:
    """Forget an upload; return the keys of its pieces, to delete after the commit."""
    keys = piece_keys(upload)
    session.delete(upload)
    session.flush()
    return keys
