"""A stage with two sites, and the cast at real browsers."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.journeys.furnished import furnish
from tests.journeys.stage import Stage, raised_stage
from tests.journeys.tour import Tour
from tests.journeys.visitor import PHONE, Visitor
from tests.xapi.lrs_servers import ralph  # noqa: F401


@pytest.fixture
def stage(prepared_sqlite: Path, tmp_path: Path) -> Iterator[Stage]:
    """Both sites, empty but for the cast, on SQLite."""
    path = tmp_path / "stage.db"
    shutil.copyfile(prepared_sqlite, path)
    with raised_stage(f"sqlite:///{path}") as raised:
        yield raised


@pytest.fixture(scope="module")
def tour(
    chromium: Browser, prepared_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tour]:
    """Everybody in a furnished course; no stop changes what another one sees."""
    path = tmp_path_factory.mktemp("tour") / "stage.db"
    shutil.copyfile(prepared_sqlite, path)
    with raised_stage(f"sqlite:///{path}") as raised:
        tour = Tour(furnish(raised), chromium)
        yield tour
        tour.close()


@pytest.fixture
def visit(chromium: Browser, stage: Stage) -> Iterator[Callable[..., Visitor]]:
    """Call it with a name of the cast: they sit down at a browser of their own, a phone's size."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def sit_down(who, screen=PHONE, **options):
        context = chromium.new_context(viewport=screen, **options)
        context.set_default_timeout(15_000)
        listen_for_troubles(context, troubles)
        contexts.append(context)
        return Visitor(stage, who, context, has_scripts=options.get("java_script_enabled", True))

    yield sit_down
    for context in contexts:
        context.close()
    assert troubles == []


def listen_for_troubles(context: BrowserContext, troubles: list[str]) -> None:
    """Collect what scripts throw and what the content policy forbids."""
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    context.on("console", lambda said: _judge(said, troubles))


def _judge(said, troubles: list[str]) -> None:
    # An answer such as 422 is an error line of the console, and no trouble.
    if said.type == "error" and "Failed to load resource" not in said.text:
        troubles.append(said.text)
