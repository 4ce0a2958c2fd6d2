"""Gwen, a mentor without an account, her trainees, and a mail server that is real."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from activities.logbook import service
from activities.logbook.content import EntryContent
from config.settings import Settings
from lti_tool.app import create_app
from lti_tool.domain.contacts import Contact, LinkPurpose
from lti_tool.domain.courses import Course, ResourceLink
from lti_tool.domain.people import Membership, Person, Relation
from lti_tool.domain.platforms import Platform
from lti_tool.domain.records import Attempt, Record
from lti_tool.domain.roles import Role
from lti_tool.mail.sender import MailSender
from lti_tool.outbox.models import Delivery
from lti_tool.outbox.worker import Worker
from lti_tool.services.contacts import issue_link
from lti_tool.services.mailing import queue_mail, silence_of, snooze
from lti_tool.services.records import ensure_attempt
from lti_tool.services.setups import create_setup, place_setup
from tests.mail.post_office import PostOffice

SECRET = "a test's secret that is long enough"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Nine in the morning on a working day, where everything begins."""


@dataclass
class House:
    """A Trellis with one course, its people, and hands to move time and mail."""

    app: Flask
    post: PostOffice
    ids: dict[str, UUID] = field(default_factory=dict)

    @property
    def database(self):
        return self.app.extensions["trellis"].database

    @property
    def settings(self):
        return self.app.extensions["trellis"].settings

    def furnish(self):
        with self.app.test_request_context(), self.database.transaction() as session:
            platform = Platform(
                issuer="https://moodle.test",
                client_id="ours",
                auth_login_url="https://moodle.test/auth",
                auth_token_url="https://moodle.test/token",
                jwks_url="https://moodle.test/certs",
            )
            session.add(platform)
            session.flush()
            course = Course(
                platform_id=platform.id, deployment_id="1", context_id="1", title="Bakery 1"
            )
            session.add(course)
            session.flush()
            self.ids |= {"platform": platform.id, "course": course.id}
            setup = create_setup(
                session,
                course,
                kind="logbook",
                title="Practice log",
                template_key="weekly-practice",
                settings={},
                grade_maximum=None,
            )
            link = ResourceLink(course_id=course.id, resource_link_id="1", title="Practice log")
            session.add(link)
            session.flush()
            place_setup(session, link, setup, line_item_url=None)
            self.ids["link"] = link.id
        self.add("tilda", "Tilda Tutor", Role.TUTOR, sub="1", email="tilda@college.test")
        self.add("tomas", "Tomas Trainee", Role.TRAINEE, sub="2", email="tomas@college.test")
        self.add_mentor("gwen", "Gwen Jones", "gwen@bakery.test", "en", "tomas")
        return self

    def add(self, key, name, role, *, sub=None, email=None, locale="en"):
        with self.database.transaction() as session:
            person = Person(
                platform_id=self.ids["platform"], sub=sub, name=name, email=email, locale=locale
            )
            session.add(person)
            session.flush()
            session.add(Membership(course_id=self.ids["course"], person_id=person.id, role=role))
            self.ids[key] = person.id
        return person.id

    def add_mentor(self, key, name, email, locale, *trainees, approved=True):
        """Name a mentor without an account for *trainees*."""
        id = self.add(key, name, Role.MENTOR, email=email, locale=locale)
        with self.database.transaction() as session:
            session.add(
                Contact(
                    person_id=id,
                    platform_id=self.ids["platform"],
                    email=email,
                    address=email.casefold(),
                    named_by_id=self.ids["tilda"],
                    approved_by_id=self.ids["tilda"] if approved else None,
                    approved_at=MONDAY if approved else None,
                )
            )
            for trainee in trainees:
                self._relate(session, trainee, id)
        return id

    def _relate(self, session, trainee, mentor_id):
        relation = Relation(
            course_id=self.ids["course"],
            trainee_id=self.ids[trainee],
            person_id=mentor_id,
            from_on=date(2026, 1, 1),
            set_by_id=self.ids["tilda"],
        )
        session.add(relation)
        session.flush()
        self.ids[f"relation of {trainee}"] = relation.id

    def hand_in(self, trainee="tomas", *, words="Baked rye bread."):
        """Let a trainee hand in an entry; that tells the mentors."""
        content = EntryContent(
            practised_on=date(2026, 11, 20), duration_minutes=90, texts={"tasks": words}
        )
        with self.app.test_request_context(), self.database.transaction() as session:
            author = session.get_one(Person, self.ids[trainee])
            attempt = ensure_attempt(session, self.ids["link"], author.id)
            entry = service.start_entry(session, attempt, id=uuid4(), author=author)
            service.submit_entry(session, entry, content, author=author)
            return entry.id

    def withdraw(self, record_id):
        """Take an entry back, so that it waits for nobody."""
        with self.app.test_request_context(), self.database.transaction() as session:
            record = session.get_one(Record, record_id)
            author = session.get_one(Person, record.author_id)
            attempt = session.get_one(Attempt, record.attempt_id)
            service.withdraw_entry(session, record, author=author)
            return attempt.id

    def queue(self, template, who="gwen", **ids):
        with self.app.test_request_context(), self.database.transaction() as session:
            person = session.get_one(Person, self.ids[who])
            return queue_mail(session, template, person, **ids)

    def contact(self, who="gwen"):
        with self.database.reading() as session:
            return session.get_one(Contact, self.ids[who])

    def change(self, who="gwen", **values):
        with self.database.transaction() as session:
            contact = session.get_one(Contact, self.ids[who])
            for name, value in values.items():
                setattr(contact, name, value)

    def change_person(self, who="gwen", **values):
        with self.database.transaction() as session:
            person = session.get_one(Person, self.ids[who])
            for name, value in values.items():
                setattr(person, name, value)

    def answer_from_link(self, who="gwen"):
        """Do as the mentor's page does when somebody acts there."""
        with self.database.transaction() as session:
            contact = session.get_one(Contact, self.ids[who])
            issue_link(session, contact, LinkPurpose.PAGE).used_at = datetime.now(UTC)

    def silence(self, who="gwen"):
        with self.database.reading() as session:
            return silence_of(session, session.get_one(Contact, self.ids[who]))

    def snooze(self, until, who="gwen"):
        with self.database.transaction() as session:
            return snooze(session, session.get_one(Contact, self.ids[who]), until)

    def deliveries(self, **where):
        with self.database.reading() as session:
            rows = select(Delivery).filter_by(kind="mail", **where).order_by(Delivery.seq)
            return list(session.scalars(rows))

    def worker(self, app=None):
        return Worker(self.database, {"mail": MailSender(app or self.app, self.database)})

    def send(self):
        """Let a worker do all that is due now."""
        return self.worker().run_once()

    def live(self, until, *, step=timedelta(hours=1), each=lambda now: None):
        """Let time go by to *until*, with a worker that looks every so often."""
        now, worker = datetime.now(UTC), self.worker()
        while now < until:
            now += step
            self.clock.move_to(now)
            each(now)
            worker.run_once()


def build_app(database_url, **settings):
    """Return an application with mail switched on."""
    values = {
        "database_url": database_url,
        "secret_key": SECRET,
        "public_url": "https://trellis.test",
        "mail_from": "Trellis <trellis@college.test>",
    }
    return create_app(Settings(**(values | settings)), is_strict=True)


@pytest.fixture
def post():
    """A mail server that takes everything."""
    office = PostOffice().start()
    yield office
    office.stop()


@pytest.fixture
def clock():
    """Time that stands still at nine on a Monday, until it is moved."""
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def make_house(database_url, post, clock):
    """Build a house with settings of one's own; all are closed at the end."""
    apps = []

    def build(**settings):
        app = build_app(database_url, **{"smtp_url": post.url, **settings})
        apps.append(app)
        house = House(app, post)
        house.clock = clock
        return house

    yield build
    for app in apps:
        app.extensions["trellis"].database.dispose()


@pytest.fixture
def house(make_house):
    """A Trellis in which Gwen mentors Tomas."""
    return make_house().furnish()
