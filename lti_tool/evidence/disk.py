"""Files on a local disk: written aside, flushed to the disk, then named."""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from lti_tool.evidence.errors import NoSuchFile, store_is_away, store_is_full
from lti_tool.evidence.store import CHUNK, Stored

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
UNFINISHED = "unfinished/"
"""Where files lie while they are written; a crash may leave some there."""


class DiskStore:
    """A folder. Readable by its owner only; may be shared by web servers (NFS, say)."""

    def __init__(self, folder: Path) -> None:
        """Use *folder*, which is made at the first write."""
        self.folder = folder

    def put(self, key: str, content: BinaryIO) -> None:
        """Keep *content*: temporary file, fsync, rename, fsync of the folder."""
        goal = self.folder / key
        aside = self.folder / UNFINISHED
        with _in_words():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (aside, *reversed(goal.parents)):
                if self.folder in folder.parents:
                    folder.mkdir(mode=0o700, exist_ok=True)
            with NamedTemporaryFile(dir=aside, delete=False) as new:
                try:
                    shutil.copyfileobj(content, new, CHUNK)
                    new.flush()
                    os.fsync(new.fileno())
                    os.replace(new.name, goal)
                except BaseException:
                    Path(new.name).unlink(missing_ok=True)
                    raise
            _flush_names(goal.parent, self.folder)

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """Yield a part of a file."""
        self.size(key)
        return _chunks(self.folder / key, start, length)

    def size(self, key: str) -> int:
        """Return a file's size in bytes."""
        with _in_words(key):
            return (self.folder / key).stat().st_size

    def delete(self, keys: Iterable[str]) -> None:
        """Remove files, and folders that become empty."""
        for key in keys:
            path = self.folder / key
            with _in_words():
                path.unlink(missing_ok=True)
            with suppress(OSError):
                path.parent.rmdir()

    def list(self, prefix: str) -> Iterator[Stored]:
        """Yield the files under a folder."""
        for path in sorted((self.folder / prefix).rglob("*")):
            with suppress(FileNotFoundError):
                found = path.stat()
                if path.is_file():
                    yield Stored(
                        key=path.relative_to(self.folder).as_posix(),
                        size=found.st_size,
                        changed_at=datetime.fromtimestamp(found.st_mtime, UTC),
                    )


def _chunks(path: Path, start: int, length: int) -> Iterator[bytes]:
    """Open the file only when it is read: an answer to HEAD never is, nor ever closed."""
    with path.open("rb") as file:
        file.seek(start)
        while length > 0 and (chunk := file.read(min(CHUNK, length))):
            length -= len(chunk)
            yield chunk


def _flush_names(folder: Path, root: Path) -> None:
    """Make new names last through a power cut, up to the store's own folder."""
    for place in (folder, *folder.parents):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if place == root:
            return


@contextmanager
def _in_words(key: str | None = None) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        if key is None:
            raise store_is_away() from error
        raise NoSuchFile(key) from None
    except OSError as error:
        raise (store_is_full() if error.errno in _FULL else store_is_away()) from error
