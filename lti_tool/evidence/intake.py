"""Taking a file in: counted, hashed, recognised, scanned, copied, and only then kept.

All of it happens before and outside any transaction. A crash in between leaves bytes that no
row names, which `trellis fsck` finds; never a row without bytes.
"""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO

from flask_babel import gettext as _

from lti_tool.domain.evidence import FileState
from lti_tool.evidence.errors import FileRefused, damaged
from lti_tool.evidence.films import without_places
from lti_tool.evidence.keeping import MEGABYTE, Keeping
from lti_tool.evidence.kinds import Family, Kind
from lti_tool.evidence.pictures import can_read_heic, make_copies
from lti_tool.evidence.scanning import Verdict, scan
from lti_tool.evidence.sniffing import sniff
from lti_tool.evidence.store import Store, content_key


@dataclass(frozen=True, kw_only=True)
class Copied:
    """What others get to see instead of the file itself."""

    view_sha256: str | None = None
    thumbnail_sha256: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A file whose bytes are safe in the store."""

    name: str
    kind: Kind
    sha256: str
    size: int
    state: FileState
    copied: Copied


def take_in(
    keeping: Keeping, chunks: Iterable[bytes], name: str, *, expected_sha256: str = ""
) -> Taken:
    """Check a file and keep its bytes; *name* is for reading only.

    Raises:
        FileRefused: Empty, too big, damaged, of a wrong kind, or with a virus.
        StoreProblem: It could not be kept.
    """
    store = keeping.store
    with TemporaryFile() as whole:
        size, sha256 = _copy(chunks, whole, keeping.file_bytes)
        if expected_sha256 and expected_sha256 != sha256:
            raise damaged()
        kind = sniff(whole, name)
        state = _scanned(keeping, whole)
        copies = _copies(store, kind, whole)
        whole.seek(0)
        store.put(content_key(sha256), whole)
    return Taken(name=name, kind=kind, sha256=sha256, size=size, state=state, copied=copies)


def too_big(limit: int) -> FileRefused:
    """Return what to raise for a file of more than *limit* bytes."""
    megabytes = limit // MEGABYTE
    return FileRefused(
        _("This file is too big. A file may have %(limit)s MB.", limit=megabytes),
        next_step=_("Make it smaller or shorter, then add it again."),
    )


def _copy(chunks: Iterable[bytes], whole: BinaryIO, limit: int) -> tuple[int, str]:
    """Write the chunks to a file; return their number of bytes and hash."""
    size, digest = 0, hashlib.sha256()
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise too_big(limit)
        digest.update(chunk)
        whole.write(chunk)
    if not size:
        raise FileRefused(_("This file is empty."), next_step=_("Check it, then add it again."))
    return size, digest.hexdigest()


def _scanned(keeping: Keeping, whole: BinaryIO) -> FileState:
    verdict = scan(keeping.scan_command, whole)
    if verdict is Verdict.BLOCKED:
        raise virus_found()
    return FileState.CLEAN if verdict is Verdict.CLEAN else FileState.PENDING


def virus_found() -> FileRefused:
    """Return what to raise for a file that the scanner blocks."""
    return FileRefused(
        _("A virus was found in this file. It was not kept."),
        next_step=_("Delete it on your device, and tell the people who look after it."),
    )


def _copies(store: Store, kind: Kind, whole: BinaryIO) -> Copied:
    """Keep what others get to see, if that is not the file itself."""
    if kind.family is Family.PICTURE:
        return _of_picture(store, kind, whole)
    if kind.media_type in ("video/mp4", "video/quicktime", "audio/mp4"):
        with TemporaryFile() as clean:
            if without_places(whole, clean):
                return Copied(view_sha256=_keep(store, clean))
    return Copied()


def _of_picture(store: Store, kind: Kind, whole: BinaryIO) -> Copied:
    if kind.media_type == "image/heic" and not can_read_heic():
        raise FileRefused(
            _("Photos in the format HEIC cannot be shown here."),
            next_step=_("Save the photo as JPEG, then add it again."),
        )
    made = make_copies(whole)
    return Copied(
        view_sha256=_keep(store, io.BytesIO(made.view)),
        thumbnail_sha256=_keep(store, io.BytesIO(made.thumbnail)),
        width=made.width,
        height=made.height,
    )


def _keep(store: Store, file: BinaryIO) -> str:
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    store.put(content_key(sha256), file)
    return sha256
