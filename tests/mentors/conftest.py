"""Gwen Parry of the bakery, who mentors Tomas and has no account anywhere."""

import hashlib
import html
import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from flask_babel import force_locale
from sqlalchemy import select, update

from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import Contact, LinkPurpose, MentorLink
from lti_tool.domain.courses import ActivitySetup, Course, ResourceLink, TemplateVersion
from lti_tool.domain.people import Person, Relation
from lti_tool.domain.records import Record
from lti_tool.domain.roles import Role
from lti_tool.services.contacts import MentorDetails, issue_link, token_of
from lti_tool.services.mentor_tasks import tasks_of
from lti_tool.services.naming import name_mentor
from lti_tool.services.records import ensure_attempt
from lti_tool.web.mentor.stamps import new_stamp
from tests.cast import World

GWEN = MentorDetails(
    name="Gwen Parry", email="gwen@bakery.example", locale="cy", organisation="Bakery Rhyl"
)


@dataclass
class Bakery:
    """A course with a logbook, its people, and mentors who are reached by mail."""

    world: World
    link: object
    people: dict = field(default_factory=dict)

    @property
    def database(self):
        return self.world.database

    def course(self, session):
        query = select(Course).where(
            Course.platform_id == self.world.platform_id,
            Course.context_id == str(self.world.cast.course.id),
        )
        return session.scalars(query).one()

    def name(self, trainee, details=GWEN, by=None):
        """Let *by*, a tutor or the trainee, name a mentor; return the relation."""
        by = by or trainee.world.player(trainee.world.cast.tilda)
        is_tutor = by is not trainee
        with self.world.app.test_request_context(), self.database.transaction() as session:
            return name_mentor(
                session,
                self.course(session).id,
                trainee_id=trainee.person.id,
                details=details,
                by=by.person,
                is_tutor=is_tutor,
            )

    def contact(self, email=GWEN.email):
        return self.world.stored(Contact, address=email)[0]

    def person_of(self, email=GWEN.email):
        return self.world.stored(Person, id=self.contact(email).person_id)[0]

    def token(self, email=GWEN.email, purpose=LinkPurpose.PAGE, signature_id=None):
        """Issue a link as a mail does; return its token."""
        with self.database.transaction() as session:
            contact = session.get_one(Contact, self.contact(email).person_id)
            link = issue_link(session, contact, purpose, signature_id=signature_id)
        return token_of(link.id, self.world.settings.secret_key.get_secret_value())

    def entry(self, trainee, text="We baked rolls.", on=None, submit=True, link=None):
        """Write an entry and hand it in; return the record's id."""
        from activities.logbook.content import EntryContent
        from activities.logbook.service import start_entry, submit_entry

        link = link or self.link
        with self.world.app.test_request_context(), self.database.transaction() as session:
            stored = session.scalars(
                select(ResourceLink).where(
                    ResourceLink.resource_link_id == str(link.id),
                    ResourceLink.course_id == self.course(session).id,
                )
            ).one()
            attempt = ensure_attempt(session, stored.id, trainee.person.id)
            author = session.get_one(Person, trainee.person.id)
            record = start_entry(session, attempt, id=uuid4(), author=author)
            if submit:
                self._submit(session, record, author, text, on, submit_entry, EntryContent, stored)
            return record.id

    def _submit(self, session, record, author, text, on, submit_entry, content, stored):
        setup = session.get_one(ActivitySetup, stored.setup_id)
        fields = session.get_one(TemplateVersion, setup.template_version_id).content["fields"]
        with force_locale("is"):
            submit_entry(
                session,
                record,
                content(
                    practised_on=on or date(2026, 1, 20),
                    duration_minutes=45,
                    texts={fields[0]["id"]: text},
                ),
                author=author,
            )

    def _texts(self, session, record, text):
        version = session.get_one(TemplateVersion, record.template_version_id)
        return {version.content["fields"][0]["id"]: text}

    def resubmit(self, trainee, record_id, text="We baked bread."):
        """Take an entry back and hand it in anew; return its new hash."""
        from activities.logbook.content import EntryContent
        from activities.logbook.service import submit_entry, withdraw_entry

        with self.world.app.test_request_context(), self.database.transaction() as session:
            record = session.get_one(Record, record_id)
            author = session.get_one(Person, trainee.person.id)
            withdraw_entry(session, record, author=author)
            content = EntryContent(
                practised_on=date(2026, 1, 20),
                duration_minutes=45,
                texts=self._texts(session, record, text),
            )
            return submit_entry(session, record, content, author=author).sha256

    def tasks(self, email=GWEN.email):
        with self.world.app.test_request_context(), self.database.reading() as session:
            return tasks_of(session, self.contact(email).person_id)

    def set(self, model, where, **values):
        """Change rows behind everybody's back."""
        with self.database.transaction() as session:
            session.execute(update(model).filter_by(**where).values(**values))

    def record(self, record_id):
        return self.world.stored(Record, id=record_id)[0]

    def relation(self, trainee, email=GWEN.email):
        return self.world.stored(
            Relation, trainee_id=trainee.person.id, person_id=self.contact(email).person_id
        )[-1]

    def days_ago(self, days):
        return utc_now() - timedelta(days=days)


@pytest.fixture
def bakery(world, tomas, tilda) -> Bakery:
    """The course, with Tomas and Tilda in it; nobody mentors anybody yet."""
    link = world.place("logbook")
    for player in (tomas, tilda):
        player.launch(link)
    world.make(tilda, Role.TUTOR)
    return Bakery(world, link)


@pytest.fixture
def mail_on(world):
    """Let mail be queued, as where a mail server is set."""
    info = world.database.info
    info["environment"] = replace(info["environment"], mail_is_on=True)


class Gwen:
    """A mentor with a phone: opens the link from a mail, reads, presses."""

    def __init__(self, bakery, email=GWEN.email):
        self.bakery = bakery
        self.email = email
        self.token = bakery.token(email)
        self.client = bakery.world.app.test_client(use_cookies=False)
        self.page = None

    @property
    def path(self):
        return f"/m/{self.token}"

    def looks(self, path="", **query):
        self.page = self.client.get(self.path + path, query_string=query)
        return self.page

    def stamp(self, seconds=30):
        """The stamp of a page that was opened so many seconds ago."""
        digest = hashlib.sha256(self.token.encode()).hexdigest()
        link = self.bakery.world.stored(MentorLink, token_hash=digest)[0]
        with self.bakery.world.app.app_context():
            return new_stamp(link.id, at=utc_now() - timedelta(seconds=seconds))

    def form(self, **typed):
        """The fields of the page that was opened last, with its hidden values."""
        page = (self.page or self.looks()).text
        hidden = re.findall(r'<input type="hidden" name="([swn]-[^"]+)" value="([^"]*)">', page)
        return dict(hidden) | {"stamp": self.stamp(), "lang": "cy"} | typed

    def presses(self, do, path="", follow=False, **typed):
        """Press a button of the page opened last."""
        form = self.form(**typed) | ({"do": do} if do else {})
        self.page = self.client.post(self.path + path, data=form, follow_redirects=follow)
        return self.page

    def confirms(self, record_id, capacity="saw_it", **more):
        typed = {f"c-{record_id}": capacity} if capacity else {}
        return self.presses(f"confirm {record_id}", **(typed | more))

    @property
    def text(self):
        stripped = re.sub(r"<[^>]+>", " ", self.page.text)
        return re.sub(r"\s+", " ", html.unescape(stripped))


@pytest.fixture
def gwen(bakery, tomas) -> Gwen:
    """The mentor of Tomas, with a fresh link."""
    bakery.name(tomas)
    return Gwen(bakery)
