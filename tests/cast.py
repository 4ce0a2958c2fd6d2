"""The cast in a sandbox VLE, and a Trellis they work in. Every launch is a real one.

Tomas the trainee, Meera the mentor, Tilda the tutor, Nils the non-editing teacher; Otto and
Olga from another course must see nothing.
"""

import html
import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from uuid import UUID, uuid4

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import select

from config.settings import Settings
from lti_tool.app import create_app
from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import ActivitySetup, Course, LineItem, ResourceLink
from lti_tool.domain.database import Database
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.platforms import ToolKey
from lti_tool.domain.roles import Role
from lti_tool.lti.keys import add_key
from lti_tool.lti.senders import platform_senders
from lti_tool.outbox.models import Delivery
from lti_tool.outbox.worker import Worker
from lti_tool.sandbox import Cast, Sandbox, create_sandbox_app, launch, seed, serve
from lti_tool.sandbox.keys import KeyRing
from lti_tool.services.people import relate, set_role
from lti_tool.services.registrations import PlatformFacts, register_platform
from lti_tool.services.setups import create_setup

TOOL = "http://localhost:5000"
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For tests of what has nothing to do with the database: half the time."""
_KEYS = KeyRing()
"""One platform key for the whole run, because making one takes long."""
_TOOL_KEYS = {}
_HIDDEN = re.compile(r'name="csrf_token" value="([0-9a-f]+)"')


@dataclass
class Player:
    """Somebody with a browser: launches from the course, then opens pages and posts forms."""

    world: "World"
    sub: str
    client: FlaskClient
    launch_id: UUID | None = None
    page: object = None
    csrf: str = ""

    def launch(self, link, edit=None, follow=True, **kind):
        """Open *link* (of the sandbox) from the course; return the last answer."""
        person = self.world.sandbox.tables.people[int(self.sub)]
        form = self.world.sandbox.launch_form(person, link, **kind)
        return self.finish(form, edit, follow)

    def finish(self, form, edit=None, follow=True):
        answer = launch(self.client, self.world.sandbox, form, edit, follow=follow)
        self._notice(answer)
        return answer

    def _notice(self, answer):
        paths = [r.request.path for r in (*answer.history, answer)]
        paths.append(answer.headers.get("Location", ""))
        for path in paths:
            if found := re.match(r"/l/([0-9a-f-]{36})/", path):
                self.launch_id = UUID(found.group(1))
        if answer.mimetype == "text/html" and (found := _HIDDEN.search(answer.text)):
            self.csrf = found.group(1)
        self.page = answer

    def url(self, endpoint, **values):
        with self.world.app.test_request_context():
            return url_for(endpoint, launch_id=self.launch_id, **values)

    def get(self, endpoint, follow=True, **values):
        """Open a page of the present launch."""
        path = endpoint if endpoint.startswith("/") else self.url(endpoint, **values)
        answer = self.client.get(path, follow_redirects=follow)
        self._notice(answer)
        return answer

    def post(self, endpoint, data=None, follow=False, **values):
        """Post a form of the present launch, with the token its pages carry."""
        if not self.csrf:
            self.get("people.index" if self.role is Role.TUTOR else "pages.home")
        path = endpoint if endpoint.startswith("/") else self.url(endpoint, **values)
        form = {"csrf_token": self.csrf, **(data or {})}
        answer = self.client.post(path, data=form, follow_redirects=follow)
        self._notice(answer)
        return answer

    @property
    def person(self):
        """The stored person; only after a first launch."""
        with self.world.database.reading() as session:
            return session.scalars(
                select(Person).where(
                    Person.sub == self.sub, Person.platform_id == self.world.platform_id
                )
            ).one()

    @property
    def role(self):
        with self.world.database.reading() as session:
            return session.scalar(
                select(Membership.role).where(Membership.person_id == self.person.id)
            )

    @property
    def text(self):
        """The last page as plain text."""
        stripped = re.sub(r"<[^>]+>", " ", self.page.text)
        return re.sub(r"\s+", " ", html.unescape(stripped))


@dataclass
class World:
    """A sandbox VLE, a Trellis registered in it, and everybody."""

    sandbox: Sandbox
    cast: Cast
    app: Flask
    settings: Settings
    players: dict = field(default_factory=dict)
    platform_id: UUID = None

    @property
    def database(self) -> Database:
        return self.app.extensions["trellis"].database

    @cached_property
    def senders(self):
        return platform_senders(self.app.extensions["trellis_lti"])

    def player(self, person):
        sub = str(person.id)
        if sub not in self.players:
            self.players[sub] = Player(self, sub, self.app.test_client())
        return self.players[sub]

    @property
    def tool(self):
        return next(iter(self.sandbox.tables.tools.values()))

    def place(self, kind, *, template=None, title=None, maximum=100, course=None, settings=None):
        """Put an activity into the course, as a tutor does by deep linking; return its link."""
        course = course or self.cast.course
        setup_id = self._setup(kind, template, title or kind.title(), maximum, course, settings)
        return self.sandbox.add_link(
            course,
            self.tool,
            title or kind.title(),
            custom={"trellis_activity": str(setup_id)},
            score_maximum=maximum,
            resource_id=str(setup_id),
            tag="grade",
        )

    def _setup(self, kind, template, title, maximum, course, settings):
        plugin = self.app.extensions["trellis"].registry.get(kind)
        with self.app.test_request_context(), self.database.transaction() as session:
            stored = self._course(session, course)
            setup = create_setup(
                session,
                stored,
                kind=kind,
                title=title,
                template_key=template or plugin.gallery()[0].key,
                settings=settings or {},
                grade_maximum=maximum,
            )
            return setup.id

    def _course(self, session, course):
        stored = session.scalar(
            select(Course).where(
                Course.platform_id == self.platform_id, Course.context_id == str(course.id)
            )
        )
        if stored is None:
            stored = Course(
                platform_id=self.platform_id,
                deployment_id=str(self.tool.id),
                context_id=str(course.id),
            )
            session.add(stored)
            session.flush()
        return stored

    def make(self, player, role):
        """Say what somebody is in the course of their launch, as a tutor does."""
        with self.database.transaction() as session:
            member = session.scalars(
                select(Membership).where(Membership.person_id == player.person.id)
            ).first()
            set_role(session, member.course_id, player.person.id, role)

    def mentors(self, mentor, trainee):
        """Make *mentor* the mentor of *trainee*."""
        with self.database.transaction() as session:
            member = session.scalars(
                select(Membership).where(Membership.person_id == trainee.person.id)
            ).first()
            relate(
                session,
                member.course_id,
                trainee_id=trainee.person.id,
                person_id=mentor.person.id,
                set_by=mentor.person.id,
            )

    def deliver(self, seconds=0):
        """Let the worker send all that is due, or will be in so many seconds."""
        worker = Worker(
            self.database, self.senders, clock=lambda: utc_now() + timedelta(seconds=seconds)
        )
        return worker.run_once()

    def deliveries(self, kind=None):
        """Every delivery, oldest first."""
        with self.database.reading() as session:
            rows = select(Delivery).order_by(Delivery.seq)
            return [d for d in session.scalars(rows) if kind in (None, d.kind)]

    def verbs(self):
        """The verbs of all statements, oldest first."""
        import json

        rows = [json.loads(d.body) for d in self.deliveries("statement")]
        return [row["verb"]["display"]["en"] for row in rows]

    def stored(self, model, **where):
        with self.database.reading() as session:
            return session.scalars(select(model).filter_by(**where)).all()

    def setup_of(self, link):
        row = self.stored(ResourceLink, resource_link_id=str(link.id))[0]
        return self.stored(ActivitySetup, id=row.setup_id)[0]

    def line_item_of(self, link):
        row = self.stored(ResourceLink, resource_link_id=str(link.id))[0]
        return self.stored(LineItem, resource_link_id=row.id)[0]


def build_world(database_url, registry=None, **settings):
    """Return a world on *database_url*, whose tables exist; stop `world.server` at the end."""
    values = {
        "database_url": database_url,
        "secret_key": "a test's secret that is long enough",
        "public_url": TOOL,
        "allow_private_network": True,
        "lrs_endpoint": "http://127.0.0.1:9/xAPI",
    }
    made = Settings(**(values | settings))
    app = create_app(made, registry=registry, is_strict=True)
    app.testing = False
    world = _add_site(app, made)
    _share_tool_key(world)
    return world


def add_site(world):
    """Return a second VLE with a cast of its own and the same ids, on the same Trellis."""
    world.app.extensions["trellis_lti"].platforms.forget()
    return _add_site(world.app, world.settings)


def _add_site(app, settings):
    sandbox = Sandbox(keys=KeyRing(list(_KEYS.keys)))
    server = serve(create_sandbox_app(sandbox))
    world = World(sandbox, seed(sandbox), app, settings)
    world.server = server
    sandbox.fetch_keyset = lambda _url: app.test_client().get("/.well-known/jwks.json").json
    tool = sandbox.preregister(
        f"{settings.public_url}/lti/login",
        [f"{settings.public_url}/lti/launch"],
        jwks_url=f"{settings.public_url}/.well-known/jwks.json",
        client_id=f"client-{uuid4().hex[:8]}",
        name="Trellis",
        target_link_uri=f"{settings.public_url}/lti/launch",
        deep_linking_url=f"{settings.public_url}/lti/launch",
    )
    world.platform_id = _register(world, tool)
    return world


def _share_tool_key(world):
    """Give the tool the key of the first world of this run, since making one takes long."""
    secret = world.settings.secret_key.get_secret_value()
    vault, known = world.app.extensions["trellis_lti"].vault, _TOOL_KEYS.get(secret)
    with world.database.transaction() as session:
        if known is not None:
            session.add(ToolKey(**known))
            return
        key = add_key(session, vault)
        columns = ToolKey.__table__.columns.keys()
        _TOOL_KEYS[secret] = {name: getattr(key, name) for name in columns}


def _register(world, tool):
    base = world.sandbox.base_url
    facts = PlatformFacts(
        issuer=base,
        client_id=tool.client_id,
        auth_login_url=f"{base}/mod/lti/auth.php",
        auth_token_url=f"{base}/mod/lti/token.php",
        jwks_url=f"{base}/mod/lti/certs.php",
        deployment_ids=[str(tool.id)],
        allows_private_network=True,
    )
    with world.database.transaction() as session:
        return register_platform(session, facts).id
