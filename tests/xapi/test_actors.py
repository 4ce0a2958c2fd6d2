"""Actors are pseudonyms on accounts."""

import pytest

from xapi.actors import account_actor
from xapi.errors import StatementError

HOME = "https://tool.example.org/xapi/actors"


def test_an_actor_is_an_account_and_nothing_else():
    assert account_actor(HOME, "4f1c2a9e") == {
        "objectType": "Agent",
        "account": {"homePage": HOME, "name": "4f1c2a9e"},
    }


@pytest.mark.parametrize(
    "name", ["tomas@example.org", "Tomas Trainee", "", "a/b", "x" * 256, "a\n"]
)
def test_a_name_that_could_name_a_person_is_refused(name):
    with pytest.raises(StatementError) as caught:
        account_actor(HOME, name)

    assert not name or name not in str(caught.value)


@pytest.mark.parametrize(
    "home", ["", "tool.example.org", "mailto:a@b.org", "https://", "http://a b"]
)
def test_a_home_page_that_is_no_address_is_refused(home):
    with pytest.raises(StatementError):
        account_actor(home, "4f1c2a9e")
