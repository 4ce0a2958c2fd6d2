"""The Flask application around a sandbox."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue

from lti_tool.sandbox import ags, editing, gradebook, mailbox, nrps, oidc, pages, services, site
from lti_tool.sandbox.errors import NotAllowed, SandboxError
from lti_tool.sandbox.lrs import LrsAccess
from lti_tool.sandbox.mailbox import Mailbox
from lti_tool.sandbox.platform import Sandbox
from lti_tool.sandbox.web import the_sandbox

_POSTED_BY_TOOLS = {"oidc", "services"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src * data:; frame-src *; form-action *; base-uri 'none'"
)
# Their views hang on the blueprint of the services; naming them keeps the imports honest.
_SERVICES = (ags, nrps)


def create_sandbox_app(
    sandbox: Sandbox, lrs: LrsAccess | None = None, mails: Mailbox | None = None
) -> Flask:
    """Return the application that serves *sandbox*.

    *lrs* and *mails* are for the pages that show records and mail.
    """
    app = Flask(__name__)
    app.extensions["sandbox"] = sandbox
    app.extensions["sandbox-lrs"] = lrs
    app.extensions["sandbox-mailbox"] = mails
    for part in (services, oidc, pages, editing, gradebook, site, mailbox):
        app.register_blueprint(part.bp)
    app.before_request(_refuse_other_sites)
    app.after_request(_finish)
    app.register_error_handler(SandboxError, _show_problem)
    app.context_processor(lambda: {"sandbox": sandbox})
    app.add_template_filter(_moment, "moment")
    return app


def _refuse_other_sites() -> None:
    # There is no session to steal; this only keeps other sites from pressing our buttons.
    origin = request.headers.get("Origin")
    by_tool = request.blueprint in _POSTED_BY_TOOLS or request.endpoint == "editing.take_content"
    if request.method != "POST" or by_tool or origin in (None, "null"):
        return
    if urlsplit(origin).netloc != request.host:
        raise NotAllowed("This form has to be sent from the sandbox itself.")


def _finish(response: Response) -> Response:
    if request.method != "GET":
        the_sandbox().save()
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _show_problem(error: SandboxError) -> ResponseReturnValue:
    return render_template("problem.html", message=str(error)), error.status
