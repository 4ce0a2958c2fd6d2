"""The right to be forgotten: names and words go, hashes and facts stay and can be proved."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_tool.domain.append_only import Upkeep
from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import Contact
from lti_tool.domain.errors import WrongState
from lti_tool.domain.grading import Grade
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Move, Record, Revision
from lti_tool.domain.signing import Signature
from lti_tool.services.audit import record_audit
from lti_tool.services.blanking import Names, blank, blank_of_learner, blank_of_signer
from lti_tool.services.chains import canonical_json
from lti_tool.services.environment import environment
from lti_tool.services.personal_rows import forget_person, forget_work, statements_about
from lti_tool.services.proof_rows import Papers, read_papers


@dataclass(kw_only=True)
class Erasure:
    """What was erased of somebody, or would be: counts and ids, the text of a certificate."""

    person: str
    reason: str
    at: datetime
    counts: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    """Hashes of files that no record has any more; their bytes may go from the store."""
    statements: list[str] = field(default_factory=list)
    """Ids of statements an LRS may hold about them: pseudonymous; to be voided there."""
    held_back: list[str] = field(default_factory=list)
    """Learners on legal hold: what was signed in their records keeps the name until released."""
    mentioned_in: list[str] = field(default_factory=list)
    """Other people's records whose words still have the name: for somebody to read."""

    def count(self, what: str, number: int = 1) -> None:
        """Add to a count."""
        if number:
            self.counts[what] = self.counts.get(what, 0) + number

    def as_json(self) -> dict[str, Any]:
        """Return the certificate."""
        return asdict(self) | {"at": self.at.isoformat(timespec="seconds")}


def erase_person(session: Session, person: Person, *, reason: str) -> Erasure:
    """Forget who *person* is and what they wrote, in this transaction; say what went.

    Records of others keep what this person did to them, without the name.

    Raises:
        WrongState: They are on legal hold, or were erased before.
    """
    refuse_held(person)
    done = Erasure(person=str(person.id), reason=reason, at=utc_now())
    contact = session.get(Contact, person.id)
    names = Names([person.name, person.email, contact.email if contact else None])
    done.statements = statements_about(session, person)
    with upkeep(session, reason):
        [papers] = read_papers(session, [person.id])
        _blank_own(session, person, papers, names, done)
        _blank_acts(session, person, names, done)
        _forget_in_activities(session, list(papers.records))
        forget_work(session, list(papers.records), done.count, done.files)
        forget_person(session, person, done.count)
    done.mentioned_in = _mentions(session, person, names)
    _audit(session, person, done)
    return done


def refuse_held(person: Person) -> None:
    """Check that somebody may be erased.

    Raises:
        WrongState: They are on legal hold, or were erased before.
    """
    if person.legal_hold is not None:
        raise WrongState(
            _("This person is on legal hold, so nothing of theirs may be erased."),
            next_step=_("Release the hold first, if you are allowed to."),
        )
    if person.erased_at is not None:
        raise WrongState(_("This person was erased before."))


@contextmanager
def upkeep(session: Session, reason: str) -> Iterator[None]:
    """Open what is only ever added to, for this transaction and as long as the block lasts."""
    door = Upkeep(id=uuid4(), reason=reason)
    session.add(door)
    session.flush()
    yield
    session.flush()
    session.delete(door)
    session.flush()


def _blank_own(
    session: Session, person: Person, papers: Papers, names: Names, done: Erasure
) -> None:
    """Words in the learner's own records, whoever wrote them."""
    seals = {(seal.kind, seal.subject_id): seal for seal in papers.seals}
    erasures = papers.erasures()
    for key, row in papers.facts.items():
        seal = seals.get(key)
        stated = getattr(row, "sha256", seal.subject_sha256 if seal else "")
        values = blank_of_learner(key[0], row, names)
        if blank(
            session,
            key,
            values,
            stated=stated,
            before=erasures.get(key),
            platform_id=person.platform_id,
        ):
            done.count(f"{key[0].value}s")


def _blank_acts(session: Session, person: Person, names: Names, done: Erasure) -> None:
    """The name in what the person did to the records of others."""
    for learner_id in _learners_of(session, person):
        if session.get_one(Person, learner_id).legal_hold is not None:
            done.held_back.append(str(learner_id))
            continue
        [papers] = read_papers(session, [learner_id])
        seals = {(seal.kind, seal.subject_id): seal for seal in papers.seals}
        erasures = papers.erasures()
        for key, row in papers.facts.items():
            values = blank_of_signer(key[0], row, names) if _by(row) == person.id else {}
            seal = seals.get(key)
            stated = getattr(row, "sha256", seal.subject_sha256 if seal else "")
            before = erasures.get(key)
            where = person.platform_id
            if blank(session, key, values, stated=stated, before=before, platform_id=where):
                done.count("acts")


def _by(row: Any) -> UUID | None:
    """Who did it: signer, mover or grader; a version's author counts as its learner does."""
    for column in ("signer_id", "by_id", "author_id"):
        if hasattr(row, column):
            id: UUID | None = getattr(row, column)
            return id
    return None


def _learners_of(session: Session, person: Person) -> Sequence[UUID]:
    """Other learners with something that the person signed, moved or graded."""
    of_records = (
        select(Attempt.person_id)
        .join(Record, Record.attempt_id == Attempt.id)
        .where(
            or_(
                Record.id.in_(select(Signature.record_id).where(Signature.signer_id == person.id)),
                Record.id.in_(select(Move.record_id).where(Move.by_id == person.id)),
            )
        )
    )
    graded = (
        select(Attempt.person_id)
        .join(Grade, Grade.attempt_id == Attempt.id)
        .where(Grade.author_id == person.id)
    )
    ids = set(session.scalars(of_records)) | set(session.scalars(graded))
    return sorted(ids - {person.id})


def _forget_in_activities(session: Session, record_ids: list[UUID]) -> None:
    for plugin in environment(session).registry:
        if plugin.erase is not None:
            plugin.erase(session, record_ids)


def _mentions(session: Session, person: Person, names: Names) -> list[str]:
    """Records of others, on the same platform, whose words still name the person."""
    rows = session.execute(
        select(Revision.record_id, Revision.content, Revision.reason)
        .join(Record, Record.id == Revision.record_id)
        .join(Attempt, Attempt.id == Record.attempt_id)
        .join(Person, Person.id == Attempt.person_id)
        .where(Person.platform_id == person.platform_id, Person.id != person.id)
    )
    found = {id for id, content, why in rows if names.are_in(canonical_json(content) + why)}
    return sorted(map(str, found))


def _audit(session: Session, person: Person, done: Erasure) -> None:
    record_audit(
        session,
        "person.erased",
        by=None,
        subject=("person", person.id),
        platform_id=person.platform_id,
        details={"counts": done.counts},
    )
