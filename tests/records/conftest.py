"""A trainee with a logbook entry that a mentor has confirmed, written through the kernel."""

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

import pytest

from lti_tool.domain.courses import ActivitySetup, ResourceLink, TemplateVersion
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Record
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Capacity, Signing
from lti_tool.services.records import ensure_attempt, start_record, submit_record
from lti_tool.services.revisions import latest_revision


@dataclass
class Desk:
    """One record on its way, with everybody who handles it, inside one transaction."""

    session: object
    attempt: Attempt
    version: TemplateVersion
    tomas: Person
    meera: Person
    tilda: Person

    def draft(self, **values):
        record = start_record(
            self.session,
            self.attempt,
            "logbook_entry",
            id=uuid4(),
            author=self.tomas,
            template_version=self.version,
        )
        for name, value in values.items():
            setattr(record, name, value)
        self.session.flush()
        return record

    def submit(self, record, text="First.", **more):
        content = {
            "practised_on": "2026-01-20",
            "duration_minutes": 45,
            "texts": {"subject": text},
        }
        return submit_record(
            self.session, record, content, author=self.tomas, happened_on=date(2026, 1, 20), **more
        )

    def submitted(self, text="First."):
        record = self.draft()
        self.submit(record, text)
        return record

    def signing(self, record, by=None, role=Role.MENTOR, **more):
        revision = latest_revision(self.session, record)
        values = {
            "wording": "Dywedaf fod hyn wedi digwydd.",
            "locale": "cy",
            "capacity": Capacity.SAW_IT,
            "seen_sha256": revision.sha256 if revision else "",
        }
        return Signing(signer=by or self.meera, role=role, **(values | more))

    def reload(self, record):
        self.session.expire_all()
        return self.session.get_one(Record, record.id)


@pytest.fixture
def desk(world, tomas, meera, tilda):
    link = world.place("logbook")
    for player in (tomas, meera, tilda):
        player.launch(link)
    with world.app.test_request_context(), world.database.transaction() as session:
        stored = session.query(ResourceLink).one()
        setup = session.get_one(ActivitySetup, stored.setup_id)
        version = session.get_one(TemplateVersion, setup.template_version_id)
        people = [session.get_one(Person, p.person.id) for p in (tomas, meera, tilda)]
        attempt = ensure_attempt(session, stored.id, people[0].id)
        yield Desk(session, attempt, version, *people)
