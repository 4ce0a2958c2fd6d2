"""Gwen at the bakery with her phone: fourteen things of six trainees, from one mail."""

import time
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from lti_tool.domain.base import Base
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.records import RecordState
from lti_tool.domain.roles import Hint, Role
from lti_tool.domain.signing import Capacity, Signature
from tests.journeys.inspection import RULES, violations
from tests.journeys.visitor import PHONE
from tests.mentors.conftest import GWEN, Bakery

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
NAMES = ("Tomas", "Sigrún", "Omar", "Aino", "Elin", "Liv")
TEXT = "We baked rye bread from five in the morning. I weighed the flour and cleaned it.\n" * 4


@dataclass
class Trainee:
    """Somebody whose entries wait; nobody needs to see them launch."""

    world: object
    person: Person


@pytest.fixture
def bakery(stage):
    """Fourteen entries of six trainees, all of them Gwen's."""
    link = stage.place("logbook", title="Weekly practice")
    tilda = stage.player(stage.cast.tilda)
    tilda.launch(link)
    stage.make(tilda, Role.TUTOR)
    bakery = Bakery(stage, link)
    trainees = [_trainee(bakery, f"{name} Trainee") for name in NAMES]
    for trainee in trainees:
        bakery.name(trainee)
    for number in range(14):
        day = date(2026, 1, 5) + timedelta(days=number)
        bakery.entry(trainees[number % 6], TEXT, on=day)
    return bakery


def _trainee(bakery, name):
    with bakery.database.transaction() as session:
        person = Person(platform_id=bakery.world.platform_id, sub=f"sub of {name}", name=name)
        session.add(person)
        session.flush()
        course_id = bakery.course(session).id
        member = Membership(course_id=course_id, person_id=person.id, launch_hint=Hint.LEARNER)
        session.add(member)
    return Trainee(bakery.world, person)


@pytest.fixture
def opens(chromium, bakery):
    """Open the mail's link in a phone's browser; return the page."""
    contexts = []

    def open_it(**options):
        context = chromium.new_context(viewport=PHONE, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{bakery.world.tool_url}/m/{bakery.token()}?lang=en")
        return page

    yield open_it
    for context in contexts:
        context.close()


def read_and_tick(card, how="I saw it"):
    card.locator("summary").click()
    card.get_by_label(how).check()
    card.get_by_label("I read this.").check()


def weigh(page):
    """Bytes of the page and all that it loads."""
    return page.evaluate(
        """async () => {
          const parts = [...document.querySelectorAll("link[rel=stylesheet], script[src]")];
          const urls = [location.href, ...parts.map((it) => it.href || it.src)];
          const sizes = urls.map(async (url) => (await (await fetch(url)).blob()).size);
          return (await Promise.all(sizes)).reduce((a, b) => a + b);
        }"""
    )


def test_fourteen_things_of_six_trainees_are_decided_on_one_page(bakery, opens, capsys):
    page = opens()
    bytes_in_all = weigh(page)
    assert page.get_by_role("heading", level=2).filter(has_text="Trainee").count() == 6
    began = time.monotonic()

    cards = page.locator("details.card").all()
    for card in cards[:13]:
        read_and_tick(card)
    page.wait_for_timeout(3_000)
    page.get_by_role("button", name="Confirm all that I ticked (13)").click()
    page.get_by_text("13 confirmed.").wait_for()
    page.get_by_label("Comment").fill("Which bread was it?")
    page.wait_for_timeout(3_000)
    page.get_by_role("button", name="Send back").click()
    page.get_by_text("1 sent back.").wait_for()
    seconds = time.monotonic() - began

    with capsys.disabled():
        print(f"\nmentor page: {bytes_in_all} bytes; 14 decided in {seconds:.1f} s by script")  # noqa: T201
    assert bytes_in_all < 100_000
    assert seconds < 120
    signed = bakery.world.stored(Signature)
    assert len(signed) == 14
    assert {one.capacity for one in signed} == {Capacity.SAW_IT, None}
    assert page.get_by_role("heading", level=1).inner_text() == "Nothing waits for you"


def test_the_page_works_without_scripts(bakery, opens):
    page = opens(java_script_enabled=False)
    cards = page.locator("details.card").all()
    for card in cards[:3]:
        read_and_tick(card, how="I saw the result")
    page.wait_for_timeout(3_000)

    page.get_by_role("button", name="Confirm all that I ticked").click()

    page.get_by_text("3 confirmed.").wait_for()
    assert len(bakery.world.stored(Signature)) == 3


def test_everybody_can_use_the_page(bakery, opens):
    page = opens()
    for summary in page.locator("summary").all():
        summary.click()

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page, runOnly=RULES) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]


def test_the_keyboard_does_not_confirm_by_accident(bakery, opens):
    page = opens()
    card = page.locator("details.card").first
    card.locator("summary").click()
    card.get_by_label("I saw it").check()
    page.wait_for_timeout(3_100)

    card.get_by_label("I saw it").press("Enter")
    page.wait_for_timeout(500)

    assert bakery.world.stored(Signature) == []


TOUCHED = (
    "contact",
    "mentor_link",
    "record",
    "revision",
    "signature",
    "record_move",
    "relation",
    "launch_session",
    "rate_window",
)
"""What a press could change; the worker goes on with other tables meanwhile."""


def everything(bakery):
    with bakery.database.reading() as session:
        return [
            (table.name, [tuple(row) for row in session.execute(table.select())])
            for table in Base.metadata.sorted_tables
            if table.name in TOUCHED
        ]


def test_a_scanner_that_runs_scripts_changes_nothing(bakery, chromium):
    token = bakery.token()
    before = everything(bakery)
    context = chromium.new_context(viewport=PHONE)
    page = context.new_page()

    for _ in range(2):
        page.goto(f"{bakery.world.tool_url}/m/{token}")
        page.wait_for_load_state("networkidle")
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        page.wait_for_timeout(3_500)
    assert context.cookies() == []
    context.close()

    assert everything(bakery) == before


def test_a_scanner_that_presses_every_button_decides_nothing(bakery, chromium):
    """It opens all there is and presses, but it takes no choice that only a human makes."""
    context = chromium.new_context(viewport=PHONE)
    page = context.new_page()
    address = f"{bakery.world.tool_url}/m/{bakery.token()}"
    for name in ("Confirm", "Send back", "Not mine"):
        page.goto(f"{address}?lang=en")
        page.locator("details.card summary").first.click()
        page.wait_for_timeout(3_100)
        page.get_by_role("button", name=name, exact=True).first.click()
        page.wait_for_load_state()
    context.close()

    assert bakery.world.stored(Signature) == []
    assert len(bakery.tasks(GWEN.email)) == 14
    states = {bakery.record(task.record_id).state for task in bakery.tasks()}
    assert states == {RecordState.SUBMITTED}
