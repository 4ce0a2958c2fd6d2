"""Every installed activity keeps the contract; a failure says what is missing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lti_tool.domain.database import Database
from lti_tool.domain.roles import Role
from lti_tool.plugins import ActivityPlugin, discover
from tests.activities import contract
from tests.cast import Player, World

every_activity = pytest.mark.parametrize("plugin", list(discover()), ids=lambda p: p.key)


@every_activity
@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_an_activity_keeps_the_contract(
    plugin: ActivityPlugin, check: Callable[[ActivityPlugin], None]
) -> None:
    check(plugin)


@every_activity
def test_standing_of_nobody_is_empty(plugin: ActivityPlugin, db: Database) -> None:
    with db.reading() as session:
        contract.answers_for_an_empty_list(plugin, session)


@every_activity
def test_an_activitys_own_history_makes_its_tables(plugin: ActivityPlugin, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    try:
        contract.its_history_makes_its_tables(plugin, database)
    finally:
        database.dispose()


@every_activity
def test_a_new_activity_opens_for_trainee_and_tutor(
    plugin: ActivityPlugin, world: World, tomas: Player, tilda: Player
) -> None:
    link = world.place(plugin.key)
    tilda.launch(link)
    tomas.launch(link)
    world.make(tilda, Role.TUTOR)

    assert tomas.get(f"{plugin.key}.home").status_code == 200
    assert tilda.get("trainees.index").status_code == 200
    page = tilda.get(f"{plugin.key}.show_trainee", person_id=tomas.person.id)
    assert page.status_code == 200
