"""The mails as a phone shows them, and the demo's mailbox."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from lti_tool.sandbox import Mailbox, Sandbox, create_sandbox_app, serve
from tests.cast import ONE_ENGINE
from tests.mail.test_messages import NASTY, digest, signed

pytestmark = [pytest.mark.browser, ONE_ENGINE, pytest.mark.timeout(120)]

WCAG = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
OF_PAGES = [*WCAG, "best-practice"]
"""Landmarks and the like: in a mail they are the mail program's."""


@pytest.fixture
def page(chromium):
    with chromium.new_page(viewport={"width": 320, "height": 700}) as page:
        page.set_default_timeout(15_000)
        yield page


@pytest.fixture
def mails(house, post, clock):
    """A digest of somebody with a very long name, a receipt and a welcome."""
    house.change_person("tomas", name="Þ" * 90)
    mail = digest(house, post, clock)
    signature = signed(house, house.hand_in(), comment="word " * 40 + NASTY[9])
    house.queue("receipt", signature_id=signature)
    house.queue("named", relation_id=house.ids["relation of tomas"])
    house.send()
    assert len(post.mails) == 3
    return [mail, *post.mails[1:]]


def assert_usable(page, rules=OF_PAGES):
    violations = Axe().run(page, options={"runOnly": rules}).response["violations"]
    assert [(found["id"], found["nodes"][0]["html"]) for found in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_every_mail_is_usable_on_a_small_screen(page, mails):
    for mail in mails:
        page.set_content(mail.html)
        assert_usable(page, WCAG)


def test_the_mailbox_shows_a_mail_whose_links_open_in_a_new_tab(page, mails):
    mailbox = Mailbox()
    for mail in mails:
        mailbox.take(mail.raw, mail.recipient)
    with serve(create_sandbox_app(Sandbox(), mails=mailbox)) as server:
        page.context.route("https://trellis.test/**", lambda route: route.fulfill(body="There"))
        page.goto(f"{server.url}/site/mailbox")
        assert_usable(page)
        page.get_by_role("link", name="One thing waits").click()
        page.frame_locator("iframe").get_by_role("link", name="Read and answer").wait_for()
        assert_usable(page)

        with page.context.expect_page() as opened:
            page.frame_locator("iframe").get_by_role("link", name="Read and answer").click()

        opened.value.get_by_text("There").wait_for()
        assert opened.value.url.startswith("https://trellis.test/m/")
