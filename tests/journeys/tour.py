"""Every page of Trellis in every state that looks different, and the way to each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from flask import template_rendered, url_for
from playwright.sync_api import Browser, BrowserContext, Page

from lti_tool.services.registrations import invite
from tests.journeys.furnished import Furnished
from tests.journeys.visitor import Visitor

SMALL = {"width": 320, "height": 640}
NOBODYS = "00000000-0000-4000-8000-000000000000"
STOPS: dict[str, "Stop"] = {}


@dataclass(frozen=True)
class Stop:
    """One page: how to get there, and the template that has to be seen there."""

    template: str
    open: Callable[["Tour"], object]


def stop(template):
    """Put a function on the tour; its name says what is to be seen."""

    def add(function):
        STOPS[function.__name__.replace("_", " ")] = Stop(template, function)
        return function

    return add


@dataclass
class Tour:
    """Everybody at a browser of their own with the smallest screen, signed in once per link."""

    course: Furnished
    browser: Browser
    visitors: dict[str, Visitor] = field(default_factory=dict)
    launches: dict[tuple[str, str], str] = field(default_factory=dict)
    rendered: list[str] = field(default_factory=list)
    page: Page | None = None

    def __post_init__(self):
        self.app = self.course.stage.app
        template_rendered.connect(self._notice, self.app)

    def _notice(self, _app, template, **_more):
        self.rendered.append(template.name)

    def close(self):
        template_rendered.disconnect(self._notice, self.app)
        for visitor in self.visitors.values():
            visitor.context.close()

    def visit(self, name):
        """Go to a stop and return the browser's page, loaded."""
        self.rendered.clear()
        STOPS[name].open(self)
        self.page.wait_for_load_state()
        assert STOPS[name].template in self.rendered
        assert self.page.locator("main#main").count() == 1
        return self.page

    def visitor(self, who) -> Visitor:
        if who not in self.visitors:
            self.visitors[who] = Visitor(self.course.stage, who, self._context())
        visitor = self.visitors[who]
        self.page, visitor.is_framed = visitor.page, False
        return visitor

    def _context(self) -> BrowserContext:
        context = self.browser.new_context(viewport=SMALL)
        context.set_default_timeout(15_000)
        return context

    def launch(self, who, link):
        """Open an activity as somebody, without a frame, and remember the launch."""
        courses, place = self.course.stage.sandbox.tables.courses, self.course.links[link]
        visitor = self.visitor(who).opens_alone(place, course=courses[place.course_id])
        self.launches[who, link] = visitor.page.url.split("/l/")[1].split("/")[0]
        return visitor

    def go(self, who, link, endpoint, **values):
        """Open one page of an activity, launching it the first time."""
        visitor = self.visitor(who)
        if (who, link) not in self.launches:
            self.launch(who, link)
        values = {name: self._id(value) for name, value in values.items()}
        with self.app.test_request_context():
            path = url_for(endpoint, launch_id=self.launches[who, link], **values)
        visitor.page.goto(self.course.stage.tool_url + path)
        return visitor

    def _id(self, value):
        """Return the id of a record or of somebody that goes by this name."""
        if value in self.course.records:
            return self.course.records[value]
        return self.course.person_id(value) if hasattr(self.course.stage.cast, value) else value

    def dialog(self):
        """Open the dialog of "Select content" as a page of its own."""
        visitor = self.visitor("tilda")
        return visitor.goes_to(f"/add/{self.course.stage.tool.id}/open").arrives()

    def asks_to_register(self):
        """Open the page at which a platform registers."""
        stage, ada = self.course.stage, self.visitor("ada")
        with stage.database.transaction() as session:
            token = invite(session, lifetime=timedelta(hours=1), allows_private_network=True)
        address = f"{stage.tool_url}/lti/register/{token}"
        ada.page.goto(stage.sandbox.registration_url(address))
        return ada
