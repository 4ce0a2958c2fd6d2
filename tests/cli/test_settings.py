"""Settings come from the environment or from files; what is wrong is said in one sentence."""

import pytest

from tests.cli.conftest import SECRET

KEY, KEY_FILE = "TRELLIS_SECRET_KEY", "TRELLIS_SECRET_KEY_FILE"


def refusal(trellis):
    """What any command answers when the settings cannot be used: one line, exit code 1."""
    done = trellis("db", "check")
    assert done.exit_code == 1
    assert done.output.count("\n") == 1
    return done.output


def test_a_misspelt_variable_is_refused_by_its_name(trellis, settings):
    settings.setenv("TRELLIS_LRS_ENDPIONT", "https://lrs.example.org")
    said = refusal(trellis)
    assert "TRELLIS_LRS_ENDPIONT is not a setting of Trellis" in said


def test_a_missing_secret_is_named(trellis, settings):
    settings.delenv(KEY)
    assert "TRELLIS_SECRET_KEY: is required" in refusal(trellis)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (KEY, "short", "TRELLIS_SECRET_KEY: needs at least 32 characters"),
        ("TRELLIS_PUBLIC_URL", "http://tool.example.org", "TRELLIS_PUBLIC_URL must be https"),
        ("TRELLIS_PUBLIC_URL", "https://tool.example.org/", "TRELLIS_PUBLIC_URL must look like"),
        ("TRELLIS_LRS_TIMEOUT", "soon", "TRELLIS_LRS_TIMEOUT"),
        ("TRELLIS_DEFAULT_LANGUAGE", "xx", "TRELLIS_DEFAULT_LANGUAGE: must be one of en, cy"),
    ],
)
def test_a_wrong_value_is_explained(trellis, settings, name, value, said):
    settings.setenv(name, value)
    assert said in refusal(trellis)


@pytest.mark.parametrize("name", ["TRELLIS_PUBLIC_URL", "TRELLIS_LRS_TIMEOUT"])
def test_no_secret_is_repeated_when_another_value_is_wrong(trellis, settings, name):
    settings.setenv("TRELLIS_LRS_SECRET", "very-private")
    settings.setenv(name, "nonsense")
    said = refusal(trellis)
    assert SECRET not in said
    assert "very-private" not in said


def test_a_secret_may_come_from_a_file(trellis, url, settings, tmp_path):
    kept = tmp_path / "secret"
    kept.write_text(f"{SECRET}\n")
    settings.delenv(KEY)
    settings.setenv(KEY_FILE, str(kept))
    assert trellis("db", "upgrade").exit_code == 0


def test_a_secret_file_that_cannot_be_read_is_named_by_its_variable(trellis, settings, tmp_path):
    settings.delenv(KEY)
    settings.setenv(KEY_FILE, str(tmp_path / "nowhere"))
    assert "TRELLIS_SECRET_KEY_FILE: the file cannot be read" in refusal(trellis)


def test_a_value_and_a_file_for_the_same_setting_are_refused(trellis, settings, tmp_path):
    (tmp_path / "secret").write_text(SECRET)
    settings.setenv(KEY_FILE, str(tmp_path / "secret"))
    assert "TRELLIS_SECRET_KEY is set twice" in refusal(trellis)


def test_help_needs_no_settings(trellis, settings, monkeypatch):
    settings.delenv(KEY)
    monkeypatch.setattr("sys.argv", ["trellis", "platform", "--help"])
    assert "Register and look after platforms" in trellis("platform", "--help").output
