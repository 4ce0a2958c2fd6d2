"""A course without a platform around it, for the rules; and short cuts for the pages."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask_babel import Babel
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import Course
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.platforms import Platform
from lti_tool.outbox.worker import Worker
from lti_tool.services.people import role_of
from lti_tool.services.rosters import RosterMember, apply_page, finish


@dataclass
class Class:
    """One course in a database, with what tests do to it."""

    session: Session
    course: Course

    def roster(self, *members, started_at=None, is_whole=True):
        """Read a roster of one page; members are RosterMember or (sub, hint)."""
        started_at = started_at or utc_now()
        rows = [
            m if isinstance(m, RosterMember) else RosterMember(sub=m[0], hint=m[1]) for m in members
        ]
        apply_page(self.session, self.course, rows, started_at=started_at)
        if is_whole:
            finish(self.session, self.course, started_at=started_at)
        self.session.expire_all()

    def add(self, sub, *, name=None, course=None, **membership):
        """Put somebody into the course as launches and tutors would."""
        person = self.session.scalar(select(Person).where(Person.sub == sub))
        if person is None:
            person = Person(platform_id=self.course.platform_id, sub=sub, name=name)
            self.session.add(person)
            self.session.flush()
        course = course or self.course
        self.session.add(Membership(course_id=course.id, person_id=person.id, **membership))
        self.session.flush()
        return person

    def came(self, sub, hint, *, ago=timedelta(hours=1), **more):
        """Somebody who launched *ago*."""
        at = utc_now() - ago
        return self.add(sub, launch_hint=hint, first_launch_at=at, last_launch_at=at, **more)

    def member(self, sub):
        query = select(Membership).join(Person, Person.id == Membership.person_id)
        return self.session.scalars(
            query.where(Person.sub == sub, Membership.course_id == self.course.id)
        ).one()

    def person(self, sub):
        return self.session.scalars(select(Person).where(Person.sub == sub)).one()

    def other_course(self):
        other = Course(platform_id=self.course.platform_id, deployment_id="1", context_id="another")
        self.session.add(other)
        self.session.flush()
        return other


@pytest.fixture
def words():
    """Translated texts need an application; outside a request this is the smallest."""
    app = Flask("words")
    Babel(app)
    with app.test_request_context():
        yield


@pytest.fixture
def room(db, words):
    """An empty course on a platform that offers its roster."""
    with db.transaction() as session:
        platform = Platform(
            issuer="https://vle.example.org",
            client_id="us",
            auth_login_url="",
            auth_token_url="",
            jwks_url="",
        )
        session.add(platform)
        session.flush()
        course = Course(
            platform_id=platform.id,
            deployment_id="1",
            context_id="2",
            memberships_url="https://vle.example.org/members",
        )
        session.add(course)
        session.flush()
        yield Class(session, course)


@pytest.fixture
def link(world):
    """The logbook of the course."""
    return world.place("logbook")


@pytest.fixture
def roster(world):
    """Let the worker do what waits: above all, read the list of the course."""
    return lambda: Worker(world.database, world.senders).run_once()


@pytest.fixture
def tutor(tilda, link, roster):
    """Tilda, after the list has proved that she may edit the course."""
    tilda.launch(link)
    roster()
    tilda.launch(link)
    return tilda


@pytest.fixture
def role_now(world):
    """Return what a player is in the first course right now."""

    def ask(player):
        course_id = world.stored(Course, context_id=str(world.cast.course.id))[0].id
        with world.database.reading() as session:
            return role_of(session, course_id, player.person.id)

    return ask
