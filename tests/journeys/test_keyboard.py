"""The keyboard alone: everything is reached in order, seen where it is, and acted on."""

import pytest
from playwright.sync_api import expect

from tests.journeys.visitor import DESK

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

FOCUS = """async () => {
  await new Promise(requestAnimationFrame);  // the browser scrolls before it paints
  const it = document.activeElement;
  if (it === document.body || it === null) return null;
  const box = it.getBoundingClientRect();
  const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
  const hit = document.elementFromPoint(box.left + Math.min(box.width, 40) / 2, (top + bottom) / 2);
  const look = getComputedStyle(it);
  const name = it.labels?.[0]?.textContent ?? it.textContent ?? "";
  return {
    name: name.trim().replace(/\\s+/g, " "),
    is_marked: look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2
      || !it.matches(":focus"),  // the calendar button inside a date box; chromium marks it
    is_in_view: bottom - top >= Math.min(box.height, 40) && box.left >= 0
      && box.right <= innerWidth,
    is_on_top: hit === it || it.contains(hit) || hit?.closest("label")?.control === it,
  };
}"""
"""What is focused, whether a frame is drawn around it, and whether it can be seen."""


class Keys:
    """Somebody who has no mouse; every stop on the way is checked."""

    def __init__(self, visitor):
        self.visitor, self.keyboard = visitor, visitor.page.keyboard

    def focused(self):
        return self.visitor.frame.evaluate(FOCUS)

    def tab_to(self, name, most=60):
        """Press Tab until the focus is on what is called so, and check each stop."""
        for _press in range(most):
            self.keyboard.press("Tab")
            stop = self.focused()
            if stop is None:
                continue
            assert stop["is_marked"], f"the focus cannot be seen on {stop['name']!r}"
            assert stop["is_in_view"], f"the focus is out of view on {stop['name']!r}"
            assert stop["is_on_top"], f"the focus is covered on {stop['name']!r}"
            if stop["name"].startswith(name):
                return self
        raise AssertionError(f"{name!r} cannot be reached with Tab")

    def press(self, *keys):
        for key in keys:
            self.keyboard.press(key)
        return self

    def type(self, text):
        self.keyboard.type(text)
        return self


@pytest.fixture
def logbook(stage):
    return stage.place("logbook", title="My meetings")


@pytest.fixture
def tomas(visit):
    return visit("tomas", DESK)


def test_an_entry_is_written_and_submitted_by_keyboard(tomas, logbook):
    keys = Keys(tomas.opens(logbook))
    keys.tab_to("Add entry").press("Enter")
    tomas.sees_heading("Logbook entry")

    keys.tab_to("What did you talk about?").type("The bakery.")
    keys.tab_to("Date").type("01202026")
    keys.tab_to("Time spent").tab_to("45 min").press("Space")
    keys.tab_to("Submit").press("Enter")

    tomas.sees("Entry submitted.").sees("20 January 2026").sees("45 min").sees("The bakery.")


def test_a_missing_answer_takes_the_focus_to_what_is_missing(tomas, logbook):
    keys = Keys(tomas.opens(logbook).presses("Add entry").sees_heading("Logbook entry"))
    keys.tab_to("Submit").press("Enter")
    tomas.sees("There is a problem")
    expect(tomas.there.get_by_role("alert")).to_be_focused()

    keys.tab_to("Choose the day").press("Enter")

    expect(tomas.field("Date")).to_be_focused()


def test_a_question_before_an_act_is_answered_by_keyboard(tomas, logbook):
    keys = Keys(tomas.opens(logbook).presses("Add entry").sees_heading("Logbook entry"))
    keys.tab_to("Delete this draft").press("Enter")
    tomas.sees("What you wrote is gone then.")
    assert keys.focused()["name"] == "No, go back"
    keys.press("Enter")
    expect(tomas.there.get_by_role("button", name="Delete this draft")).to_be_focused()

    keys.press("Enter", "Shift+Tab", "Enter")

    tomas.sees("Draft deleted.")


def test_the_first_stop_skips_to_the_main_content(tomas, logbook):
    keys = Keys(tomas.opens_alone(logbook))

    keys.press("Tab")
    assert keys.focused()["name"] == "Skip to the main content"
    assert keys.focused()["is_in_view"]
    keys.press("Enter", "Tab")

    assert keys.focused()["name"] == "Add entry"
