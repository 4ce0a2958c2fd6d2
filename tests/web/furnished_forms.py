"""A course in which every form of the application can be found, and what it held before."""

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, update

from lti_tool.domain.append_only import Upkeep
from lti_tool.domain.base import Base, utc_now
from lti_tool.domain.roles import Role
from lti_tool.domain.sessions import Handoff
from lti_tool.sandbox import send_login
from lti_tool.services.registrations import invite
from tests.cast import Player
from tests.isolation.test_matrix import addresses
from tests.isolation.victim import put_to_work
from tests.web.found_forms import Form, crawl, endpoint_of, filled_in, forms_in
from tests.web.further_work import confirm_an_entry, publish_a_version, reminders_path
from tests.web.test_handoff import Blocked

VOLATILE = {"launch_session": {"seen_at"}}
"""Columns that say when somebody was last here, which any request may move."""
DRAFTS = {"record": {"draft", "draft_saved_at"}}
"""Where what was typed is kept while it is not handed in: a refused form may write there."""


@dataclass
class Scene:
    """The forms, by the endpoint they post to, and the rows of the database at the start."""

    world: object
    forms: dict
    pages: dict
    rows: dict
    link: object

    def __post_init__(self):
        database = self.world.database
        # By the driver: a connection of SQLAlchemy's would begin a transaction and keep it.
        self.watch = database.engine.raw_connection()
        if not database.is_sqlite:
            self.watch.driver_connection.autocommit = True
        self.mark = self._count()

    def _count(self):
        """A number that any transaction of somebody else moves if it wrote something."""
        xids = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
        is_sqlite = self.world.database.is_sqlite
        cursor = self.watch.driver_connection.execute("PRAGMA data_version" if is_sqlite else xids)
        return cursor.fetchone()[0]

    @contextmanager
    def untouched_afterwards(self):
        """Put every row back that the block has changed."""
        try:
            yield
        finally:
            self.restore()

    def refresh(self):
        """Get those messages anew that live for a minute, or a quarter of an hour."""
        for endpoint in ("lti.launch", "deep_linking.choose"):
            del self.forms[endpoint]
        _keep(self.world, self.forms, *_dialog(self.world))
        _add_machine_forms(self.world, self.forms, self.link)
        self.restore()

    def restore(self):
        """Make the database what it was."""
        if self.was_written_to() and read_rows(self.world.database) != self.rows:
            write_rows(self.world.database, self.rows)
            self.mark = self._count()

    def was_written_to(self):
        """Say, fast, whether there was any transaction that could have changed something."""
        return self._count() != self.mark

    def changes(self, besides=None):
        """The tables that are not as they were; columns of *besides* do not count."""
        if not self.was_written_to():
            return []
        now = read_rows(self.world.database)
        return [
            name
            for name, rows in self.rows.items()
            if _without(rows, name, besides) != _without(now[name], name, besides)
        ]


def _without(rows, name, besides):
    ignored = VOLATILE.get(name, set()) | (besides or {}).get(name, set())
    kept = [{k: v for k, v in row.items() if k not in ignored} for row in rows]
    return sorted(map(repr, kept))


def read_rows(database):
    with database.reading_connection() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
            for table in Base.metadata.sorted_tables
        }


def write_rows(database, rows):
    tables = [table for table in Base.metadata.sorted_tables if table is not Upkeep.__table__]
    with database.connection() as connection:
        connection.execute(insert(Upkeep).values(reason="tests"))
        for table in reversed(tables):
            connection.execute(table.delete())
        for table in tables:
            if rows[table.name]:
                connection.execute(table.insert(), rows[table.name])
        connection.execute(delete(Upkeep))


def furnish(world, tomas, tilda, meera):
    """Let everybody work, then find all forms as the right person sees them."""
    victim = put_to_work(world, tomas, tilda)
    confirm_an_entry(tomas, tilda, victim.links["logbook"])
    _mentor(world, victim, meera, tomas)
    empty = world.sandbox.add_link(world.cast.course, world.tool, "Still empty")
    players = [
        _fresh(world, person, link)
        for person in (world.cast.tomas, world.cast.tilda)
        for link in victim.links.values()
    ]
    players.append(_fresh(world, world.cast.tilda, empty))
    players.append(_fresh(world, world.cast.sigrun, victim.links["quiz"]))
    found, pages = {}, {}
    _read(world, found, pages, players, victim)
    publish_a_version(tilda, victim.links["logbook"])
    writer = _fresh(world, world.cast.tilda, victim.links["logbook"])
    _read(world, found, pages, [writer], victim)
    for player, page, here in _edge(world, victim.links["logbook"]):
        _keep(world, found, player, page, here)
    _add_machine_forms(world, found, victim.links["logbook"])
    _add_machine_pages(world, pages, players[0])
    for path in ("/verify", reminders_path(world, meera.person)):
        pages[path] = players[0]
        _keep(world, found, players[0], players[0].client.get(path).text, path)
    return Scene(world, found, pages, read_rows(world.database), victim.links["logbook"])


def _read(world, found, pages, players, victim):
    for player in players:
        for path, end, page in crawl(player, _addresses(world, player, victim.ids)):
            _note(world, pages, player, path)
            _keep(world, found, player, page, end)


def _mentor(world, victim, meera, tomas):
    """Let Meera mentor Sigrun, so that a mentor can be taken away and another added."""
    sigrun = world.player(world.cast.sigrun)
    for player in (meera, sigrun):
        player.launch(victim.links["logbook"])
    world.make(meera, Role.MENTOR)
    world.mentors(meera, sigrun)


def _fresh(world, person, link):
    player = Player(world, str(person.id), world.app.test_client())
    player.launch(link)
    return player


def _addresses(world, player, ids):
    """Every page about something that there is, whether a link leads to it or not."""
    for rule in world.app.url_map.iter_rules():
        if "GET" in rule.methods and "launch_id" in rule.arguments:
            for values in addresses(rule, ids):
                yield player.url(rule.endpoint, **values)


def _keep(world, found, player, page, here=""):
    for form in forms_in(page, here):
        endpoint = endpoint_of(world.app, form.action)
        filled = replace(filled_in(form), player=player, endpoint=endpoint)
        if endpoint and filled.weight > getattr(found.get(endpoint), "weight", -1):
            found[endpoint] = filled


def _edge(world, link):
    """Yield the pages that stand outside a launch, with their addresses."""
    yield _dialog(world)
    blocked = Blocked(world.player(world.cast.tomas))
    anybody = Player(world, blocked.player.sub, world.app.test_client())
    yield anybody, blocked.launch(link).text, ""
    _let_codes_live(world)
    with world.database.transaction() as session:
        token = invite(session, lifetime=timedelta(hours=1), allows_private_network=True)
    here = f"/lti/register/{token}"
    # Of an update, since the token for a new registration works only once.
    asked = urlsplit(world.sandbox.registration_url("http://tool.invalid/", world.tool)).query
    yield anybody, anybody.client.get(f"{here}?{asked}").text, here


def _note(world, pages, player, path):
    """Keep one address of each endpoint and reader, which shows them a page if any does."""
    start = path.partition("?")[0]
    endpoint = endpoint_of(world.app, start, "GET")
    known = {(endpoint_of(world.app, one, "GET"), other.sub) for one, other in pages.items()}
    is_new = endpoint and (endpoint, player.sub) not in known
    if is_new and player.client.get(path).status_code < 400:
        pages[start] = player


def _add_machine_pages(world, pages, player):
    """What stands outside every launch."""
    paths = ("/livez", "/readyz", "/version", "/xapi/profile", "/.well-known/jwks.json")
    more = ("/lti/login", "/lti/register/made-up", "/verify/made-up")
    pages |= dict.fromkeys(paths + more, player)


def _dialog(world):
    """The second step of the dialog for content: it has all the questions."""
    tilda = Player(world, str(world.cast.tilda.id), world.app.test_client())
    form = world.sandbox.deep_linking_form(world.cast.tilda, world.cast.course, world.tool)
    first = next(forms_in(tilda.finish(form).text))
    page = tilda.client.post(first.action, data=_first_step(first))
    return tilda, page.text, ""


def _let_codes_live(world):
    """Give the one-time code of the hand-off longer than its minute: the sweep takes more."""
    with world.database.transaction() as session:
        session.execute(update(Handoff).values(expires_at=utc_now() + timedelta(hours=1)))


def _first_step(form):
    """Choose a kind and go on to its questions, as the picker asks first."""
    return dict(form.fields) | {"step": "settings"}


def _add_machine_forms(world, found, link):
    """What a platform posts, as the sandbox posts it."""
    person = world.cast.tomas
    login = world.sandbox.launch_form(person, link)
    player = Player(world, str(person.id), world.app.test_client())
    query, _ = send_login(player.client, world.sandbox, world.sandbox.launch_form(person, link))
    _, launch = world.sandbox.authorize(query)
    for endpoint, action, fields in (
        ("lti.login", "/lti/login", login),
        ("lti.launch", "/lti/launch", launch),
    ):
        found[endpoint] = Form(
            action, tuple(fields.items()), dict.fromkeys(fields, "hidden"), player, endpoint
        )
