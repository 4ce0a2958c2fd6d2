"""Every page, on the smallest screen, light and dark: nobody is kept out, nothing sticks out."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from lti_tool.plugins import discover
from tests.journeys.furnished import furnish
from tests.journeys.stage import raised_stage
from tests.journeys.tour import SMALL, STOPS, Tour

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STICKING_OUT = """() => {
  const reachable = (it) => it.closest(".table-scroll, .visually-hidden, .skip-link, [hidden]");
  return [...document.body.querySelectorAll("*")]
    .filter((it) => !reachable(it) && it.getClientRects().length)
    .filter((it) => it.getBoundingClientRect().right > innerWidth + 1)
    .map((it) => it.outerHTML.slice(0, 200));
}"""


@pytest.fixture(scope="module")
def tour(chromium, prepared_sqlite, tmp_path_factory):
    """Everybody in a furnished course; no stop changes what another one sees."""
    path = tmp_path_factory.mktemp("tour") / "stage.db"
    shutil.copyfile(prepared_sqlite, path)
    with raised_stage(f"sqlite:///{path}") as stage:
        tour = Tour(furnish(stage), chromium)
        yield tour
        tour.close()


def violations(page, **options):
    """What axe finds, each with the first element it is about."""
    found = Axe().run(page, options=options).response["violations"]
    return [(one["id"], one["help"], one["nodes"][0]["html"]) for one in found]


@pytest.mark.parametrize("name", STOPS)
def test_a_page_is_usable_by_everybody_on_a_small_screen(tour, name):
    page = tour.visit(name)

    page.emulate_media(color_scheme="light")
    assert violations(page, runOnly=RULES) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= SMALL["width"]
    assert page.evaluate(STICKING_OUT) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, runOnly={"type": "rule", "values": ["color-contrast"]}) == []


SPOILT = """() => document.querySelector("main").insertAdjacentHTML("beforeend",
  "<img src='/static/trellis.svg'><table><td>" + "wide".repeat(100))"""


def test_these_checks_notice_a_page_that_is_spoilt(tour):
    page = tour.visit("a trainees empty logbook")

    page.evaluate(SPOILT)

    assert "image-alt" in [found[0] for found in violations(page, runOnly=RULES)]
    assert page.evaluate("document.scrollingElement.scrollWidth") > SMALL["width"]
    assert page.evaluate(STICKING_OUT) != []


def test_the_tour_leaves_out_no_page():
    homes = [Path(str(files(plugin.package))) for plugin in discover()]
    folders = [home / "templates" for home in (Path(str(files("lti_tool"))), *homes)]
    pages = {
        str(path.relative_to(folder))
        for folder in folders
        for path in folder.rglob("*.html")
        if "{% extends" in path.read_text("utf-8") and path.parent.name != "layouts"
    }
    assert {stop.template for stop in STOPS.values()} >= pages


WEIGHTS = """async () => {
  const parts = [...document.querySelectorAll("link[rel=stylesheet], script")];
  const weigh = async (url) => [url, (await (await fetch(url)).blob()).size];
  return Promise.all([location.href, ...parts.map((it) => it.href ?? it.src)].map(weigh));
}"""


def test_a_trainees_home_weighs_less_than_a_photo(tour):
    """Bytes of page, styles and scripts as they are, before the server compresses them."""
    weights = dict(tour.visit("a trainees logbook").evaluate(WEIGHTS))

    assert len(weights) == 5
    assert sum(weights.values()) < 100_000, weights
