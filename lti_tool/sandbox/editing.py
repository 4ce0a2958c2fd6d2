"""Pages for who may edit a course: add activities, people, copies."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from lti_tool.sandbox import deep_linking
from lti_tool.sandbox.errors import NoSuchPage
from lti_tool.sandbox.here import Here, editor_here, find_here, link_here
from lti_tool.sandbox.model import RIGHTS, CourseRole
from lti_tool.sandbox.web import the_sandbox

bp = Blueprint("editing", __name__)

_COURSE = "/as/<username>/course/<int:course_id>"


@bp.get(f"{_COURSE}/add")
def choose_tool(username: str, course_id: int) -> ResponseReturnValue:
    """Offer the tools in the activity chooser, and those that could be shown there."""
    here = editor_here(username, course_id)
    active = [tool for tool in list(the_sandbox().tables.tools.values()) if tool.active]
    shown = [t for t in active if t.in_chooser or here.course.id in t.chooser_course_ids]
    hidden = [tool for tool in active if tool not in shown]
    return render_template("chooser.html", here=here, shown=shown, hidden=hidden)


@bp.post(f"{_COURSE}/tools/<int:tool_id>")
def show_tool(username: str, course_id: int, tool_id: int) -> ResponseReturnValue:
    """Show a tool in the activity chooser of this course."""
    here = editor_here(username, course_id)
    the_sandbox().tables.tool(tool_id).chooser_course_ids.append(here.course.id)
    return redirect(url_for(".choose_tool", username=username, course_id=course_id), 303)


@bp.get(f"{_COURSE}/add/<int:tool_id>")
def select_content(username: str, course_id: int, tool_id: int) -> ResponseReturnValue:
    """Show the tool's own chooser in a frame."""
    here, tool = editor_here(username, course_id), the_sandbox().tables.tool(tool_id)
    again = request.args.get("again", type=int)
    return render_template("select.html", here=here, tool=tool, again=again)


@bp.get(f"{_COURSE}/add/<int:tool_id>/open")
def launch_chooser(username: str, course_id: int, tool_id: int) -> ResponseReturnValue:
    """Begin a deep linking launch."""
    sandbox, here = the_sandbox(), editor_here(username, course_id)
    tool, again = sandbox.tables.tool(tool_id), request.args.get("again", type=int)
    link = link_here(here, again) if again else None
    fields = sandbox.deep_linking_form(here.person, here.course, tool, link)
    return render_template("autosubmit.html", address=tool.login_url, fields=fields, target="")


@bp.post("/mod/lti/contentitem_return.php")
def take_content() -> ResponseReturnValue:
    """Show what the tool proposes, still in its frame, before anything is saved."""
    sandbox = the_sandbox()
    proposal = deep_linking.read_response(sandbox, request.url, request.form.get("JWT", ""))
    sandbox.proposals[proposal.id] = proposal
    return render_template("confirm.html", proposal=proposal)


@bp.post(f"{_COURSE}/save/<proposal_id>")
def save_content(username: str, course_id: int, proposal_id: str) -> ResponseReturnValue:
    """Save what the tool proposed, once."""
    here = editor_here(username, course_id)
    proposal = the_sandbox().proposals.pop(proposal_id, None)
    if proposal is None or proposal.course.id != here.course.id:
        raise NoSuchPage("This was saved before, or the sandbox was started again.")
    deep_linking.save(the_sandbox(), proposal)
    return _back(here)


@bp.post(f"{_COURSE}/add/<int:tool_id>")
def add_plain(username: str, course_id: int, tool_id: int) -> ResponseReturnValue:
    """Add an activity without "Select content": no custom parameters, no column."""
    sandbox, here = the_sandbox(), editor_here(username, course_id)
    tool = sandbox.tables.tool(tool_id)
    sandbox.add_link(here.course, tool, request.form.get("title", "").strip() or tool.name)
    return _back(here)


@bp.post(f"{_COURSE}/activity/<int:link_id>/duplicate")
def duplicate(username: str, course_id: int, link_id: int) -> ResponseReturnValue:
    """Put a second copy of an activity into the same course."""
    here = editor_here(username, course_id)
    the_sandbox().duplicate_link(link_here(here, link_id))
    return _back(here)


@bp.post(f"{_COURSE}/copy")
def copy(username: str, course_id: int) -> ResponseReturnValue:
    """Copy the course with its activities and people, without grades."""
    here = editor_here(username, course_id)
    fresh = the_sandbox().copy_course(here.course)
    return redirect(url_for("pages.course", username=username, course_id=fresh.id), 303)


@bp.get(f"{_COURSE}/people")
def people(username: str, course_id: int) -> ResponseReturnValue:
    """List who is in the course, and for editors who else could be."""
    here, tables = find_here(username, course_id), the_sandbox().tables
    rows = list(tables.enrolled_in(here.course))
    inside = {person.id for person, _ in rows}
    others = [person for person in list(tables.people.values()) if person.id not in inside]
    return render_template("people.html", here=here, rows=rows, others=others, roles=RIGHTS)


@bp.post(f"{_COURSE}/people")
def change_person(username: str, course_id: int) -> ResponseReturnValue:
    """Enrol somebody, give another role, or take somebody out."""
    sandbox, here = the_sandbox(), editor_here(username, course_id)
    person = sandbox.tables.person(request.form.get("person"))
    role = request.form.get("role", "")
    if role in list(CourseRole):
        sandbox.enrol(here.course, person, CourseRole(role))
    else:
        sandbox.unenrol(here.course, person)
    return redirect(url_for(".people", username=username, course_id=course_id), 303)


def _back(here: Here) -> Response:
    address = url_for("pages.course", username=here.person.username, course_id=here.course.id)
    return redirect(address, 303)
