"""``trellis demo``: a whole world on this machine, to try before anything is installed.

A sandbox VLE with a cast and a mailbox, this tool with a worker, and Ralph as a real LRS.
Everything lives in one folder and listens on this machine only.
"""

import json
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy.orm import Session

from config.settings import Settings, SettingsError, load_settings
from lti_tool.app import create_app
from lti_tool.cli.cast import DemoCourse, furnish
from lti_tool.cli.outbox import make_worker
from lti_tool.logs import configure_logging
from lti_tool.migrations.runner import UpgradeError, upgrade
from lti_tool.sandbox import LrsAccess, Mailbox, Sandbox, create_sandbox_app, seed, serve
from lti_tool.services.registrations import PlatformFacts, register_platform
from xapi import ralph_lrs

HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where the three parts of the demo listen."""

    port: int
    vle_port: int
    lrs_port: int


@click.command()
@click.option(
    "--folder", default="demo", show_default=True, type=click.Path(path_type=Path, file_okay=False)
)
@click.option("--port", default=5000, show_default=True, help="Port of Trellis.")
@click.option("--vle-port", default=9100, show_default=True, help="Port of the sandbox VLE.")
@click.option("--lrs-port", default=8100, show_default=True, help="Port of the LRS.")
def demo(folder: Path, port: int, vle_port: int, lrs_port: int) -> None:
    """Start a sandbox VLE, Trellis and an LRS on this machine; Ctrl+C ends it.

    What you do is kept in the folder; delete the folder to begin again.
    """
    ports = Ports(port=port, vle_port=vle_port, lrs_port=lrs_port)
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    _require_what_is_needed(folder, ports)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    try:
        with _world(folder, ports) as lrs:
            click.echo(_greeting(ports, folder))
            _wait(stop, lrs)
            click.echo("Ending the demo ...")
    except (SettingsError, UpgradeError, RuntimeError) as error:
        raise click.ClickException(str(error)) from error


def _wait(stop: threading.Event, lrs: ralph_lrs.RalphLrs) -> None:
    while not stop.wait(1):
        if lrs.process.poll() is not None:
            click.echo("The LRS has ended. What it has not got yet waits: start the demo again.")
            stop.wait()


def _require_what_is_needed(folder: Path, ports: Ports) -> None:
    for module, what in (
        ("ralph", "Ralph, the demo's LRS,"),
        ("aiosmtpd", "The demo's mail server"),
    ):
        if find_spec(module) is None:
            raise click.ClickException(
                f"{what} is not installed. Run: pip install 'trellis-wbl[demo]'"
            )
    kept = folder / "ports.json"
    _require_same_ports(kept, ports)
    for name, number in asdict(ports).items():
        if not _is_free(number):
            option = f"--{name.replace('_', '-')}"
            raise click.ClickException(
                f"Port {number} is taken by another program. End it, or choose another port: "
                f'{option} {number + 1} (make demo ARGS="{option} {number + 1}")'
            )
    kept.write_text(json.dumps(asdict(ports)), "utf-8")


def _require_same_ports(kept: Path, ports: Ports) -> None:
    """Refuse other ports than at the first start: addresses are part of what is stored."""
    was = json.loads(kept.read_text("utf-8")) if kept.exists() else asdict(ports)
    if was != asdict(ports):
        options = " ".join(f"--{name.replace('_', '-')} {was[name]}" for name in was)
        raise click.ClickException(
            f"The demo in this folder was made with {options}. Use these, or another --folder."
        )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


@contextmanager
def _world(folder: Path, ports: Ports) -> Iterator[ralph_lrs.RalphLrs]:
    """Run everything while inside; on the way out the worker finishes what it is sending."""
    with ExitStack() as stack:
        mailbox, smtp_port = _post_office(stack, folder)
        settings = _settings(folder, ports, smtp_port)
        configure_logging(settings)
        key, secret = settings.lrs_key, settings.lrs_secret.get_secret_value()
        lrs = ralph_lrs.start(folder / "lrs", ports.lrs_port, key, secret)
        stack.callback(lrs.stop)
        app = _tool(settings)
        sandbox = _sandbox(folder, ports.vle_port)
        _introduce(app, sandbox, settings)
        vle = create_sandbox_app(sandbox, LrsAccess(lrs.endpoint, lrs.key, lrs.secret), mailbox)
        stack.enter_context(serve(app, HOST, ports.port))
        stack.enter_context(serve(vle, HOST, ports.vle_port))
        stack.enter_context(_worker(app))
        yield lrs


def _post_office(stack: ExitStack, folder: Path) -> tuple[Mailbox, int]:
    """Start a mail server that puts all mail into a mailbox; return it with the port."""
    from lti_tool.sandbox.smtp_server import SmtpServer

    mailbox = Mailbox(folder / "mail")
    return mailbox, stack.enter_context(SmtpServer(mailbox)).port


def _settings(folder: Path, ports: Ports, smtp_port: int) -> Settings:
    values: dict[str, Any] = {
        "database_url": f"sqlite:///{folder / 'trellis.db'}",
        "secret_key": _kept_secret(folder / "secret_key"),
        "public_url": f"http://localhost:{ports.port}",
        "allow_private_network": True,
        "lrs_endpoint": f"http://{HOST}:{ports.lrs_port}/xAPI",
        "lrs_key": "trellis",
        "lrs_secret": _kept_secret(folder / "lrs_secret"),
        "lrs_sends_launches": True,
        "smtp_url": f"smtp://{HOST}:{smtp_port}",
        "mail_from": "Trellis <trellis@college.example>",
        "mail_bounce_address": "bounce@college.example",
        "mail_quiet_hours": "",
        "mail_bundle_minutes": 0,
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
    facts = _facts(sandbox, tool.client_id, str(tool.id))
    with app.test_request_context(), app.extensions["trellis"].database.transaction() as session:
        platform = register_platform(session, facts)
        _furnish_once(session, sandbox, DemoCourse(platform_id=platform.id, tool=tool))
    sandbox.save()


def _facts(sandbox: Sandbox, client_id: str, deployment_id: str) -> PlatformFacts:
    base = sandbox.base_url
    return PlatformFacts(
        issuer=base,
        client_id=client_id,
        auth_login_url=f"{base}/mod/lti/auth.php",
        auth_token_url=f"{base}/mod/lti/token.php",
        jwks_url=f"{base}/mod/lti/certs.php",
        name=sandbox.name,
        product="moodle",
        deployment_ids=[deployment_id],
        allows_private_network=True,
    )


def _furnish_once(session: Session, sandbox: Sandbox, course: DemoCourse) -> None:
    if not sandbox.tables.links:
        furnish(session, sandbox, course)


@contextmanager
def _worker(app: Flask) -> Iterator[None]:
    stop, worker = threading.Event(), make_worker(app.extensions["trellis_lti"])
    thread = threading.Thread(target=worker.run_forever, args=(stop,), name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _greeting(ports: Ports, folder: Path) -> str:
    return "\n".join(
        [
            "",
            "  Trellis is ready to be tried.",
            f"  Open  http://localhost:{ports.vle_port}  and play trainee, mentor and tutor,",
            "  each in a window of its own. Gradebook and learning record store fill as you go.",
            "  Every mail lands in the mailbox of that site; none leaves this machine.",
            "",
            f"  What you do is kept in {folder}.",
            f"  Trellis itself listens on http://localhost:{ports.port}.  Ctrl+C ends the demo.",
            "",
        ]
    )
