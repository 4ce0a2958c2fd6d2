"""Debian's chromium for the tests that need a real browser.

Playwright's blocking interface starts only once per process, so every folder shares this one.
"""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where chromium is; without it browser tests are skipped here and fail in CI."""
    path = shutil.which("chromium")
    if path is None:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("chromium is not installed: apt-get install chromium")
    return path


@pytest.fixture(scope="session")
def playwright_driver(chromium_path: str) -> Iterator[Playwright]:
    """Playwright; most tests want `chromium`."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright_driver: Playwright, chromium_path: str) -> Iterator[Browser]:
    """A running chromium; ask it for a context or a page of your own."""
    browser = playwright_driver.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
    yield browser
    browser.close()
