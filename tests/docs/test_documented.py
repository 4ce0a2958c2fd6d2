"""Documentation cannot fall behind: what exists is described, and what is described exists."""

import re
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import pytest
from pydantic import SecretStr

from config.settings import Settings
from lti_tool.cli import main
from lti_tool.plugins import ActivityPlugin

ROOT = Path(__file__).parent.parent.parent
SETTINGS = (ROOT / "config" / "README.md").read_text("utf-8")
DOCUMENTS = sorted(
    path
    for path in ROOT.glob("**/*.md")
    if not {".venv", ".cache", "node_modules"} & set(path.relative_to(ROOT).parts)
)


def rows(first: str) -> dict[str, list[str]]:
    """The rows of the tables in config/README.md whose first cell begins with *first*."""
    found = re.findall(rf"^\| `({first}[^`]*)` \|(.*)\|$", SETTINGS, re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in found}


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_described_with_its_default(name: str) -> None:
    variable = f"TRELLIS_{name.upper()}"
    described = rows("TRELLIS_")
    assert variable in described, f"Describe {variable} in config/README.md"
    field = Settings.model_fields[name]
    if field.is_required():
        assert described[variable][0] == "**required**"
        return
    assert described[variable][0].strip("`") == in_words(field.get_default())


def in_words(default: object) -> str:
    """A default as the table writes it."""
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default) or "none"


def test_no_setting_is_described_that_does_not_exist() -> None:
    known = {f"TRELLIS_{name.upper()}" for name in Settings.model_fields}
    assert sorted(set(rows("TRELLIS_")) - known) == []


def commands(group: click.Group, words: str) -> list[str]:
    """Every command below *group*, as it is typed."""
    found = []
    for name, command in group.commands.items():
        typed = f"{words} {name}"
        found += commands(command, typed) if isinstance(command, click.Group) else [typed]
    return found


def test_every_command_is_described_and_no_other() -> None:
    assert sorted(rows("trellis ")) == sorted(commands(main, "trellis"))


def test_every_command_has_help() -> None:
    groups: list[click.Group] = [main]
    for group in groups:
        for command in group.commands.values():
            assert command.help, f"{command.name} has no help text"
            groups += [command] if isinstance(command, click.Group) else []


def test_commands_in_the_documents_exist() -> None:
    known = commands(main, "trellis")
    starts = tuple(f"{one} " for one in known) + tuple(known)
    for path in DOCUMENTS:
        for typed in re.findall(r"`(trellis [a-z][^`]*)`", path.read_text("utf-8")):
            is_group = any(one.startswith(f"{typed.split(' COMMAND')[0]} ") for one in known)
            assert typed.startswith(starts) or is_group, f"{path.name}: {typed}"


@pytest.mark.parametrize("name", [field.name for field in fields(ActivityPlugin)])
def test_every_part_of_an_activity_is_described(name: str) -> None:
    guide = (ROOT / "activities" / "README.md").read_text("utf-8")
    assert f"`{name}`" in guide, f"Describe ActivityPlugin.{name} in activities/README.md"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)\)", path.read_text("utf-8"))
    broken = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert broken == []


def test_make_help_lists_every_target() -> None:
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    wanted = "help demo test check lint types imports fix translations soak bench lock clean"
    assert set(wanted.split()) <= set(targets)
    assert all(f"make {target} " in said.stdout for target in targets)


def test_the_lock_files_hold_every_dependency_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [one for extra in project["optional-dependencies"].values() for one in extra]
    for file, wanted in (
        ("requirements.lock", project["dependencies"] + extras),
        ("config/deploy/requirements.lock", project["dependencies"]),
    ):
        text = (ROOT / file).read_text("utf-8")
        pinned = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==\S+.*\\$", text, re.MULTILINE)
        names = {re.split(r"[\[<>=~; ]", one)[0].lower() for one in wanted}
        assert sorted(names - {name.lower() for name in pinned}) == []
        assert text.count("--hash=sha256:") >= len(pinned)
