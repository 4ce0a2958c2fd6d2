"""Every page, on the smallest screen, light and dark: nobody is kept out, nothing sticks out."""

from importlib.resources import files
from pathlib import Path

import pytest

from lti_tool.plugins import discover
from tests.journeys import (  # noqa: F401 - the stops
    stops_around,
    stops_of_authors,
    stops_of_mentors,
    stops_of_staff,
    stops_of_trainees,
)
from tests.journeys.inspection import RULES, STICKING_OUT, violations
from tests.journeys.tour import SMALL, STOPS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


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
