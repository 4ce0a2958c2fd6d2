"""``python -m lti_tool.sandbox``: a VLE to try a tool in."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from lti_tool.sandbox.app import create_sandbox_app
from lti_tool.sandbox.demo import seed
from lti_tool.sandbox.lrs import LrsAccess
from lti_tool.sandbox.platform import Sandbox
from lti_tool.sandbox.serving import serve


@click.command()
@click.option("--base-url", default="http://localhost:9100", show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--state", type=click.Path(path_type=Path), help="File that keeps the state.")
@click.option("--lrs", help="xAPI address; key and secret from SANDBOX_LRS_KEY and _SECRET.")
@click.option("--login-url", help="Register a tool at once: where login initiation goes.")
@click.option("--launch-url", help="Its redirect URI.")
@click.option("--jwks-url", help="Its keyset.")
@click.option("--client-id", default="sandbox-tool", show_default=True)
def main(
    base_url: str,
    host: str,
    state: Path | None,
    lrs: str | None,
    login_url: str | None,
    launch_url: str | None,
    jwks_url: str | None,
    client_id: str,
) -> None:
    """Serve a sandbox VLE with its demo cast until Ctrl+C."""
    sandbox = Sandbox.load(state, base_url) if state else Sandbox(base_url)
    seed(sandbox)
    if login_url and launch_url and jwks_url:
        details: dict[str, Any] = {"jwks_url": jwks_url, "client_id": client_id}
        sandbox.preregister(login_url, [launch_url], **details)
    sandbox.save()
    app, port = create_sandbox_app(sandbox, _access(lrs)), urlsplit(base_url).port or 80
    with serve(app, host, port) as server, suppress(KeyboardInterrupt):
        click.echo(f"The sandbox VLE is at {base_url}")
        server.thread.join()


def _access(endpoint: str | None) -> LrsAccess | None:
    key, secret = os.environ.get("SANDBOX_LRS_KEY", ""), os.environ.get("SANDBOX_LRS_SECRET", "")
    return LrsAccess(endpoint, key, secret) if endpoint else None


if __name__ == "__main__":
    main()
