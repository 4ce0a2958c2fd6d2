"""Two tutors at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from flask_babel import Babel

from lti_tool.domain.courses import Course
from lti_tool.domain.errors import WrongState
from lti_tool.domain.people import Membership, Person, Relation
from lti_tool.domain.platforms import Platform
from lti_tool.domain.roles import Hint, Role
from lti_tool.services.members import add_mentor, change_role, members_who_are


@pytest.fixture
def course(db):
    """A stored course of two tutors, a mentor and a trainee; their ids by name."""
    with db.transaction() as session:
        platform = Platform(
            issuer="x", client_id="x", auth_login_url="", auth_token_url="", jwks_url=""
        )
        session.add(platform)
        session.flush()
        stored = Course(platform_id=platform.id, deployment_id="1", context_id="2")
        session.add(stored)
        session.flush()
        ids = {"course": stored.id}
        roles = {"tilda": Role.TUTOR, "theo": Role.TUTOR, "meera": Role.MENTOR, "tomas": None}
        for sub, role in roles.items():
            person = Person(platform_id=platform.id, sub=sub)
            session.add(person)
            session.flush()
            member = Membership(course_id=stored.id, person_id=person.id, role=role)
            member.launch_hint = Hint.LEARNER
            session.add(member)
            ids[sub] = person.id
    return ids


def at_once(db, *acts):
    """Run each act in a transaction and a thread of its own; return what they ended in."""
    app = Flask("words")
    Babel(app)
    start = Barrier(len(acts))

    def run(act):
        with app.test_request_context():
            start.wait()
            try:
                with db.transaction() as session:
                    act(session)
            except WrongState as error:
                return error
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_two_tutors_who_demote_each_other_leave_one(db, course):
    outcomes = at_once(
        db,
        lambda session: change_role(session, course["course"], course["tilda"], Role.MENTOR),
        lambda session: change_role(session, course["course"], course["theo"], Role.MENTOR),
    )

    assert len([error for error in outcomes if error]) == 1
    with db.reading() as session:
        assert len(members_who_are(session, course["course"], Role.TUTOR)) == 1


def test_two_tutors_who_add_the_same_mentor_make_one_relation(db, course):
    def add(session):
        add_mentor(
            session,
            course["course"],
            trainee_id=course["tomas"],
            mentor_id=course["meera"],
            by=course["tilda"],
        )

    at_once(db, add, add, add)

    with db.reading() as session:
        assert session.query(Relation).count() == 1
