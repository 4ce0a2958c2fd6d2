"""Pages for everybody: the front page, a course, an activity."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.sandbox.here import find_here, link_here
from lti_tool.sandbox.web import the_sandbox

bp = Blueprint("pages", __name__)

_CONTAINERS = {"iframe", "window"}


@bp.get("/")
def front() -> ResponseReturnValue:
    """Offer one card per person, each of which opens a window of its own."""
    tables = the_sandbox().tables
    cards = [
        (person, [row for row in list(tables.enrolments.values()) if row.person_id == person.id])
        for person in list(tables.people.values())
    ]
    return render_template("front.html", cards=cards, courses=dict(tables.courses))


@bp.get("/as/<username>/course/<int:course_id>")
def course(username: str, course_id: int) -> ResponseReturnValue:
    """List the activities of a course."""
    here = find_here(username, course_id)
    tables = the_sandbox().tables
    links = tables.links_in(here.course)
    return render_template("course.html", here=here, links=links, tools=tables.tools)


@bp.get("/as/<username>/course/<int:course_id>/activity/<int:link_id>")
def activity(username: str, course_id: int, link_id: int) -> ResponseReturnValue:
    """Show an activity in a frame; ``about`` names whose work a gradebook cell belongs to."""
    here = find_here(username, course_id)
    link = link_here(here, link_id)
    about = request.args.get("about")
    person = the_sandbox().tables.person(about) if about else None
    return render_template("activity.html", here=here, link=link, about=person)


@bp.get("/as/<username>/course/<int:course_id>/activity/<int:link_id>/open")
def launch(username: str, course_id: int, link_id: int) -> ResponseReturnValue:
    """Begin a launch: a form that posts itself to the tool's login address.

    Like Moodle it lets anybody in the course ask for anybody's submission review.
    """
    sandbox, here = the_sandbox(), find_here(username, course_id)
    link = link_here(here, link_id)
    about = request.args.get("about")
    wanted = request.args.get("container", "iframe")
    fields = sandbox.launch_form(
        here.person,
        link,
        about=sandbox.tables.person(about) if about else None,
        container=wanted if wanted in _CONTAINERS else "iframe",
    )
    address = sandbox.tables.tool(link.tool_id).login_url
    return render_template("autosubmit.html", address=address, fields=fields, target="")


@bp.get("/mod/lti/return.php")
def come_back() -> ResponseReturnValue:
    """Lead back to the course from the tool, with the tool's message."""
    tables = the_sandbox().tables
    person = tables.person_with_session_key(request.args.get("sesskey", ""))
    course = tables.course(request.args.get("course"))
    back = url_for("pages.course", username=person.username, course_id=course.id)
    error, message = request.args.get("lti_errormsg"), request.args.get("lti_msg")
    framed = request.args.get("launch_container") == "3"
    if not (error or message or framed):
        return redirect(back)
    return render_template("return.html", back=back, error=error, message=message)
