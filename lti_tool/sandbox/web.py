"""What every view needs: the sandbox behind the request."""

from __future__ import annotations

from typing import cast

from flask import current_app

from lti_tool.sandbox.platform import Sandbox


def the_sandbox() -> Sandbox:
    """Return the sandbox that this application serves."""
    return cast(Sandbox, current_app.extensions["sandbox"])
