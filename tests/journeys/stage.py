"""Trellis on 127.0.0.1 and a sandbox VLE on localhost: two sites, as a browser counts them.

So Trellis stands in a third party's frame, and chromium keeps only partitioned cookies for it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from config.settings import Settings
from lti_tool.app import create_app
from lti_tool.cli.outbox import make_worker
from lti_tool.sandbox import LrsAccess, Sandbox, create_sandbox_app, seed, serve
from lti_tool.sandbox.keys import KeyRing
from lti_tool.services.registrations import PlatformFacts, register_platform
from tests.cast import Player, World
from tests.xapi.lrs_servers import RealLrs, free_port

_KEYS = KeyRing()
"""One platform key for the whole run, because making one takes long."""


class Clerk(Player):
    """Somebody who posts forms without a browser: the quick way to what a test begins with."""

    def url(self, endpoint, **values):
        """Return the whole address, since cookies belong to its host."""
        return self.world.tool_url + super().url(endpoint, **values)


@dataclass
class Stage(World):
    """Both sites, served on real sockets, with a worker that carries what one owes the other."""

    @property
    def vle_url(self):
        return self.sandbox.base_url

    @property
    def tool_url(self):
        return self.settings.public_url

    def player(self, person):
        sub = str(person.id)
        return self.players.setdefault(sub, Clerk(self, sub, self.app.test_client()))

    def place(self, kind, *, course=None, **options):
        """Put an activity into the course; Tilda chose it in hers, so she counts as a tutor."""
        link = super().place(kind, course=course, **options)
        if course in (None, self.cast.course):
            tilda, course = self.cast.tilda, self.cast.course
            self.player(tilda).finish(self.sandbox.deep_linking_form(tilda, course, self.tool))
        return link

    def cell(self, link, person):
        """Return what the gradebook holds for somebody: .score and .feedback."""
        (item,) = self.sandbox.tables.items_of(link)
        return self.sandbox.cell(item, person)

    def link_named(self, title):
        """Return the activity of that name in the first course."""
        links = self.sandbox.tables.links_in(self.cast.course)
        return next(link for link in links if link.title == title)


@contextmanager
def raised_stage(database_url: str, lrs: RealLrs | None = None, **settings) -> Iterator[Stage]:
    """Serve both sites on *database_url*, whose tables exist, until the block ends."""
    with ExitStack() as stack:
        sandbox = Sandbox(keys=KeyRing(list(_KEYS.keys)))
        access = LrsAccess(lrs.endpoint, lrs.key, lrs.secret) if lrs else None
        stack.enter_context(serve(create_sandbox_app(sandbox, access), "localhost"))
        cast, port = seed(sandbox), free_port()
        made = Settings(**_values(database_url, port, lrs) | settings)
        app = create_app(made, is_strict=True)
        stack.callback(app.extensions["trellis"].database.dispose)
        stack.enter_context(serve(app, "127.0.0.1", port))
        stage = Stage(sandbox, cast, app, made)
        _introduce(stage)
        stack.enter_context(_working(app))
        yield stage


def _values(database_url: str, port: int, lrs: RealLrs | None) -> dict:
    values = {
        "database_url": database_url,
        "secret_key": "a test's secret that is long enough",
        "public_url": f"http://127.0.0.1:{port}",
        "allow_private_network": True,
    }
    if lrs is not None:
        values |= {"lrs_endpoint": lrs.endpoint, "lrs_key": lrs.key, "lrs_secret": lrs.secret}
    return values


def _introduce(stage: Stage) -> None:
    """Register the two with each other."""
    vle, tool = stage.vle_url, stage.tool_url
    registered = stage.sandbox.preregister(
        f"{tool}/lti/login",
        [f"{tool}/lti/launch"],
        jwks_url=f"{tool}/.well-known/jwks.json",
        name="Trellis",
        target_link_uri=f"{tool}/lti/launch",
        deep_linking_url=f"{tool}/lti/launch",
    )
    facts = PlatformFacts(
        issuer=vle,
        client_id=registered.client_id,
        auth_login_url=f"{vle}/mod/lti/auth.php",
        auth_token_url=f"{vle}/mod/lti/token.php",
        jwks_url=f"{vle}/mod/lti/certs.php",
        deployment_ids=[str(registered.id)],
        allows_private_network=True,
    )
    with stage.database.transaction() as session:
        stage.platform_id = register_platform(session, facts).id


@contextmanager
def _working(app) -> Iterator[None]:
    worker, stop = make_worker(app.extensions["trellis_lti"]), threading.Event()
    thread = threading.Thread(target=worker.run_forever, args=(stop,), name="worker")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def wait_until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Return as soon as *holds* is true, which something in another thread brings about."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not true within {seconds} s"
        time.sleep(0.1)
