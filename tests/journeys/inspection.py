"""What is looked at on a page, whoever it is for."""

from axe_playwright_python.sync_playwright import Axe

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STICKING_OUT = """() => {
  const reachable = (it) => it.closest(".table-scroll, .visually-hidden, .skip-link, [hidden]");
  return [...document.body.querySelectorAll("*")]
    .filter((it) => !reachable(it) && it.getClientRects().length)
    .filter((it) => it.getBoundingClientRect().right > innerWidth + 1)
    .map((it) => it.outerHTML.slice(0, 200));
}"""


def violations(page, **options):
    """What axe finds, each with the first element it is about."""
    found = Axe().run(page, options=options).response["violations"]
    return [(one["id"], one["help"], one["nodes"][0]["html"]) for one in found]
