"""A launch without a browser: the three hops with a Flask test client in the browser's place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from lti_tool.sandbox.launches import Edit
from lti_tool.sandbox.platform import Sandbox

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse


def send_login(
    client: FlaskClient, sandbox: Sandbox, form: Mapping[str, str]
) -> tuple[dict[str, str], TestResponse]:
    """Post the login form to the tool behind *client*; return the query that it answers with.

    The query is empty when the tool did not redirect to the platform.
    """
    tool = sandbox.tables.tool_with_client_id(form["client_id"])
    address = tool.login_url if tool else ""
    answer = client.post(address, data=dict(form))
    location = answer.headers.get("Location", "")
    ours = location.startswith(f"{sandbox.base_url}/mod/lti/auth.php?")
    return dict(parse_qsl(urlsplit(location).query)) if ours else {}, answer


def launch(
    client: FlaskClient,
    sandbox: Sandbox,
    form: Mapping[str, str],
    edit: Edit | None = None,
    *,
    follow: bool = False,
) -> TestResponse:
    """Make a whole launch and return the tool's answer to the last hop.

    Args:
        client: A test client of the tool; it keeps the cookies.
        sandbox: The platform.
        form: From `Sandbox.launch_form` or `Sandbox.deep_linking_form`.
        edit: Bends the claims before they are signed.
        follow: Whether to follow the redirects that come after the launch.
    """
    query, answer = send_login(client, sandbox, form)
    if not query:
        return answer
    address, fields = sandbox.authorize(query, edit)
    return client.post(address, data=fields, follow_redirects=follow)
