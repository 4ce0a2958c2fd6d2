"""The tool itself under fire, briefly; `make soak` keeps it up for minutes."""

import pytest

from tests.faults.web import WebSoak, migrated


@pytest.mark.faults
@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_a_page_called_handed_in_survives_every_kill(kind, request, tmp_path):
    server = request.getfixturevalue("postgres_server") if kind == "postgresql" else None
    with migrated(kind, tmp_path, server) as address:
        figures = WebSoak(address, seed=20261122).run(seconds=12)

    assert figures["acknowledged"] > 10
    assert figures["kills"] > 8
