"""The doctor against a living tool, the sandbox VLE and a real LRS, whole and broken."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from config.settings import load_settings
from lti_tool.app import create_app
from lti_tool.domain.base import utc_now
from lti_tool.domain.platforms import Platform
from lti_tool.outbox.heartbeat import beat
from lti_tool.outbox.models import HELD_BACK, Delivery, DeliveryState, WorkerBeat
from lti_tool.outbox.queue import enqueue
from lti_tool.sandbox import Sandbox, create_sandbox_app, seed, serve
from lti_tool.sandbox.keys import KeyRing
from tests.cli.demos import free_ports
from tests.xapi.lrs_servers import ralph  # noqa: F401

pytestmark = pytest.mark.lrs
_KEYS = KeyRing()


@pytest.fixture
def public_url(settings):
    """Where Trellis will answer."""
    url = f"http://localhost:{free_ports(1)[0]}"
    settings.setenv("TRELLIS_PUBLIC_URL", url)
    settings.setenv("TRELLIS_ALLOW_PRIVATE_NETWORK", "true")
    settings.setenv("TRELLIS_PLATFORM_TIMEOUT", "3")
    return url


@pytest.fixture
def with_lrs(settings, ralph):  # noqa: F811
    """A real LRS in the settings."""
    settings.setenv("TRELLIS_LRS_ENDPOINT", ralph.endpoint)
    settings.setenv("TRELLIS_LRS_KEY", ralph.key)
    settings.setenv("TRELLIS_LRS_SECRET", ralph.secret)


@pytest.fixture
def alive(database, public_url, with_lrs):
    """Trellis with a web server, and a worker that has just given a sign of life."""
    app = create_app(load_settings())
    with database.connection() as connection:
        beat(connection, "worker", started_at=utc_now(), now=utc_now())
    with serve(app, "localhost", int(public_url.rpartition(":")[2])):
        yield app
    app.extensions["trellis"].database.dispose()


@pytest.fixture
def vle(alive, public_url, trellis):
    """A sandbox VLE in which Trellis is registered by hand."""
    sandbox = Sandbox(keys=KeyRing(list(_KEYS.keys)))
    with serve(create_sandbox_app(sandbox)) as server:
        seed(sandbox)
        tool = sandbox.preregister(
            f"{public_url}/lti/login",
            [f"{public_url}/lti/launch"],
            jwks_url=f"{public_url}/.well-known/jwks.json",
            client_id="ours",
        )
        register(trellis, server.url, tool.id)
        sandbox.tool = tool
        yield sandbox


def register(trellis, base, deployment_id, client_id="ours"):
    paths = {"auth-login-url": "auth", "auth-token-url": "token", "jwks-url": "certs"}
    urls = [f"--{name}={base}/mod/lti/{path}.php" for name, path in paths.items()]
    done = trellis(
        *("platform", "add", "--issuer", base, "--client-id", client_id),
        *urls,
        *("--deployment-id", deployment_id),
    )
    assert done.exit_code == 0


def to_mend(trellis, *words):
    """What the doctor says needs a person, each with its fix."""
    done = trellis("doctor", *words)
    lines = done.output.splitlines()
    found = [
        " ".join([*line.split(), *after.split()])
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
        if line.strip().startswith("FIX")
    ]
    assert done.exit_code == (1 if found else 0)
    return found


def test_all_is_well_from_end_to_end(trellis, vle):
    done = trellis("doctor")

    assert done.exit_code == 0
    assert "All is well." in done.output
    for subject in ("database", "keys", "worker", "outbox", "address", "lrs", "clock"):
        assert f"ok    {subject}" in done.output
    assert done.output.count("ok    token") == 4


def test_nothing_is_told_about_people_and_nothing_secret(trellis, vle):
    trellis("doctor")
    asked = [call.path for call in vle.calls]
    assert [path for path in asked if "memberships" in path or "scores" in path] == []


@pytest.mark.parametrize(
    ("switch", "value", "said", "fix"),
    [
        ("grade_sync", 0, "cannot send grades", "switch on grade sync"),
        ("grade_sync", 1, "cannot make gradebook columns", "with column management"),
        ("roster", False, "cannot read the list of people", "names and roles"),
    ],
)
def test_a_service_that_is_switched_off_is_named(trellis, vle, switch, value, said, fix):
    setattr(vle.tool, switch, value)

    found = to_mend(trellis)

    assert [line for line in found if said in line and fix in line] != []
    assert all("token" in line for line in found)


def test_refused_tokens_point_to_our_own_keys(trellis, vle, public_url):
    vle.faults.token_refused = True
    found = to_mend(trellis)
    assert len(found) == 4
    assert all(f"{public_url}/.well-known/jwks.json" in line for line in found)


@pytest.mark.parametrize(("ahead", "word"), [(90, "ahead"), (-90, "behind")])
def test_a_wrong_clock_is_measured(trellis, vle, ahead, word):
    vle.faults.clock_skew_seconds = ahead
    found = to_mend(trellis)
    assert any(f"s {word}" in line and "NTP" in line for line in found)


def test_a_slightly_wrong_clock_is_only_noted(trellis, vle):
    vle.faults.clock_skew_seconds = 15
    done = trellis("doctor")
    assert done.exit_code == 0
    assert re.search(r"note  clock       the platform's is 1\d s ahead", done.output)


def test_a_platform_that_is_down_is_found(trellis, vle):
    vle.faults.down = True
    found = to_mend(trellis)
    assert any("keys" in line and "HTTP 503" in line for line in found)


def test_a_platform_that_cannot_be_reached_is_found(trellis, alive):
    register(trellis, f"http://127.0.0.1:{free_ports(1)[0]}", 1)
    [found] = to_mend(trellis)
    assert "cannot be reached" in found
    assert "firewall" in found


def test_a_private_address_needs_leave(trellis, vle, settings):
    settings.setenv("TRELLIS_ALLOW_PRIVATE_NETWORK", "false")
    [found] = to_mend(trellis)
    assert "private address" in found
    assert "--allow-private-network" in found


def test_a_key_set_address_that_is_something_else_is_found(trellis, vle, database):
    with database.transaction() as session:
        session.execute(update(Platform).values(jwks_url=f"{vle.base_url}/"))
    found = to_mend(trellis)
    assert any("is not a key set" in line for line in found)


def test_only_the_named_platform_is_asked(trellis, vle):
    register(trellis, f"http://127.0.0.1:{free_ports(1)[0]}", 1, client_id="gone")
    assert to_mend(trellis, "ours") == []
    assert len(to_mend(trellis, "gone")) == 1


def test_a_platform_that_is_switched_off_is_left_alone(trellis, vle):
    vle.faults.down = True
    trellis("platform", "disable", "ours")
    assert to_mend(trellis) == []


def test_a_worker_that_does_not_run_is_found(trellis, vle, database):
    with database.transaction() as session:
        session.execute(update(WorkerBeat).values(beat_at=utc_now() - timedelta(minutes=5)))
    [found] = to_mend(trellis)
    assert "silent since" in found
    assert "trellis worker" in found


def test_what_is_parked_is_counted(trellis, vle, database):
    with database.transaction() as session:
        enqueue(session, "mail", destination="smtp", key="k", subject="x", payload={})
        session.flush()
        session.execute(update(Delivery).values(state=DeliveryState.PARKED))
    [found] = to_mend(trellis)
    assert "1 deliveries wait" in found


def test_what_is_held_back_is_told_apart_from_what_may_be_retried(trellis, vle, database):
    with database.transaction() as session:
        enqueue(session, "statement", destination=HELD_BACK, key="k", subject="x", body="{}")
        session.flush()
        session.execute(update(Delivery).values(state=DeliveryState.PARKED))
    [found] = to_mend(trellis)
    assert "1 statements are held back" in found
    assert "trellis outbox drop" in found
    assert "retry" not in found


def test_an_address_that_leads_nowhere_is_found(trellis, vle, settings):
    settings.setenv("TRELLIS_PUBLIC_URL", f"http://localhost:{free_ports(1)[0]}")
    found = to_mend(trellis)
    assert any("does not answer" in line for line in found)


def test_an_address_that_leads_to_something_else_is_found(trellis, vle, settings):
    settings.setenv("TRELLIS_PUBLIC_URL", vle.base_url)
    found = to_mend(trellis)
    assert any("something else than Trellis" in line for line in found)


def test_another_secret_key_than_before_is_found(trellis, vle, settings):
    assert to_mend(trellis) == []
    settings.setenv("TRELLIS_SECRET_KEY", str(uuid4()))
    [found] = to_mend(trellis)
    assert "cannot be opened with this secret key" in found
    assert "keys rotate" in found


def test_an_lrs_that_does_not_know_our_key_is_found(trellis, vle, settings):
    settings.setenv("TRELLIS_LRS_SECRET", "wrong")
    [found] = to_mend(trellis)
    assert "lrs" in found
    assert "TRELLIS_LRS_SECRET" in found


def test_an_lrs_that_is_away_is_found(trellis, vle, settings):
    settings.setenv("TRELLIS_LRS_ENDPOINT", f"http://127.0.0.1:{free_ports(1)[0]}/xAPI")
    [found] = to_mend(trellis)
    assert "can be reached from here" in found


def test_an_unprepared_database_ends_the_examination(trellis, url):
    done = trellis("doctor")
    assert done.exit_code == 1
    assert "trellis db upgrade" in done.output


def test_without_a_platform_the_next_step_is_named(trellis, alive):
    done = trellis("doctor")
    assert done.exit_code == 0
    assert "trellis platform invite" in done.output
