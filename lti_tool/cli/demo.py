"""``trellis demo``: a whole world on this machine, to try before anything is installed.

A sandbox VLE with a cast, this tool with a worker, and Ralph as a real LRS. Everything
lives in one folder and listens on this machine only.
"""

import secrets
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import click
import structlog
from flask import Flask
from sqlalchemy.orm import Session

from config.settings import Settings, load_settings
from lti_tool.app import configure_logging, create_app
from lti_tool.cli.cast import DemoCourse, furnish
from lti_tool.cli.outbox import make_worker
from lti_tool.lti.edge import Edge
from lti_tool.migrations.runner import upgrade
from lti_tool.sandbox import LrsAccess, Sandbox, create_sandbox_app, seed, serve
from lti_tool.services.registrations import PlatformFacts, register_platform
from xapi import ralph_lrs

log = structlog.get_logger()


@click.command()
@click.option(
    "--folder", default="demo", show_default=True, type=click.Path(path_type=Path, file_okay=False)
)
@click.option("--port", default=5000, show_default=True, help="Port of Trellis.")
@click.option("--vle-port", default=9100, show_default=True, help="Port of the sandbox VLE.")
@click.option("--lrs-port", default=8100, show_default=True, help="Port of the LRS.")
def demo(folder: Path, port: int, vle_port: int, lrs_port: int) -> None:
    """Start a sandbox VLE, Trellis and an LRS on this machine; Ctrl+C ends it."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = _settings(folder.resolve(), port, lrs_port)
    configure_logging(settings)
    with ExitStack() as stack:
        lrs = stack.enter_context(
            ralph_lrs.start(
                folder.resolve() / "lrs",
                lrs_port,
                settings.lrs_key,
                settings.lrs_secret.get_secret_value(),
            )
        )
        access = LrsAccess(lrs.endpoint, lrs.key, lrs.secret)
        app = _tool(settings)
        sandbox = _sandbox(folder.resolve(), vle_port)
        _introduce(app, sandbox, settings)
        stack.enter_context(serve(app, "127.0.0.1", port))
        stack.enter_context(serve(create_sandbox_app(sandbox, access), "127.0.0.1", vle_port))
        stop = threading.Event()
        stack.callback(stop.set)
        _start_worker(app, stop)
        click.echo(_greeting(vle_port, port))
        with suppress(KeyboardInterrupt):
            stop.wait()


def _settings(folder: Path, port: int, lrs_port: int) -> Settings:
    values: dict[str, Any] = {
        "database_url": f"sqlite:///{folder / 'trellis.db'}",
        "secret_key": _kept_secret(folder / "secret_key"),
        "public_url": f"http://localhost:{port}",
        "allow_private_network": True,
        "lrs_endpoint": f"http://127.0.0.1:{lrs_port}/xAPI",
        "lrs_key": "trellis",
        "lrs_secret": _kept_secret(folder / "lrs_secret"),
        "lrs_sends_launches": True,
        "log_level": "WARNING",
        "log_format": "console",
    }
    return load_settings(**values)


def _kept_secret(path: Path) -> str:
    """Return a secret that stays the same when the demo is started again."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), "utf-8")
    return path.read_text("utf-8")


def _tool(settings: Settings) -> Flask:
    app = create_app(settings)
    trellis = app.extensions["trellis"]
    upgrade(trellis.database, trellis.registry)
    return app


def _sandbox(folder: Path, port: int) -> Sandbox:
    state, base = folder / "vle.json", f"http://localhost:{port}"
    sandbox = Sandbox.load(state, base) if state.exists() else Sandbox(base, state_path=state)
    seed(sandbox)
    return sandbox


def _introduce(app: Flask, sandbox: Sandbox, settings: Settings) -> None:
    """Register the two with each other, and put activities into the course the first time."""
    launch = f"{settings.public_url}/lti/launch"
    tool = sandbox.preregister(
        f"{settings.public_url}/lti/login",
        [launch],
        jwks_url=f"{settings.public_url}/.well-known/jwks.json",
        client_id="trellis-demo",
        name="Trellis",
        target_link_uri=launch,
        deep_linking_url=launch,
    )
    base = sandbox.base_url
    facts = PlatformFacts(
        issuer=base,
        client_id=tool.client_id,
        auth_login_url=f"{base}/mod/lti/auth.php",
        auth_token_url=f"{base}/mod/lti/token.php",
        jwks_url=f"{base}/mod/lti/certs.php",
        name=sandbox.name,
        product="moodle",
        deployment_ids=[str(tool.id)],
        allows_private_network=True,
    )
    with app.test_request_context(), app.extensions["trellis"].database.transaction() as session:
        platform = register_platform(session, facts)
        _furnish_once(session, sandbox, DemoCourse(platform_id=platform.id, tool=tool))
    sandbox.save()


def _furnish_once(session: Session, sandbox: Sandbox, course: DemoCourse) -> None:
    if not sandbox.tables.links:
        furnish(session, sandbox, course)


def _start_worker(app: Flask, stop: threading.Event) -> None:
    edge: Edge = app.extensions["trellis_lti"]
    worker = make_worker(edge)
    threading.Thread(target=worker.run_forever, args=(stop,), name="worker", daemon=True).start()


def _greeting(vle_port: int, port: int) -> str:
    return "\n".join(
        [
            "",
            "  Trellis is ready to be tried.",
            f"  Open  http://localhost:{vle_port}  and play trainee, mentor and tutor,",
            "  each in a window of its own. Gradebook and learning record store fill as you go.",
            f"  (Trellis itself listens on http://localhost:{port}.)  Ctrl+C ends the demo.",
            "",
        ]
    )
