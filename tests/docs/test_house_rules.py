"""Rules that no linter knows: sizes, and what must not stand in a tracked file."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("activities", "config", "lti_tool", "xapi")
LONGEST_MODULE, LONGEST_FUNCTION, NINE_IN_TEN = 300, 40, 20
FORBIDDEN = {
    "a package registry's host": r"(pypi|pythonhosted|npmjs|deb\.debian)\.(org|com)",
    "a path of one machine": r"(?<![\w.])/(work|root|farm)/",
    "a key or password": "-----BEGIN [A-Z ]*PRIVATE" + " KEY",
}


def tracked() -> list[Path]:
    """Every file that Git keeps."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def modules() -> list[Path]:
    return [p for p in tracked() if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in PACKAGES]


def functions() -> Iterator[tuple[str, int]]:
    """Every function with the lines of its body; docstring and inner functions do not count."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", _lines(node)


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    inner = sum(_height(one) for one in body if isinstance(one, ast.FunctionDef))
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 - inner if body else 0


def _height(node: ast.FunctionDef) -> int:
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    return (node.end_lineno or 0) - first + 1


def test_modules_stay_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in modules()
        if (lines := len(path.read_text("utf-8").splitlines())) >= LONGEST_MODULE
    }
    assert long == {}, f"split these; {LONGEST_MODULE} lines are the limit"


def test_functions_stay_short() -> None:
    sizes = dict(functions())
    assert {name: lines for name, lines in sizes.items() if lines > LONGEST_FUNCTION} == {}
    in_order = sorted(sizes.values())
    assert in_order[len(in_order) * 9 // 10] <= NINE_IN_TEN


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    names = {"utils.py", "util.py", "helpers.py", "helper.py", "misc.py", "common.py"}
    assert [path for path in modules() if path.name in names] == []


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_that_belongs_elsewhere_is_tracked(what: str) -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{text[: hit.start()].count(chr(10)) + 1} {hit[0]}"
            for hit in re.finditer(FORBIDDEN[what], text)
        ]
    assert found == [], f"{what} stands in a tracked file"
