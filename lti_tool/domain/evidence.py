"""Files that prove practice: content-addressed, checked, and tied to a record."""

import enum
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.domain.base import Base, text_enum, utc_now


class FileState(enum.StrEnum):
    """Whether a stored file may be shown."""

    PENDING = "pending"
    """Not scanned yet."""
    CLEAN = "clean"
    BLOCKED = "blocked"


class StoredFile(Base):
    """Bytes in the store, by their hash; the original, never changed."""

    __tablename__ = "stored_file"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    """As sniffed from the bytes, whatever the name said."""
    state: Mapped[FileState] = mapped_column(text_enum(FileState), default=FileState.PENDING)
    view_sha256: Mapped[str | None]
    """A copy for viewing, encoded anew without location; images only."""
    thumbnail_sha256: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Evidence(Base):
    """A file as part of a record. What a revision was submitted with stands in the revision."""

    __tablename__ = "evidence"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    record_id: Mapped[UUID] = mapped_column(ForeignKey("record.id"), index=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), index=True)
    name: Mapped[str]
    """What the person's device called it, for reading only; never a path on our disk."""
    caption: Mapped[str] = mapped_column(default="")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    removed_at: Mapped[datetime | None]
    """Taken out of the draft; a revision that names it keeps the bytes."""


class Upload(Base):
    """A file that is still coming in, in pieces, and can go on after a break."""

    __tablename__ = "upload"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    record_id: Mapped[UUID] = mapped_column(ForeignKey("record.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str] = mapped_column(default="")
    """As the sending device counted it; tells whether a file goes on or is another one."""
    evidence_id: Mapped[UUID | None]
    """What it became, so that a repeated last piece gets the same answer."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
