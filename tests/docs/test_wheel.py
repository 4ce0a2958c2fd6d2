"""What is in the wheel: everything that runs, and nothing that does not."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("config", "xapi", "lti_tool", "activities")
NOT_SHIPPED = {".po", ".scss"}
"""Sources of files that are shipped."""


def known_files() -> list[PurePosixPath]:
    """What Git knows or would take, so that leftovers of builds do not count."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [PurePosixPath(line) for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[PurePosixPath]:
    """The names of the files in a wheel built from what Git knows."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for path in known_files():
        if path.parts[0] in PACKAGES or len(path.parts) == 1:
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, source / path)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-input", "--no-index", "--no-deps"]
    command = [*pip, "--no-build-isolation", "--wheel-dir", str(target), str(source)]
    subprocess.run(command, check=True, timeout=55)
    [built] = target.glob("trellis_wbl-*.whl")
    with zipfile.ZipFile(built) as archive:
        return {PurePosixPath(name) for name in archive.namelist()}


def test_everything_that_runs_is_in_the_wheel(wheel: set[PurePosixPath]) -> None:
    wanted = {
        path
        for path in known_files()
        if path.parts[0] in PACKAGES
        and path.parts[:2] != ("config", "deploy")
        and path.suffix not in NOT_SHIPPED
    }
    assert sorted(map(str, wanted - wheel)) == []


@pytest.mark.parametrize(
    "name",
    [
        "lti_tool/templates/base.html",
        "lti_tool/migrations/versions/0001_foundation.py",
        "lti_tool/migrations/script.py.mako",
        "lti_tool/translations/cy/LC_MESSAGES/messages.mo",
        "activities/logbook/vocabulary.toml",
        "config/roles.toml",
        "xapi/profile.jsonld",
    ],
)
def test_each_kind_of_file_is_in_the_wheel(wheel: set[PurePosixPath], name: str) -> None:
    assert PurePosixPath(name) in wheel


def test_nothing_else_is_in_the_wheel(wheel: set[PurePosixPath]) -> None:
    tops = {path.parts[0] for path in wheel if not path.parts[0].endswith(".dist-info")}
    assert tops == set(PACKAGES)
    assert [path for path in wheel if path.parts[:2] == ("config", "deploy")] == []
    assert [path for path in wheel if path.suffix in NOT_SHIPPED] == []
