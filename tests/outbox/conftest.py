"""An empty outbox for every test of this folder."""

import pytest

from lti_tool.domain.database import Database
from tests.outbox.driver import Outbox


@pytest.fixture
def outbox(db: Database) -> Outbox:
    """An empty outbox, once on each engine."""
    return Outbox(db)
