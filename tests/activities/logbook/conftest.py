"""A small course with one logbook, for the tests of its rules and of its pages."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activities.logbook import plugin, service
from activities.logbook.content import EntryContent
from lti_tool.domain import courses
from lti_tool.domain.courses import ActivitySetup, ResourceLink
from lti_tool.domain.database import Database
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.platforms import Platform
from lti_tool.domain.records import Attempt, Record
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Signing
from lti_tool.outbox.models import Delivery
from lti_tool.plugins import Registry
from lti_tool.services.environment import Environment
from lti_tool.services.people import relate
from lti_tool.services.records import ensure_attempt
from lti_tool.services.revisions import latest_revision
from lti_tool.services.setups import create_setup, place_setup
from tests.cast import Player, World

CONTENT = EntryContent(
    practised_on=date(2026, 11, 20),
    duration_minutes=90,
    texts={"topics": "Baked rye bread.\nThen cleaned the oven.", "agreed": "", "learned": ""},
)


@dataclass
class Logbook:
    """Tomas's logbook, and the acts of the people around it."""

    session: Session
    attempt: Attempt
    tomas: Person
    meera: Person
    tilda: Person

    def draft(self) -> Record:
        return service.start_entry(self.session, self.attempt, id=uuid4(), author=self.tomas)

    def submitted(self, content: EntryContent = CONTENT) -> Record:
        return self.submit(self.draft(), content)

    def submit(self, record: Record, content: EntryContent = CONTENT) -> Record:
        service.submit_entry(self.session, record, content, author=self.tomas)
        return record

    def countersigned(self) -> Record:
        record = self.submitted()
        service.countersign(self.session, record, self.signing(record))
        return record

    def returned(self) -> Record:
        record = self.submitted()
        service.send_back(self.session, record, self.signing(record, comment="Say more."))
        return record

    def signing(self, record: Record, *, by: Person | None = None, comment: str = "") -> Signing:
        """What a decider who sees the newest revision brings along."""
        revision = latest_revision(self.session, record)
        return Signing(
            signer=by or self.meera,
            role=Role.MENTOR,
            locale="cy",
            seen_sha256=revision.sha256 if revision else "",
            comment=comment,
        )

    def set(self, **settings: Any) -> None:
        """Decide about the logbook as a tutor would."""
        setup = self.session.scalars(select(ActivitySetup)).one()
        setup.settings = setup.settings | settings
        self.session.flush()

    def statements(self) -> list[dict[str, Any]]:
        """What waits for the LRS, oldest first."""
        rows = self.session.scalars(
            select(Delivery).where(Delivery.kind == "statement").order_by(Delivery.seq)
        )
        return [json.loads(row.body or "") for row in rows]

    def verbs(self) -> list[str]:
        return [made["verb"]["display"]["en"] for made in self.statements()]


@pytest.fixture
def logbook(database_url: str) -> Iterator[Logbook]:
    """A logbook that needs two entries; nothing in it yet."""
    with _database(database_url) as database, database.transaction() as session:
        yield _furnish(session)
        session.rollback()


@contextmanager
def _database(url: str) -> Iterator[Database]:
    world = Environment(
        registry=Registry([plugin]),
        public_url="https://tool.example.org",
        lrs_is_on=True,
        is_strict=True,
    )
    database = Database(url, info={"environment": world})
    yield database
    database.dispose()


def _furnish(session: Session) -> Logbook:
    platform = Platform(
        issuer="https://moodle.example.org",
        client_id="trellis",
        auth_login_url="https://moodle.example.org/auth",
        auth_token_url="https://moodle.example.org/token",
        jwks_url="https://moodle.example.org/jwks",
    )
    session.add(platform)
    session.flush()
    course = courses.Course(platform_id=platform.id, deployment_id="1", context_id="2")
    session.add(course)
    session.flush()
    link = ResourceLink(course_id=course.id, resource_link_id="3")
    session.add(link)
    tomas, meera, tilda = (
        _person(session, platform.id, course.id, name, role)
        for name, role in (
            ("Tomas", Role.TRAINEE),
            ("Meera", Role.MENTOR),
            ("Tilda", Role.TUTOR),
        )
    )
    relate(session, course.id, trainee_id=tomas.id, person_id=meera.id, set_by=tilda.id)
    setup = create_setup(
        session,
        course,
        kind="logbook",
        title="Logbook",
        template_key="work-meetings",
        settings={"required_entries": 2, "mentor_confirms": True},
        grade_maximum=Decimal(100),
    )
    place_setup(session, link, setup, line_item_url=None)
    attempt = ensure_attempt(session, link.id, tomas.id)
    return Logbook(session, attempt, tomas, meera, tilda)


def _person(session: Session, platform_id: UUID, course_id: UUID, name: str, role: Role) -> Person:
    person = Person(platform_id=platform_id, sub=name, name=name)
    session.add(person)
    session.flush()
    session.add(Membership(course_id=course_id, person_id=person.id, role=role))
    session.flush()
    return person


@dataclass
class Course:
    """Everybody launched into a logbook that needs two entries; Meera is Tomas's mentor."""

    world: World
    tomas: Player
    meera: Player
    tilda: Player
    nils: Player
    """A mentor of the course, but not Tomas's."""
    link: Any

    def record(self, record_id: UUID) -> Record:
        [record] = self.world.stored(Record, id=record_id)
        return cast(Record, record)

    def set(self, **settings: Any) -> None:
        """Decide about the logbook as a tutor would."""
        with self.world.database.transaction() as session:
            setup = session.get_one(ActivitySetup, self.world.setup_of(self.link).id)
            setup.settings = setup.settings | settings


@pytest.fixture
def course(world: World, tomas: Player, meera: Player, tilda: Player, nils: Player) -> Course:
    """The logbook in a course, every launch a real one."""
    settings = {"required_entries": 2, "mentor_confirms": True}
    link = world.place("logbook", settings=settings)
    for player in (tilda, tomas, meera, nils):
        player.launch(link)
    for player, role in ((tilda, Role.TUTOR), (meera, Role.MENTOR), (nils, Role.MENTOR)):
        world.make(player, role)
    world.mentors(meera, tomas)
    return Course(world, tomas, meera, tilda, nils, link)
