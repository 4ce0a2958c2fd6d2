"""The pages that matter most in every language: said to be in it, and whole on a small screen."""

import pytest
from sqlalchemy import update

from config.settings import LANGUAGES
from lti_tool.domain.people import Person
from tests.journeys.inspection import RULES, STICKING_OUT, violations
from tests.journeys.tour import SMALL

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

PAGES = [
    ("tomas", "logbook", "logbook.home", {}),
    ("tomas", "logbook", "logbook.edit", {"record_id": "returned"}),
    ("tomas", "quiz", "quiz.home", {}),
    ("tomas", "rating", "quiz.answer", {"record_id": "next rated"}),
    ("tomas", "rating", "quiz.result", {"record_id": "rated"}),
    ("tomas", "checklist", "checklist.home", {}),
    ("meera", "logbook", "trainees.index", {}),
    ("meera", "logbook", "logbook.show_entry", {"record_id": "submitted"}),
    ("meera", "checklist", "checklist.observe", {"record_id": "unsigned"}),
    ("nils", "logbook", "pages.undecided", {}),
    ("tilda", "logbook", "trainees.index", {}),
    ("tilda", "logbook", "logbook.show_trainee", {"person_id": "tomas"}),
    ("tilda", "logbook", "people.index", {}),
    ("tilda", "quiz", "chooser.settings", {}),
    ("tilda", "unset", "chooser.choose", {}),
]
ALL_CHECKS = ("cy", "fi")


def speak(tour, code):
    """Let everybody have chosen this language."""
    with tour.course.stage.database.transaction() as session:
        session.execute(update(Person).values(chosen_locale=code))


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_pages_that_matter_most_are_whole_in_each_language(tour, code):
    speak(tour, code)

    for who, link, endpoint, values in PAGES:
        page = tour.go(who, link, endpoint, **values).page
        assert page.locator("html").get_attribute("lang") == code, endpoint
        assert page.evaluate("document.scrollingElement.scrollWidth") <= SMALL["width"], endpoint
        assert page.evaluate(STICKING_OUT) == [], endpoint
        if code in ALL_CHECKS:
            assert violations(page, runOnly=RULES) == [], endpoint
