"""Signatures on revisions, and the chain of seals that proves what stood when.

Both are only ever added. Withdrawing a signature is one more signature.
"""

import enum
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.domain.append_only import only_added_to
from lti_tool.domain.base import JSON_TYPE, Base, text_enum, utc_now
from lti_tool.domain.people import Person
from lti_tool.domain.roles import Role


class Decision(enum.StrEnum):
    """What a signer said of a revision."""

    CONFIRMED = "confirmed"
    RETURNED = "returned"
    OBSERVED = "observed"
    ASSESSED = "assessed"
    WAIVED = "waived"
    """A tutor lets it count although the signer cannot be reached; the comment says why."""
    WITHDRAWN = "withdrawn"
    """Takes an earlier signature back; the comment says why."""


class Capacity(enum.StrEnum):
    """How a signer knows what they sign."""

    SAW_IT = "saw_it"
    SAW_RESULT = "saw_result"
    TOLD = "told"


class Method(enum.StrEnum):
    """How it is known that the signer is who they are; what each is worth is shown with it."""

    LAUNCH = "launch"
    """Signed in at the platform."""
    MAIL_LINK = "mail_link"
    """Opened a personal link that was sent to the address a tutor approved."""
    MAIL_CODE = "mail_code"
    """The same, with a code sent to that mailbox at the moment of signing."""
    HANDOVER = "handover"
    """On the learner's device, in the learner's presence, with a receipt by mail."""


@dataclass(frozen=True, kw_only=True)
class Signing:
    """Who decides, as what, how that is known, and what was on the screen."""

    signer: Person
    role: Role
    locale: str
    """Language of the page."""
    seen_sha256: str
    """Hash of the revision that was on the signer's screen."""
    wording: str = ""
    """The exact statement above the button."""
    capacity: Capacity | None = None
    comment: str = ""
    method: Method = Method.LAUNCH
    link_id: UUID | None = None
    device_mark: str | None = None
    flags: tuple[str, ...] = ()
    wants_receipt: bool = False
    """Mail the signer at once what was signed in their name."""


class Signature(Base):
    """Somebody's word on one revision, with all that was on the screen when it was given."""

    __tablename__ = "signature"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    record_id: Mapped[UUID] = mapped_column(ForeignKey("record.id"), index=True)
    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revision.id"))
    revision_sha256: Mapped[str]
    signer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    signer_name: Mapped[str]
    """What the signer was called then."""
    role: Mapped[Role] = mapped_column(text_enum(Role))
    """As whom: mentor, tutor, assessor or trainee at that moment."""
    capacity: Mapped[Capacity | None] = mapped_column(text_enum(Capacity))
    decision: Mapped[Decision] = mapped_column(text_enum(Decision))
    wording: Mapped[str] = mapped_column(Text)
    """The exact statement that was signed, in the language of `locale`."""
    comment: Mapped[str] = mapped_column(Text, default="")
    locale: Mapped[str]
    happened_on: Mapped[date | None]
    """The day that the record is about; `signed_at` is the day it was signed."""
    method: Mapped[Method] = mapped_column(text_enum(Method))
    link_id: Mapped[UUID | None] = mapped_column(ForeignKey("mentor_link.id"))
    device_mark: Mapped[str | None]
    """Keyed hash of browser and truncated address; two equal ones hint at one device."""
    flags: Mapped[list[Any]] = mapped_column(JSON_TYPE, default=list)
    """Codes of what a tutor should look at: same_device, same_address, free_mail, quick."""
    withdraws_id: Mapped[UUID | None] = mapped_column(ForeignKey("signature.id"), unique=True)
    sha256: Mapped[str]
    """Of `services.signing.statement_of`: everything above, hexadecimal."""
    signed_at: Mapped[datetime] = mapped_column(default=utc_now)


class Told(Base):
    """A statement that an LRS is told because of a signature: taken back with it."""

    __tablename__ = "told"

    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    """The id of the delivery, which may be forgotten sooner than this."""
    signature_id: Mapped[UUID] = mapped_column(ForeignKey("signature.id"), index=True)


class SealKind(enum.StrEnum):
    """What a seal holds fast."""

    REVISION = "revision"
    SIGNATURE = "signature"
    MOVE = "move"
    GRADE = "grade"


class Seal(Base):
    """One link of a learner's chain: nothing before it can be changed or left out unseen."""

    __tablename__ = "seal"
    __table_args__ = (
        UniqueConstraint("person_id", "number"),
        UniqueConstraint("kind", "subject_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    """The learner whose chain it is."""
    number: Mapped[int]
    kind: Mapped[SealKind] = mapped_column(text_enum(SealKind))
    subject_id: Mapped[UUID]
    subject_sha256: Mapped[str]
    previous_sha256: Mapped[str]
    """Empty for the first of a chain."""
    sha256: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class SealHead(Base):
    """The last link of each chain; locked by whoever adds the next."""

    __tablename__ = "seal_head"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    number: Mapped[int]
    sha256: Mapped[str]


for _model in (Signature, Seal):
    only_added_to(_model)
