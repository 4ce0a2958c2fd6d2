"""How long `trellis verify` takes: 10,000 signed records of 100 learners, by default.

python -m tests.bench.verifying [records] [database url]
"""

import sys
import tempfile
import time
from datetime import date
from uuid import uuid4

from sqlalchemy.orm import Session

from lti_tool.domain.audit import ActorKind, AuditEvent, AuditHead
from lti_tool.domain.base import utc_now
from lti_tool.domain.database import Database
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Record, Revision, attempt_id
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Decision, Method, Seal, SealHead, SealKind, Signature
from lti_tool.migrations.runner import upgrade
from lti_tool.plugins import discover
from lti_tool.services.audit import line_of
from lti_tool.services.audit_check import verify_trail
from lti_tool.services.chains import content_hash
from lti_tool.services.environment import Environment
from lti_tool.services.proof_rows import learners
from lti_tool.services.revisions import envelope
from lti_tool.services.sealing import link_of
from lti_tool.services.signing import statement_of
from lti_tool.services.verification import verify_learners
from tests.records.library import WORDING, Library, library

EACH = 100
"""Records of one learner."""
TEXT = "We planned how I open the bakery on Monday. Next time I do it alone. " * 12


class Furnisher:
    """Writes rows as the kernel would, in bulk."""

    def __init__(self, shelves: Library) -> None:
        self.shelves, self.session = shelves, shelves.session
        self.number, self.before = 0, ""

    def learner(self) -> None:
        person = Person(id=uuid4(), platform_id=self.shelves.platform.id, sub=uuid4().hex)
        self.session.add(person)
        self.session.flush()
        id = attempt_id(self.shelves.link.id, person.id)
        link = self.shelves.link.id
        self.session.add(Attempt(id=id, resource_link_id=link, person_id=person.id))
        chain = ["", 0]
        rows = []
        for _ in range(EACH):
            rows += self._record(id, person, chain)
        for kind in (Record, Revision, Signature, Seal, AuditEvent):
            self.session.add_all(row for row in rows if isinstance(row, kind))
            self.session.flush()
        self.session.add(SealHead(person_id=person.id, number=chain[1], sha256=chain[0]))
        self.session.flush()
        self.session.expunge_all()

    def _record(self, attempt, person, chain):
        version = self.shelves.version.id
        common = {"template_version_id": version, "author_id": person.id}
        record = Record(id=uuid4(), attempt_id=attempt, kind="logbook_entry", **common)
        revision = Revision(
            id=uuid4(),
            record_id=record.id,
            template_sha256=self.shelves.version.sha256,
            number=1,
            content={"practised_on": "2026-01-20", "duration_minutes": 45, "texts": {"s": TEXT}},
            happened_on=date(2026, 1, 20),
            locale="en",
            evidence=[],
            reason="",
            created_at=utc_now(),
            **common,
        )
        revision.sha256 = content_hash(envelope(revision))
        signature = self._signature(record, revision)
        facts = ((SealKind.REVISION, revision), (SealKind.SIGNATURE, signature))
        seals = [self._seal(kind, fact, person, chain) for kind, fact in facts]
        lines = [self._line(kind, fact, record) for kind, fact in facts]
        return [record, revision, signature, *seals, *lines]

    def _signature(self, record, revision):
        signature = Signature(
            id=uuid4(),
            record_id=record.id,
            revision_id=revision.id,
            revision_sha256=revision.sha256,
            signer_id=self.shelves.mentor.id,
            signer_name="Meera Mentor",
            role=Role.MENTOR,
            decision=Decision.CONFIRMED,
            wording=WORDING,
            comment="",
            locale="en",
            happened_on=revision.happened_on,
            method=Method.LAUNCH,
            flags=[],
            signed_at=utc_now(),
        )
        signature.sha256 = content_hash(statement_of(signature))
        return signature

    def _seal(self, kind, fact, person, chain):
        seal = Seal(
            id=uuid4(),
            person_id=person.id,
            number=chain[1] + 1,
            kind=kind,
            subject_id=fact.id,
            subject_sha256=fact.sha256,
            previous_sha256=chain[0],
            created_at=utc_now(),
        )
        seal.sha256 = content_hash(link_of(seal))
        chain[:] = [seal.sha256, seal.number]
        return seal

    def _line(self, kind, fact, record):
        self.number += 1
        line = AuditEvent(
            id=uuid4(),
            scope=f"platform:{self.shelves.platform.id}",
            number=self.number,
            at=utc_now(),
            actor_kind=ActorKind.PERSON,
            actor_id=record.author_id,
            action="record.submitted",
            subject_kind=kind.value,
            subject_id=fact.id,
            record_id=record.id,
            origin="bench",
            details={"sha256": fact.sha256},
            previous_sha256=self.before,
        )
        line.sha256 = self.before = content_hash(line_of(line))
        return line

    def close(self) -> None:
        scope = f"platform:{self.shelves.platform.id}"
        self.session.add(AuditHead(scope=scope, number=self.number, sha256=self.before))


def main(records: int, url: str) -> None:
    database = Database(url)
    upgrade(database, discover())
    database.info["environment"] = Environment(
        registry=discover(), public_url="https://trellis.example.org", lrs_is_on=False
    )
    with Session(database.engine, info=database.info) as session, session.begin():
        furnisher = Furnisher(library(session))
        for _ in range(records // EACH):
            furnisher.learner()
        furnisher.close()
    with database.reading() as session:
        started = time.perf_counter()
        found = list(verify_learners(session, learners(session)))
        took = time.perf_counter() - started
        whole = all(finding.is_whole for finding in found)
        count = sum(len(finding.records) for finding in found)
        sys.stdout.write(f"{count} records in {took:.1f} s, whole: {whole}\n")
        started = time.perf_counter()
        [trail] = [t for t in verify_trail(session) if t.lines]
        took = time.perf_counter() - started
        sys.stdout.write(f"{trail.lines} lines in {took:.1f} s, whole: {not trail.breaks}\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        wanted = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{folder}/bench.db"
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, wanted)
