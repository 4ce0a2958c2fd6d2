"""Where bytes are kept: one interface, on a disk or in a bucket.

Content lies under its own SHA-256, pieces of unfinished uploads under the upload's id. No
name that a person chose is ever part of a key.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import make_url

from config.settings import Settings

CHUNK = 256 * 1024
"""Bytes that are held in memory at a time."""

CONTENT, PIECES = "content/", "pieces/"
"""What keys begin with."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """One thing in the store."""

    key: str
    size: int
    changed_at: datetime
    """When it was last put, even if it had been there before."""


class Store(Protocol):
    """Keeps bytes under keys of ours. Every method may raise `errors.StoreProblem`."""

    def put(self, key: str, content: BinaryIO) -> None:
        """Keep all of *content*; it is there whole afterwards, or not at all."""

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """Yield *length* bytes from *start*; raises NoSuchFile at the call, not later."""

    def size(self, key: str) -> int:
        """Return how many bytes are kept; raises NoSuchFile."""

    def delete(self, keys: Iterable[str]) -> None:
        """Forget *keys*; those that are not there do not matter."""

    def list(self, prefix: str) -> Iterator[Stored]:
        """Yield what lies under *prefix*, in no certain order."""


def content_key(sha256: str) -> str:
    """Return where content of this hash lies: ``content/ab/cd/abcd...``."""
    return f"{CONTENT}{sha256[:2]}/{sha256[2:4]}/{sha256}"


def piece_key(upload_id: UUID, offset: int) -> str:
    """Return where one piece of an upload lies."""
    return f"{PIECES}{upload_id.hex}/{offset:012}"


def open_store(settings: Settings) -> Store | None:
    """Return the store of this installation, or None where nobody has said where files go.

    Without TRELLIS_EVIDENCE_URL it is the folder ``evidence`` beside a SQLite database;
    PostgreSQL has no such place that all web servers share.

    Raises:
        ValueError: The address cannot be used; the text says why.
    """
    url = urlsplit(settings.evidence_url)
    if url.scheme == "s3":
        from lti_tool.evidence.s3 import BucketStore

        secret = settings.evidence_secret.get_secret_value()
        return BucketStore.at(settings.evidence_url, key=settings.evidence_key, secret=secret)
    folder = Path(unquote(url.path)) if url.scheme == "file" else _beside(settings.database_url)
    if folder is None:
        return None
    from lti_tool.evidence.disk import DiskStore

    return DiskStore(folder)


def _beside(database_url: str) -> Path | None:
    parsed = make_url(database_url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, ":memory:")
    return Path(str(parsed.database)).parent / "evidence" if is_file else None
