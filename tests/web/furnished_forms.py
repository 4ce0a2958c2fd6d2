"""A course in which every form of the application can be found, each at its fullest."""

from dataclasses import replace
from uuid import uuid4

from sqlalchemy import select

from lti_tool.domain.evidence import Upload
from lti_tool.domain.records import Attempt, Record
from lti_tool.domain.sessions import LaunchSession
from tests.cast import Player
from tests.isolation.test_matrix import addresses
from tests.isolation.victim import put_to_work
from tests.web.edge_forms import (
    dialog,
    forms_of_platforms,
    forms_of_scripts,
    launch_of_a_mentor,
    page_of_two_drafts,
    pages_around_a_launch,
    pages_of_mails,
    sign_as_gwen,
)
from tests.web.found_forms import crawl, endpoint_of, filled_in, forms_in
from tests.web.further_work import do_the_rest, publish_a_version
from tests.web.sweep_scene import Scene

MACHINE_PAGES = (
    "/livez",
    "/readyz",
    "/version",
    "/xapi/profile",
    "/.well-known/jwks.json",
    "/lti/login",
    "/lti/register/made-up",
    "/verify/made-up",
)
"""What stands outside every launch, and shows no form."""


def furnish(world):
    """Let everybody work, then find all forms as the right person sees them."""
    cast = world.cast
    tomas, tilda, meera = (world.player(who) for who in (cast.tomas, cast.tilda, cast.meera))
    victim = put_to_work(world, tomas, tilda)
    do_the_rest(world, victim, meera)
    sign_as_gwen(world)
    return _Finder(world, victim).find()


class _Finder:
    """Collects, for each endpoint, the fullest of all forms that are shown."""

    def __init__(self, world, victim):
        self.world, self.victim = world, victim
        self.ids, self.logbook = victim.ids, victim.links["logbook"]
        self.forms, self.pages, self.noted = {}, {}, set()

    def find(self):
        """Look at everything there is, as everybody."""
        for player in self._readers():
            self._read(player)
        self._publish_and_read_on()
        for player, page, here in pages_of_mails(self.world):
            self.pages[here] = player
            self.keep(player, page, here)
        self._read(launch_of_a_mentor(self.world), is_brief=True)
        for player, page, here in pages_around_a_launch(self.world, self.logbook):
            self.keep(player, page, here)
        self._add_what_scripts_send()
        anybody = Player(self.world, "", self.world.app.test_client())
        self.pages |= dict.fromkeys(MACHINE_PAGES, anybody)
        self._add_hidden_pages(anybody)
        scene = Scene(self.world, self.forms, self.pages, self.renew)
        self.renew()
        scene.restore()
        return scene

    def renew(self):
        """Get those messages anew that live for a minute, or a quarter of an hour."""
        self.forms.pop("deep_linking.choose", None)
        self.keep(*dialog(self.world))
        for form in forms_of_platforms(self.world, self.logbook):
            self.forms[form.endpoint] = form

    def keep(self, player, page, here=""):
        """Keep the forms of a page that say more than those known, or are new."""
        for form in forms_in(page, here):
            endpoint = endpoint_of(self.world.app, form.action)
            language = "" if form.action.startswith("/lti/") else form.language
            filled = replace(filled_in(form), player=player, endpoint=endpoint, language=language)
            if endpoint and filled.weight > getattr(self.forms.get(endpoint), "weight", -1):
                self.forms[endpoint] = filled

    def _readers(self):
        cast = self.world.cast
        empty = self.world.sandbox.add_link(cast.course, self.world.tool, "Still empty")
        for person in (cast.tomas, cast.tilda):
            for link in self.victim.links.values():
                yield self._fresh(person, link)
        yield self._fresh(cast.tilda, empty)
        yield self._fresh(cast.sigrun, self.victim.links["quiz"])

    def _fresh(self, person, link):
        player = Player(self.world, str(person.id), self.world.app.test_client())
        player.launch(link)
        return player

    def _read(self, player, is_brief=False):
        more = [] if is_brief else self._addresses(player)
        for path, end, page in crawl(player, more):
            self._note(player, path)
            self.keep(player, page, end)

    def _addresses(self, player):
        """Every page about something that this launch may show, whether a link leads there."""
        ids = self.ids | {"record_id": self._records_of(player)}
        ids["path"] = [str(id) for id in ids["record_id"][:1]]
        for rule in self.world.app.url_map.iter_rules():
            if "GET" in rule.methods and "launch_id" in rule.arguments:
                for values in addresses(rule, ids):
                    yield player.url(rule.endpoint, **values)

    def _records_of(self, player):
        with self.world.database.reading() as session:
            return session.scalars(
                select(Record.id)
                .join(Attempt, Attempt.id == Record.attempt_id)
                .join(LaunchSession, LaunchSession.resource_link_id == Attempt.resource_link_id)
                .where(LaunchSession.id == player.launch_id)
                .order_by(Record.id)
            ).all()

    def _note(self, player, path):
        """Keep one address of each endpoint and reader."""
        start = path.partition("?")[0]
        seen = endpoint_of(self.world.app, start, "GET"), player.sub
        if seen[0] and seen not in self.noted:
            self.noted.add(seen)
            self.pages[start] = player

    def _publish_and_read_on(self):
        """See what a third version of a form makes of the pages of its tutor."""
        publish_a_version(self.victim.tilda, self.logbook)
        self.writer = self._fresh(self.world.cast.tilda, self.logbook)
        self._read(self.writer)

    def _add_what_scripts_send(self):
        tomas = self._fresh(self.world.cast.tomas, self.logbook)
        with self.world.database.reading() as session:
            record_id, upload_id = session.execute(
                select(Record.id, Upload.id)
                .join(Upload, Upload.record_id == Record.id)
                .where(Record.draft.is_not(None), Upload.evidence_id.is_(None))
            ).first()
        page = tomas.get("logbook.edit", record_id=record_id).text
        (edited,) = [f for f in forms_in(page) if f.action.endswith("/draft")]
        for form in forms_of_scripts(tomas, filled_in(edited), upload_id):
            self.forms[form.endpoint] = form
        known = dict(self.forms)
        self.keep(tomas, *page_of_two_drafts(tomas))
        self.forms = known | {name: self.forms[name] for name in self.forms.keys() - known.keys()}

    def _add_hidden_pages(self, anybody):
        """An address of each page that nobody could open here, so that it is asked for too."""
        asked = {endpoint_of(self.world.app, path, "GET") for path in self.pages} | {"static"}
        for rule in self.world.app.url_map.iter_rules():
            if "GET" in rule.methods and rule.endpoint not in asked:
                player = self.writer if "launch_id" in rule.arguments else anybody
                self.pages[self._address(player, rule)] = player

    def _address(self, player, rule):
        """An address of *rule*, with something that there is wherever there is something."""
        made_up = {
            name: (self.ids.get(name) or ["x" if name in ("token", "code") else uuid4()])[0]
            for name in rule.arguments - {"launch_id"}
        }
        return player.url(rule.endpoint, **made_up).partition("?")[0]
