"""The gradebook page; its cells lead to the tool's page about that person."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.sandbox.errors import NoSuchPage, SandboxError
from lti_tool.sandbox.grading import number_from
from lti_tool.sandbox.here import Here, editor_here, find_here
from lti_tool.sandbox.model import LineItem, Person
from lti_tool.sandbox.web import the_sandbox

bp = Blueprint("gradebook", __name__, url_prefix="/as/<username>/course/<int:course_id>/gradebook")


@bp.get("")
def show(username: str, course_id: int) -> ResponseReturnValue:
    """Show everybody's grades to who teaches, and their own to everybody else."""
    sandbox, here = the_sandbox(), find_here(username, course_id)
    items = sandbox.tables.items_in(here.course)
    rows = [
        (person, [(item, sandbox.cell(item, person)) for item in items]) for person in _graded(here)
    ]
    return render_template("gradebook.html", here=here, items=items, rows=rows)


@bp.post("/columns/<int:item_id>/delete")
def delete_column(username: str, course_id: int, item_id: int) -> ResponseReturnValue:
    """Delete a column by hand; the tool is not told."""
    here = editor_here(username, course_id)
    the_sandbox().remove_item(_item(here, item_id))
    return redirect(url_for(".show", username=username, course_id=course_id), 303)


@bp.post("/columns/<int:item_id>/override")
def override(username: str, course_id: int, item_id: int) -> ResponseReturnValue:
    """Type a grade by hand over what the tool sent."""
    sandbox, here = the_sandbox(), editor_here(username, course_id)
    grade = number_from(request.form.get("grade"))
    if grade is None:
        raise SandboxError("The grade is not a number.")
    person = sandbox.tables.person(request.form.get("person"))
    sandbox.override_grade(_item(here, item_id), person, grade)
    return redirect(url_for(".show", username=username, course_id=course_id), 303)


def _graded(here: Here) -> list[Person]:
    rows = the_sandbox().tables.enrolled_in(here.course)
    people = [person for person, place in rows if place.rights.graded and place.active]
    return people if here.teaches else [p for p in people if p.id == here.person.id]


def _item(here: Here, item_id: int) -> LineItem:
    item = the_sandbox().tables.item(item_id)
    if item.course_id != here.course.id:
        raise NoSuchPage("This column is in another course.")
    return item
