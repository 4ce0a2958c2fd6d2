"""The example files for servers keep what people wrote, and secrets, out of their logs."""

import re
from pathlib import Path

from config.settings import Settings
from lti_tool.app import create_app
from lti_tool.mail.links import PATHS

DEPLOY = Path(__file__).parent.parent.parent / "config" / "deploy"
NGINX = re.sub(r"(?m)^\s*#.*$", "", (DEPLOY / "nginx.conf").read_text("utf-8"))
TELLS_TOO_MUCH = re.compile(
    r"\$(request(?!_method|_time)\w*|uri|document_uri|args?\w*|query_string|is_args|http_\w+|cookie_\w+)"
)


def test_every_log_of_the_proxy_has_our_format() -> None:
    logs = [log for log in re.findall(r"access_log\s+([^;]+);", NGINX) if log != "off"]

    assert logs
    assert all(log.split()[1:] == ["trellis"] for log in logs)


def test_the_proxys_log_leaves_out_query_strings_and_where_people_came_from() -> None:
    (form,) = re.findall(r"log_format trellis ([^;]+);", NGINX)

    assert "$trellis_path" in form
    assert TELLS_TOO_MUCH.findall(form) == []


def secret_addresses() -> list[str]:
    """An address for each of ours with a secret or a code in it, and those that only mails have."""
    settings = Settings(secret_key="x" * 32, database_url="sqlite://")
    rules = create_app(settings).url_map.iter_rules()
    found = [str(rule) for rule in rules if rule.arguments & {"token", "code", "secret"}]
    assert "/lti/register/<token>" in found
    return [*found, *(f"/{path}/<token>" for path in PATHS.values())]


def test_the_proxys_log_leaves_out_the_secrets_in_addresses() -> None:
    ((rules),) = re.findall(r"map \$uri \$trellis_path \{(.+?)\n\}", NGINX, re.S)
    (pattern, shown) = re.findall(r"~(\S+)\s+(\S+);", rules)[0]
    python = re.compile(pattern.replace("?<", "?P<"))

    assert shown == "/$trellis_kind/-"
    for address in secret_addresses():
        hit = python.search(re.sub("<.*", "a-secret/more", address))
        assert hit, f"leave the secret in {address} out of the log"
        assert "secret" not in hit["trellis_kind"]
    assert not python.search("/lti/login")


def test_the_proxys_error_log_repeats_no_addresses() -> None:
    assert re.findall(r"error_log\s+\S+\s+(\w+);", NGINX) == ["crit"]


def test_gunicorn_is_not_told_to_write_an_access_log() -> None:
    for path in DEPLOY.iterdir():
        assert not re.search(r"--access-log|accesslog", path.read_text("utf-8")), path.name
