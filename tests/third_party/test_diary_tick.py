"""An activity that is not ours, installed as a distribution of its own, works like ours."""

import importlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from lti_tool.domain.base import Base
from lti_tool.domain.database import Database
from lti_tool.domain.roles import Role
from lti_tool.migrations.runner import upgrade
from lti_tool.plugins import ActivityPlugin, Registry, discover
from tests.activities import contract
from tests.cast import World, build_world

SOURCE = Path(__file__).parent / "diary-tick"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """The activities of this installation once diary-tick is installed beside ours."""
    site = tmp_path_factory.mktemp("site")
    source = shutil.copytree(SOURCE, tmp_path_factory.mktemp("source") / "diary-tick")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--no-index"]
    flags = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    subprocess.run([*pip, *flags, "--target", str(site), str(source)], check=True)
    sys.path.insert(0, str(site))
    importlib.invalidate_caches()
    yield discover()
    sys.path.remove(str(site))
    _forget()


def _forget() -> None:
    """Let the rest of the run know nothing of the table."""
    Base.metadata.remove(Base.metadata.tables["diary_tick"])
    for name in [name for name in sys.modules if name.split(".")[0] == "diary_tick"]:
        del sys.modules[name]


@pytest.fixture
def diary(installed: Registry) -> ActivityPlugin:
    """The activity, as found through its entry point."""
    return installed.get("diary_tick")


@pytest.fixture
def world(installed: Registry, tmp_path: Path) -> Iterator[World]:
    """A VLE and a Trellis whose database was made by migrations alone."""
    url = f"sqlite:///{tmp_path / 'test.db'}"
    database = Database(url)
    upgrade(database, installed)
    database.dispose()
    built = build_world(url)
    yield built
    built.server.stop()
    built.database.dispose()


def test_it_is_found_beside_ours(installed: Registry) -> None:
    assert {plugin.key for plugin in installed} == {"checklist", "diary_tick", "logbook", "quiz"}


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_it_keeps_the_contract(
    diary: ActivityPlugin, check: Callable[[ActivityPlugin], None]
) -> None:
    check(diary)


def test_its_own_history_makes_its_table(diary: ActivityPlugin, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    try:
        contract.its_history_makes_its_tables(diary, database)
    finally:
        database.dispose()


def test_a_trainee_ticks_and_the_tutor_sees_it(world: World) -> None:
    tomas, tilda = world.player(world.cast.tomas), world.player(world.cast.tilda)
    link = world.place("diary_tick", settings={"days": 1})
    tilda.launch(link)
    tomas.launch(link)
    world.make(tilda, Role.TUTOR)

    for _ in range(2):
        assert tomas.post("diary_tick.tick_today").status_code == 303

    assert "1 day ticked" in tomas.get("diary_tick.home").text
    page = tilda.get("diary_tick.show_trainee", person_id=tomas.person.id)
    assert "100 of 100" in " ".join(page.text.split())
    assert world.verbs().count("ticked") == 1
    assert "completed" in world.verbs()
    [score] = world.deliveries("score")
    assert Decimal(score.payload["given"]) == 100


def test_an_import_past_the_sdk_is_noticed(
    diary: ActivityPlugin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "nosy.py").write_text("from lti_tool.services import grades\n")
    monkeypatch.setattr(contract, "_folder", lambda _plugin: tmp_path)
    with pytest.raises(AssertionError, match=r"use lti_tool\.sdk"):
        contract.imports_only_the_sdk(diary)
