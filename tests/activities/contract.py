"""What every activity promises the host; each failure says what is missing and where.

Used for ours in `test_contract.py` and for a third party's in `tests/third_party`.
"""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.settings import LANGUAGES
from lti_tool.domain.base import Base
from lti_tool.domain.database import Database
from lti_tool.migrations.runner import differences, is_current, upgrade
from lti_tool.plugins import ActivityPlugin, Registry

OURS = ("activities", "config", "lti_tool", "xapi")


def has_a_key_for_ever(plugin: ActivityPlugin) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]{1,30}", plugin.key), (
        f"{plugin.key!r} stands in URLs and table names: lower-case letters, digits and _"
    )


def has_a_title_and_a_description(plugin: ActivityPlugin) -> None:
    assert str(plugin.title).strip(), "give ActivityPlugin a title"
    assert str(plugin.description).strip(), "give ActivityPlugin a description"


def has_its_pages(plugin: ActivityPlugin) -> None:
    assert plugin.blueprint.name == plugin.key, "the blueprint must be called like the key"
    views = _views(plugin)
    for name in ("home", "show_trainee"):
        assert name in views, f"the blueprint needs a view function called {name}"
    parameters = inspect.signature(views["show_trainee"]).parameters
    assert "person_id" in parameters, "show_trainee needs the argument person_id"


def keeps_its_templates_apart(plugin: ActivityPlugin) -> None:
    folder = _folder(plugin) / "templates"
    strays = [path.name for path in folder.glob("*") if path.name != plugin.key]
    assert not strays, f"put {strays} into templates/{plugin.key}/, or they clash with others"


def offers_a_template(plugin: ActivityPlugin) -> None:
    offered = list(plugin.gallery())
    assert offered, "gallery() must offer at least one template"
    keys = [template.key for template in offered]
    assert len(set(keys)) == len(keys), f"two templates have the same key: {keys}"
    for template in offered:
        assert str(template.title).strip(), f"template {template.key} needs a title"
        json.dumps(template.content)


def speaks_every_language(plugin: ActivityPlugin) -> None:
    """A map with an English text is a text, and must have all seven."""
    for template in plugin.gallery():
        for where, texts in _texts(template.content, template.key):
            missing = [code for code in LANGUAGES if not str(texts.get(code, "")).strip()]
            assert not missing, f"{where} has no text in {', '.join(missing)}"


def has_settings_that_can_be_stored(plugin: ActivityPlugin) -> None:
    form = plugin.settings_form()
    json.dumps(form.data)


def answers_for_an_empty_list(plugin: ActivityPlugin, session: Any = None) -> None:
    assert dict(plugin.standing(session, [])) == {}, "standing() of nobody must be empty"


def imports_only_the_sdk(plugin: ActivityPlugin) -> None:
    allowed = ("lti_tool.sdk", plugin.package)
    for path in sorted(_folder(plugin).rglob("*.py")):
        for name in _imports(path):
            is_ours = name.split(".")[0] in (*OURS, plugin.package.split(".")[0])
            is_allowed = any(f"{name}.".startswith(f"{one}.") for one in allowed)
            assert is_allowed or not is_ours, f"{path.name} imports {name}; use lti_tool.sdk"


def has_a_history_for_its_tables(plugin: ActivityPlugin) -> None:
    tables = [table for table, package in _tables() if package.startswith(f"{plugin.package}.")]
    if not tables:
        return
    strays = [table for table in tables if not f"{table}_".startswith(f"{plugin.key}_")]
    assert not strays, f"call the tables {strays} {plugin.key}_..., or they clash with others"
    assert plugin.migrations, "it has tables: set ActivityPlugin.migrations"
    files = list((_folder(plugin) / plugin.migrations / "versions").glob("*.py"))
    assert files, f"it has tables: write {plugin.migrations}/versions/0001_....py"
    for path in files:
        found = re.search(r'^revision = "(.+)"$', path.read_text("utf-8"), re.MULTILINE)
        assert found, f"{path.name} has no revision"
        assert found[1].startswith(f"{plugin.key}_"), (
            f"{path.name}: start the id with {plugin.key}_"
        )


CHECKS = (
    has_a_key_for_ever,
    has_a_title_and_a_description,
    has_its_pages,
    keeps_its_templates_apart,
    offers_a_template,
    speaks_every_language,
    has_settings_that_can_be_stored,
    imports_only_the_sdk,
    has_a_history_for_its_tables,
)


def its_history_makes_its_tables(plugin: ActivityPlugin, database: Database) -> None:
    """Run the host's history and then the activity's own on an empty database."""
    registry = Registry([plugin])
    upgrade(database, registry)
    upgrade(database, registry)
    assert is_current(database, registry)
    missing = differences(database, registry).get(plugin.key, [])
    assert not missing, f"models and migrations disagree: {missing}"


def _folder(plugin: ActivityPlugin) -> Path:
    return Path(str(inspect.getfile(__import__(plugin.package, fromlist=["x"])))).parent


def _views(plugin: ActivityPlugin) -> dict[str, Any]:
    from flask import Flask

    app = Flask("contract")
    app.register_blueprint(plugin.blueprint)
    start = f"{plugin.key}."
    return {
        name.removeprefix(start): view
        for name, view in app.view_functions.items()
        if name.startswith(start)
    }


def _tables() -> list[tuple[str, str]]:
    return [
        (mapper.local_table.name, f"{mapper.class_.__module__}.")
        for mapper in Base.registry.mappers
    ]


def _texts(content: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(content, dict) and "en" in content:
        yield where, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _texts(value, f"{where}.{key}")
    elif isinstance(content, list | tuple):
        for number, value in enumerate(content):
            yield from _texts(value, f"{where}[{number}]")


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: write imports in full"
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                yield module if node.module == "lti_tool" else str(node.module)
