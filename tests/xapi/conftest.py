"""Fixtures for the tests of xAPI: two real LRSs and one that fails on request."""

from collections.abc import Iterator

import pytest

from tests.xapi.faulty_lrs import FaultyLrs
from tests.xapi.lrs_servers import learning_locker, ralph, real_lrs  # noqa: F401
from xapi.lrs import LrsClient


@pytest.fixture
def faulty() -> Iterator[FaultyLrs]:
    """An LRS on loopback that does what a test tells it to."""
    with FaultyLrs() as lrs:
        yield lrs


@pytest.fixture
def client(faulty: FaultyLrs) -> LrsClient:
    """A client of the faulty LRS that waits half a second at most."""
    return LrsClient(faulty.endpoint, "key", "s3cret-passphrase", timeout=(2, 2))
