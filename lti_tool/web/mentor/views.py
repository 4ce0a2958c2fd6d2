"""The mentor's page: everything that waits, and what can be said of it. No login, no cookie.

Looking (GET, HEAD) changes nothing at all. A form counts when it carries the stamp of a page
of this very link that is three seconds old, and a choice that only a human makes.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.domain.contacts import LinkPurpose
from lti_tool.domain.courses import Course
from lti_tool.domain.errors import DomainError, NotFound
from lti_tool.domain.people import Person, Relation
from lti_tool.services.contacts import OpenLink, open_link
from lti_tool.services.mentor_launches import offers_of
from lti_tool.services.mentor_tasks import mentoring_of
from lti_tool.services.proof_words import CAPACITIES
from lti_tool.web.i18n import match_language, speak
from lti_tool.web.launch import is_from_our_page
from lti_tool.web.mentor.cards import cards_of
from lti_tool.web.mentor.deciding import Answer, decide_all, in_words
from lti_tool.web.mentor.posted import Posted
from lti_tool.web.mentor.proving import CodeNeeded, prove
from lti_tool.web.mentor.stamps import NOBODY, TOO_QUICK, age_of, new_stamp
from lti_tool.web.storage import reading

bp = Blueprint("mentor", __name__, url_prefix="/m")

RECEIPTS = ("mentor.show_receipt", "mentor.not_me")
"""Pages that a link of a receipt opens; all others are opened by the link of a page."""
OF_DEAD_LINKS = ("mentor.send_link",)
"""What can be asked for with a link that no longer opens."""


@bp.url_value_preprocessor
def take_token(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Keep the token out of the views: they are handed what it opens."""
    g.mentor_token = (values or {}).pop("token", "")


@bp.url_defaults
def fill_token(_endpoint: str, values: dict[str, Any]) -> None:
    """Fill the token into every address below ``/m/``."""
    values.setdefault("token", g.get("mentor_token", ""))


@bp.before_request
def find_link() -> ResponseReturnValue | None:
    """Open the link, in the mentor's language; or show the one page for all dead links."""
    asked = match_language(request.values.get("lang"))
    if asked:
        speak(asked)
    purpose = LinkPurpose.RECEIPT if request.endpoint in RECEIPTS else LinkPurpose.PAGE
    with reading() as session:
        opened = open_link(session, g.mentor_token, purpose)
    if opened is not None:
        g.opened, g.mentor_link = opened, opened.link
        speak(asked or opened.person.chosen_locale or "")
    if request.endpoint in OF_DEAD_LINKS:
        return None
    if opened is None:
        return dead_link()
    if request.method == "POST":
        return refuse_programs()
    return None


@bp.after_request
def keep_private(response: Response) -> Response:
    """Keep these pages out of caches and search engines."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response


def dead_link(notice: str | None = None, status: int = 404) -> ResponseReturnValue:
    """Show the same page for what expired, was revoked or never was."""
    return render_template("mentor/closed.html", notice=notice, stamp=new_stamp(NOBODY)), status


def opened_link() -> OpenLink:
    """Return the link that this request came by."""
    opened: OpenLink = g.opened
    return opened


def refuse_programs() -> ResponseReturnValue | None:
    """Ask a human to look and press again where a program may have pressed; None if all is well."""
    age = age_of(request.form.get("stamp", ""), opened_link().link.id)
    if age is not None and age >= TOO_QUICK and is_from_our_page():
        g.page_age = age
        return None
    again = _("Please check what you chose, then press again. Nothing was lost.")
    if request.endpoint in RECEIPTS:
        from lti_tool.web.mentor.receipts import receipt_page

        return receipt_page(problem=again, status=422)
    return page(posted=Posted.read(request.form), problem=again, status=422)


def page(
    *,
    posted: Posted | None = None,
    answers: list[Answer] | None = None,
    asked: UUID | None = None,
    problem: str | None = None,
    notice: str | None = None,
    fields: Mapping[str, str] | None = None,
    asks_code: bool = False,
    status: int = 200,
) -> ResponseReturnValue:
    """Return the mentor's page as it stands now, with all that was typed kept."""
    opened = opened_link()
    problems = {one.record_id: one.problem for one in answers or [] if one.problem}
    with reading() as session:
        cards = cards_of(session, opened.person.id, posted=posted, problems=problems, asked=asked)
        shown = {item.card.record_id for group in cards.groups for item in group.items}
        html = render_template(
            "mentor/page.html",
            opened=opened,
            cards=cards,
            stamp=new_stamp(opened.link.id),
            capacities=capacities(),
            trainees=trainees_of(session, opened.person.id),
            offers=offers_of(session, opened.person.id),
            gone=[text for id, text in problems.items() if id not in shown],
            problem=problem,
            notice=notice or _said(),
            typed=request.form if request.method == "POST" else {},
            field_errors=fields or {},
            asks_code=asks_code,
        )
    return html, status


def trainees_of(session: Session, person_id: UUID) -> list[tuple[str, str]]:
    """Return whom a mentor looks after: id of the relation, and name with course."""
    rows = session.execute(
        mentoring_of(person_id)
        .add_columns(Person, Course.title)
        .join(Person, Person.id == Relation.trainee_id)
        .join(Course, Course.id == Relation.course_id)
        .order_by(Person.name, Course.title)
    )
    return [
        (str(relation.id), f"{person.name or person.short_code}, {title}")
        for relation, person, title in rows
    ]


def capacities() -> list[tuple[str, str]]:
    """Return the ways to know, each with its words."""
    return [(capacity.value, str(text)) for capacity, text in CAPACITIES.items()]


NOTICES = {
    "later": lambda: _("Saved. We write again on Friday."),
    "quiet": lambda: _("Saved. You get no more reminders. Your link keeps working."),
    "reminders": lambda: _("Saved. We remind you again when something waits."),
    "colleague": lambda: _("Thank you. A tutor will look at it and write to your colleague."),
}
"""What the address says was done -> what the mentor reads."""


def _said() -> str | None:
    """What was done before this page was asked for anew, as its address says in codes."""
    done = request.args.get("done", "")
    if done in NOTICES:
        return str(NOTICES[done]())
    codes = {"c": "confirmed", "b": "returned", "n": "not_mine"}
    counts = {code: request.args.get(name, type=int) or 0 for name, code in codes.items()}
    answers = [
        Answer(record_id=UUID(int=0), code=code)
        for code, count in counts.items()
        for _number in range(min(max(count, 0), 1000))
    ]
    return in_words(answers) if answers else None


@bp.get("/<token>")
def show() -> ResponseReturnValue:
    """Show everything that waits; changes nothing, however often and by whomever it is opened."""
    return page()


@bp.post("/<token>")
def decide() -> ResponseReturnValue:
    """Do what was pressed: confirm, send back, or say that it is somebody else's."""
    posted = Posted.read(request.form)
    if not posted.wanted:
        text = _("Nothing was chosen. Open something, read it, and choose.")
        return page(posted=posted, problem=text, status=422)
    (first, *_others) = posted.wanted
    if posted.act == "not-mine" and not (first in posted.typed and posted.typed[first].is_sure):
        return page(posted=posted, asked=first, status=422)
    try:
        method = prove(opened_link(), posted)
    except CodeNeeded as needed:
        return page(posted=posted, problem=str(needed), asks_code=True, status=422)
    answers = decide_all(opened_link(), posted, age=g.page_age, method=method)
    if all(answer.code == "not_yours" for answer in answers):
        raise NotFound(_("This page does not exist, or is not yours to see."))
    if any(answer.problem for answer in answers):
        return _answer_some(posted, answers)
    codes = [answer.code for answer in answers]
    names = {"c": "confirmed", "b": "returned", "n": "not_mine"}
    counts = {name: n for name, code in names.items() if (n := codes.count(code))}
    return back(**counts)


def back(**arguments: Any) -> ResponseReturnValue:
    """Go to the page anew, so that reloading it does nothing twice."""
    if (lang := match_language(request.form.get("lang"))) is not None:
        arguments["lang"] = lang
    return redirect(url_for("mentor.show", **arguments), code=303)


def _answer_some(posted: Posted, answers: list[Answer]) -> ResponseReturnValue:
    codes = {answer.code for answer in answers}
    is_done = codes & {"confirmed", "returned"}
    status = 200 if is_done else (409 if "changed" in codes else 422)
    return page(
        posted=posted,
        answers=answers,
        notice=in_words(answers) if is_done else None,
        problem=None if is_done else in_words(answers),
        status=status,
    )


def refuse(error: DomainError) -> ResponseReturnValue:
    """Show the page again with what was wrong in one of its smaller forms."""
    fields = {name: str(text) for name, text in getattr(error, "fields", {}).items()}
    return page(problem=str(error.message), fields=fields, status=error.status)
