"""A short soak on each engine; `make soak` runs a long one."""

import pytest

from tests.faults.soak import Soak


@pytest.mark.faults
@pytest.mark.timeout(150)
def test_nothing_is_lost_doubled_or_disordered_when_everything_breaks(database_url, tmp_path):
    figures = Soak(database_url, seed=20261121, scratch=tmp_path).run(seconds=12)

    assert figures["arrived"] > 100
    assert figures["arrived_again"] > 0, "no answer was lost: the soak broke too little"
    assert {"SIGKILL", "SIGSTOP", "503", "429", "lose_answer"} <= figures["faults"].keys()
