"""Somebody of the cast at a browser of their own, saying what they do and what they see."""

import re

from playwright.sync_api import BrowserContext, Locator, expect

from tests.journeys.stage import Stage

expect.set_options(timeout=15_000)

PHONE = {"width": 390, "height": 800}
DESK = {"width": 1280, "height": 800}


class Visitor:
    """One person with one tab; Trellis stands in the VLE's frame unless it is opened alone."""

    def __init__(
        self, stage: Stage, who: str, context: BrowserContext, *, has_scripts: bool = True
    ) -> None:
        self.stage, self.who, self.context = stage, who, context
        self.has_scripts = has_scripts
        self.page = context.new_page()
        self.is_framed = True

    @property
    def there(self):
        """Where Trellis is: what to look for things in."""
        return self.page.frame_locator("iframe") if self.is_framed else self.page

    @property
    def frame(self):
        """The document of Trellis, for what only a document can be asked."""
        return self.page.frames[-1] if self.is_framed else self.page.main_frame

    def goes_to(self, path, course=None):
        """Open a page of the course in the VLE."""
        course = course or self.stage.cast.course
        self.page.goto(f"{self.stage.vle_url}/as/{self.who}/course/{course.id}{path}")
        return self

    def opens(self, link, course=None, about=None):
        """Open an activity from the course, in the frame, and wait for Trellis."""
        self.is_framed = True
        query = f"?about={about.id}" if about else ""
        return self.goes_to(f"/activity/{link.id}{query}", course).arrives()

    def opens_alone(self, link, course=None, about=None):
        """Open an activity as "in a new window" does, without a frame around it."""
        self.is_framed = False
        query = "?container=window" + (f"&about={about.id}" if about else "")
        return self.goes_to(f"/activity/{link.id}/open{query}", course).arrives()

    def arrives(self):
        """Wait until Trellis shows a page; where scripts are off, press on from hop to hop."""
        if not self.has_scripts:
            self.presses("Continue").frame.wait_for_url("**/mod/lti/auth.php*")
            self.presses("Continue")
        expect(self.there.locator("main#main")).to_be_visible()
        return self

    def sees(self, text):
        """Wait until *text*, or what matches it, is in sight."""
        expect(self.there.get_by_text(text).first).to_be_visible()
        return self

    def sees_heading(self, text):
        expect(self.there.get_by_role("heading", name=text).first).to_be_visible()
        return self

    def misses(self, text):
        """Make sure that *text* is not there; say first what else is."""
        expect(self.there.get_by_text(text)).to_have_count(0)
        return self

    def presses(self, name, exact=True):
        """Press the first button of that name."""
        self.there.get_by_role("button", name=name, exact=exact).first.click()
        return self

    def follows(self, name):
        """Follow the first link of that name."""
        self.there.get_by_role("link", name=name).first.click()
        return self

    def field(self, label) -> Locator:
        """Return the first box that *label* names; a section may have the same name."""
        boxes = self.there.locator("input, textarea, select")
        return boxes.and_(self.there.get_by_label(label)).first

    def types(self, label, text):
        """Type into a field as by hand, after what stands there."""
        self.field(label).press_sequentially(text)
        return self

    def fills(self, label, text):
        """Put *text* in the place of what a field holds."""
        self.field(label).fill(text)
        return self

    def ticks(self, label):
        """Choose a radio or a checkbox."""
        self.field(label).check()
        return self

    def chooses(self, label, value):
        self.field(label).select_option(value)
        return self

    @property
    def text(self):
        """All that Trellis's page says."""
        return re.sub(r"\s+", " ", self.there.locator("body").inner_text())
