"""A small course with one logbook, for the tests of its rules and of its pages."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from activities.logbook import plugin, service
from activities.logbook.content import EntryContent
from config.settings import Settings
from lti_tool.app import create_app
from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import ActivitySetup, ResourceLink
from lti_tool.domain.courses import Course as CourseRow
from lti_tool.domain.database import Database
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.platforms import Platform
from lti_tool.domain.records import Attempt, Record
from lti_tool.domain.roles import Role
from lti_tool.domain.sessions import LaunchSession
from lti_tool.outbox.models import Delivery
from lti_tool.plugins import Registry
from lti_tool.services.environment import Environment
from lti_tool.services.launches import hash_secret
from lti_tool.services.people import relate
from lti_tool.services.records import ensure_attempt, latest_revision
from lti_tool.services.setups import create_setup, place_setup

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
    nia: Person
    """A mentor of the course, but not Tomas's."""

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

    def signing(
        self, record: Record, *, by: Person | None = None, comment: str = ""
    ) -> service.Signing:
        """What a decider who sees the newest revision brings along."""
        revision = latest_revision(self.session, record)
        return service.Signing(
            signer=by or self.meera,
            capacity=Role.MENTOR,
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
    course = CourseRow(platform_id=platform.id, deployment_id="1", context_id="2")
    session.add(course)
    session.flush()
    link = ResourceLink(course_id=course.id, resource_link_id="3")
    session.add(link)
    tomas, meera, tilda, nia = (
        _person(session, platform.id, course.id, name, role)
        for name, role in (
            ("Tomas", Role.TRAINEE),
            ("Meera", Role.MENTOR),
            ("Tilda", Role.TUTOR),
            ("Nia", Role.MENTOR),
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
    return Logbook(session, attempt, tomas, meera, tilda, nia)


def _person(session: Session, platform_id: UUID, course_id: UUID, name: str, role: Role) -> Person:
    person = Person(platform_id=platform_id, sub=name, name=name)
    session.add(person)
    session.flush()
    session.add(Membership(course_id=course_id, person_id=person.id, role=role))
    session.flush()
    return person


@dataclass
class Visitor:
    """Somebody of the course in a browser of their own, on the logbook's link."""

    app: Flask
    client: FlaskClient
    person: Person
    launch_id: UUID

    def get(self, endpoint: str, **values: Any) -> TestResponse:
        return self.client.get(self._url(endpoint, values))

    def post(
        self, endpoint: str, data: dict[str, Any] | None = None, **values: Any
    ) -> TestResponse:
        data = {"csrf_token": self._csrf_token(), **(data or {})}
        return self.client.post(self._url(endpoint, values), data=data)

    def _url(self, endpoint: str, values: dict[str, Any]) -> str:
        with self.app.test_request_context():
            return url_for(endpoint, launch_id=self.launch_id, **values)

    def _csrf_token(self) -> str:
        key = self.app.extensions["trellis"].settings.secret_key.get_secret_value()
        message = f"csrf/{self.launch_id}/{hash_secret(SECRET)}".encode()
        return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


@dataclass
class Course:
    """The running application and the people of one course."""

    app: Flask
    tomas: Visitor
    meera: Visitor
    tilda: Visitor
    nia: Visitor

    def stored(self, record_id: UUID) -> Record:
        with self.app.extensions["trellis"].database.reading() as session:
            return cast(Record, session.get_one(Record, record_id))

    def set(self, **settings: Any) -> None:
        """Decide about the logbook as a tutor would."""
        with self.app.extensions["trellis"].database.transaction() as session:
            setup = session.scalars(select(ActivitySetup)).one()
            setup.settings = setup.settings | settings

    def link(self) -> ResourceLink:
        with self.app.extensions["trellis"].database.reading() as session:
            return cast(ResourceLink, session.scalars(select(ResourceLink)).one())


SECRET = "kept in a cookie"


@pytest.fixture
def course(database_url: str) -> Iterator[Course]:
    """The application on a fresh database, and everybody launched into the logbook."""
    settings = Settings(
        secret_key=SecretStr("s" * 32),
        database_url=database_url,
        lrs_endpoint="https://lrs.example.org/xapi",
    )
    app = create_app(settings, registry=Registry([plugin]), is_strict=True)
    database = app.extensions["trellis"].database
    with database.transaction() as session:
        logbook = _furnish(session)
        people = {name: getattr(logbook, name) for name in ("tomas", "meera", "tilda", "nia")}
        launches = {name: _launch(session, logbook, person) for name, person in people.items()}
    yield Course(app, **{name: _visitor(app, people[name], launches[name]) for name in people})
    database.dispose()


def _launch(session: Session, logbook: Logbook, person: Person) -> UUID:
    link = session.get_one(ResourceLink, logbook.attempt.resource_link_id)
    launch = LaunchSession(
        secret_hash=hash_secret(SECRET),
        platform_id=person.platform_id,
        course_id=link.course_id,
        resource_link_id=link.id,
        person_id=person.id,
        locale="en",
        expires_at=utc_now() + timedelta(hours=1),
    )
    session.add(launch)
    session.flush()
    return launch.id


def _visitor(app: Flask, person: Person, launch_id: UUID) -> Visitor:
    client = app.test_client()
    client.set_cookie(f"t-{launch_id.hex[:12]}", SECRET)
    return Visitor(app, client, person, launch_id)
