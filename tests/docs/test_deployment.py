"""The example files for servers keep what people wrote, and secrets, out of their logs."""

import re
from pathlib import Path

DEPLOY = Path(__file__).parent.parent.parent / "config" / "deploy"
NGINX = re.sub(r"(?m)^\s*#.*$", "", (DEPLOY / "nginx.conf").read_text("utf-8"))
TELLS_TOO_MUCH = re.compile(
    r"\$(request(?!_method|_time)\w*|uri|document_uri|args?\w*|query_string|is_args|http_\w+|cookie_\w+)"
)


def test_every_log_of_the_proxy_has_our_format() -> None:
    logs = re.findall(r"access_log\s+([^;]+);", NGINX)

    assert logs
    assert all(log.split()[1:] == ["trellis"] for log in logs)


def test_the_proxys_log_leaves_out_query_strings_and_where_people_came_from() -> None:
    (form,) = re.findall(r"log_format trellis ([^;]+);", NGINX)

    assert "$trellis_path" in form
    assert TELLS_TOO_MUCH.findall(form) == []


def test_the_proxys_log_leaves_out_the_secret_of_a_registration_link() -> None:
    ((rules),) = re.findall(r"map \$uri \$trellis_path \{([^}]+)\}", NGINX)
    (pattern, shown) = re.findall(r"~(\S+)\s+(\S+);", rules)[0]

    assert re.search(pattern, "/lti/register/a-secret")
    assert shown == "/lti/register/-"
    assert not re.search(pattern, "/lti/login")


def test_the_proxys_error_log_repeats_no_addresses() -> None:
    assert re.findall(r"error_log\s+\S+\s+(\w+);", NGINX) == ["crit"]


def test_gunicorn_is_not_told_to_write_an_access_log() -> None:
    for path in DEPLOY.iterdir():
        assert not re.search(r"--access-log|accesslog", path.read_text("utf-8")), path.name
