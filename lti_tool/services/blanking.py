"""Which words of a sealed fact go when somebody is erased, and what is said of it afterwards.

The hash of the fact stays, and so does everything about *that* it happened: who (by id), when,
as what, by which method. A line of the trail attests the hash of what was left, so that
nobody can use an erasure to slip in other words: see `verification`.
"""

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.grading import Grade
from lti_tool.domain.records import Move, Record, Revision
from lti_tool.domain.signing import SealKind, Signature
from lti_tool.services.audit import record_audit
from lti_tool.services.chains import content_hash
from lti_tool.services.proof_rows import Key, words_of

GONE = "…"
"""Stands where a name was."""
MODELS: dict[SealKind, Any] = {
    SealKind.REVISION: Revision,
    SealKind.SIGNATURE: Signature,
    SealKind.MOVE: Move,
    SealKind.GRADE: Grade,
}


class Names:
    """The names of somebody, to be found in what others wrote."""

    def __init__(self, names: Iterable[str | None]) -> None:
        """Look for each whole name however it is spelt, and for its parts as they are spelt.

        Only parts of three letters or more with a capital count: "den" in "van den Berg" is
        also a word of its own.
        """
        whole = sorted({name for name in names if name}, key=len, reverse=True)
        parts = {part for name in whole for part in name.split()}
        wanted = [f"(?i:{_alone(name)})" for name in whole]
        wanted += [_alone(part) for part in parts if len(part) > 2 and part[0].isupper()]
        self._pattern = re.compile("|".join(wanted) or r"(?!)")

    def are_in(self, text: object) -> bool:
        """Say whether *text* names them."""
        return self._pattern.search(str(text)) is not None

    def out_of(self, text: str) -> str:
        """Return *text* with an ellipsis for every name."""
        return self._pattern.sub(GONE, text)


def _alone(name: str) -> str:
    return rf"(?<!\w){re.escape(name)}(?!\w)"


def blank_of_learner(kind: SealKind, fact: Any, names: Names) -> Json:
    """Return the new values of a fact in an erased learner's own records."""
    if kind is SealKind.REVISION:
        return {"content": {}, "reason": "", "evidence": []}
    if kind is SealKind.SIGNATURE:
        return {"comment": "", "wording": names.out_of(fact.wording), "device_mark": None}
    return {"reason": ""} if kind is SealKind.MOVE else {"comment": ""}


def blank_of_signer(kind: SealKind, fact: Any, names: Names) -> Json:
    """Return the new values of what an erased mentor or tutor did to somebody else's record.

    Their words about the learner are part of the learner's record and stay, without the name.
    """
    if kind is SealKind.SIGNATURE:
        return {
            "signer_name": GONE,
            "comment": names.out_of(fact.comment),
            "wording": names.out_of(fact.wording),
            "device_mark": None,
        }
    if kind is SealKind.MOVE:
        return {"reason": names.out_of(fact.reason)}
    return {"comment": names.out_of(fact.comment)} if kind is SealKind.GRADE else {}


def blank(
    session: Session, key: Key, values: Json, *, stated: str, before: Any, platform_id: UUID
) -> bool:
    """Write *values* over a fact and attest it; False where nothing would change.

    *stated* is the hash under which it was sealed; *before* the line of an earlier erasure.
    Needs a row in `upkeep`.
    """
    fact = session.get_one(MODELS[key[0]], key[1])
    if all(getattr(fact, name) == value for name, value in values.items()):
        return False
    was_intact = _is_intact(key, fact, stated, before)
    for name, value in values.items():
        setattr(fact, name, value)
    if key[0] is SealKind.REVISION:
        fact.erased_at = utc_now()
    session.flush()
    record = session.get_one(Record, fact.record_id) if key[0] is not SealKind.GRADE else None
    record_audit(
        session,
        "record.erased" if record else "grade.erased",
        by=None,
        subject=(key[0].value, key[1]),
        record=record,
        platform_id=platform_id,
        details={
            "sha256": stated,
            "remains": content_hash(words_of(key[0], fact)),
            "was_intact": was_intact,
        },
    )
    return True


def _is_intact(key: Key, fact: Any, stated: str, before: Any) -> bool:
    """Whether the fact still is what was sealed, or what an earlier erasure left of it."""
    computed = content_hash(words_of(key[0], fact))
    if before is None:
        return computed == stated
    said = before.details
    return said.get("was_intact") is True and said.get("remains") == computed
