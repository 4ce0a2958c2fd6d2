"""Pages for whoever runs the site: tools, faults, and a look into the record store."""

from __future__ import annotations

from dataclasses import fields
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.sandbox.errors import SandboxError
from lti_tool.sandbox.faults import Faults
from lti_tool.sandbox.grading import number_from
from lti_tool.sandbox.lrs import read_statements, the_lrs
from lti_tool.sandbox.model import Tool
from lti_tool.sandbox.web import the_sandbox

bp = Blueprint("site", __name__, url_prefix="/site")


@bp.get("/tools")
def tools() -> ResponseReturnValue:
    """List the registered tools with their switches."""
    return render_template("tools.html", tools=list(the_sandbox().tables.tools.values()))


@bp.post("/tools/<int:tool_id>")
def change_tool(tool_id: int) -> ResponseReturnValue:
    """Activate a tool, show it in the chooser, or change what it is told about people."""
    tool = the_sandbox().tables.tool(tool_id)
    for name in ("active", "in_chooser", "send_name", "send_email"):
        setattr(tool, name, name in request.form)
    return redirect(url_for(".tools"), 303)


@bp.get("/register")
def register() -> ResponseReturnValue:
    """Ask for a tool's registration address, then show that page in a frame."""
    address = request.args.get("url", "").strip()
    if not address:
        return render_template("register.html", address=None, same=[])
    if urlsplit(address).scheme not in ("http", "https"):
        raise SandboxError("The address has to begin with http:// or https://.")
    update = request.args.get("update", "")
    same = _tools_at(address) if not update else []
    tool = the_sandbox().tables.tool(update) if update not in ("", "new") else None
    start = None if same else the_sandbox().registration_url(address, tool)
    return render_template("register.html", address=address, same=same, start=start)


@bp.get("/break")
def faults() -> ResponseReturnValue:
    """Show the fault switches and the latest service calls."""
    sandbox = the_sandbox()
    calls = list(sandbox.calls)[-40:][::-1]
    return render_template("break.html", switches=_switches(sandbox.faults), calls=calls)


@bp.post("/break")
def break_it() -> ResponseReturnValue:
    """Set the fault switches as the form says."""
    sandbox = the_sandbox()
    for name, kind, _ in _switches(sandbox.faults):
        if kind == "bool":
            setattr(sandbox.faults, name, name in request.form)
        else:
            number = number_from(request.form.get(name)) or 0
            setattr(sandbox.faults, name, number if kind == "float" else max(int(number), 0))
    return redirect(url_for(".faults"), 303)


@bp.post("/rotate-key")
def rotate_key() -> ResponseReturnValue:
    """Sign with a new key from now on, and withdraw the old one."""
    the_sandbox().rotate_key()
    return redirect(url_for(".faults"), 303)


@bp.get("/records")
def records() -> ResponseReturnValue:
    """List the latest statements in the learning record store."""
    lrs = the_lrs()
    rows, problem = read_statements(lrs) if lrs else ([], "No record store was given at the start.")
    return render_template("records.html", rows=rows, problem=problem)


def _switches(faults: Faults) -> list[tuple[str, str, object]]:
    return [(f.name, str(f.type), getattr(faults, f.name)) for f in fields(faults)]


def _tools_at(address: str) -> list[Tool]:
    domain = urlsplit(address).netloc.lower().removeprefix("www.")
    return [tool for tool in list(the_sandbox().tables.tools.values()) if tool.domain == domain]
