"""Error pages: what happened, what to do, who can help; typed text is kept in sight."""

import traceback
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from lti_tool.domain.errors import DomainError, StaleEdit
from lti_tool.services.records import DraftConflict
from lti_tool.web.drafts import (
    FIELDS,
    copy_texts,
    other_draft,
    posted_draft,
    save_with_token,
)
from lti_tool.web.launch import LaunchEnded, cookie_name, let_platform_show

log = structlog.get_logger()
_NOT_TEXT = (*FIELDS, "token", "seen", "seen_sha256", "record_id", "choice")
_OUR_PAGES = ("/l/", "/m/", "/lti/content")


def problem_page(error: DomainError, status: int, *, is_saved: bool = False) -> tuple[str, int]:
    """Return the one page that every problem is shown on; *is_saved*, what was typed is kept."""
    reference = uuid.uuid4().hex[:8]
    log.info("problem", reference=reference, status=status, kind=type(error).__name__)
    page = render_template(
        "errors/problem.html",
        error=error,
        kept_text=_kept_text(),
        reference=reference,
        is_saved=is_saved,
    )
    return page, status


def _kept_text() -> list[str]:
    """What the reader had typed into a page of ours that failed, to copy from.

    What a platform posts to the other LTI endpoints was typed by nobody.
    """
    if request.method != "POST" or not request.path.startswith(_OUR_PAGES):
        return []
    try:
        posted = list(request.form.items(multi=True))
    except HTTPException:  # too large or too broken to be read
        return []
    values = (value for name, value in posted if name.rpartition("-")[2] not in _NOT_TEXT)
    return [value for value in values if len(value) > 20 or " " in value.strip()]


def init_app(app: Flask) -> None:
    """Answer every failure with a page in the reader's language, never a bare 500."""

    @app.errorhandler(DomainError)
    def domain(error: DomainError) -> ResponseReturnValue:
        return problem_page(error, error.status)

    _answer_late_and_twice(app)

    @app.errorhandler(StaleDataError)
    def stale(_error: StaleDataError) -> ResponseReturnValue:
        problem = StaleEdit(
            _("Somebody else changed this while you were writing."),
            next_step=_(
                "Your text is kept below. Open the page again, compare, and save once more."
            ),
        )
        return problem_page(problem, 409)

    @app.errorhandler(OperationalError)
    def database(error: OperationalError) -> ResponseReturnValue:
        log.error("database_unavailable", cause=type(error.orig).__name__)
        problem = DomainError(
            _("Your change could not be saved just now."),
            next_step=_("Nothing was half saved. Wait a minute and send it again."),
        )
        page, status = problem_page(problem, 503)
        return page, status, {"Retry-After": "30"}

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        if "platform_origins" not in g:
            let_platform_show(request.path)
        return problem_page(_in_words(error), error.code or 500)

    @app.errorhandler(Exception)
    def crash(error: Exception) -> ResponseReturnValue:
        log.error(
            "crash",
            kind=type(error).__name__,
            at=_frames(error),
            endpoint=request.endpoint,
            launch=str(g.get("launch_id", "")),
        )
        problem = DomainError(
            _("Something went wrong on our side."),
            next_step=_("Try again. If it happens again, give your tutor the reference below."),
        )
        return problem_page(problem, 500)


def _answer_late_and_twice(app: Flask) -> None:
    """Answer pages whose launch has ended, and two pages that write one draft."""

    @app.errorhandler(DraftConflict)
    def two_drafts(error: DraftConflict) -> ResponseReturnValue:
        return _compare_drafts(error)

    @app.errorhandler(LaunchEnded)
    def ended(_error: LaunchEnded) -> ResponseReturnValue:
        if request.method == "POST" and _is_saved_late():
            return problem_page(_saved_late(), 401, is_saved=True)
        return problem_page(_closed(), 401)


def _compare_drafts(error: DraftConflict) -> ResponseReturnValue:
    """Show what was typed here and what another page saved; one press goes on with either."""
    page = render_template(
        "errors/two_drafts.html",
        error=error,
        mine=copy_texts(posted_draft()),
        other=other_draft(error.record_id),
        posted=list(request.form.items(multi=True)),
        back=_page_before(),
    )
    return page, error.status


def _page_before() -> str:
    """Return the path of the page that a form was sent from, as far as the browser says."""
    try:
        return urlsplit(request.referrer or "").path
    except ValueError:  # no address at all
        return ""


def _is_saved_late() -> bool:
    """Save what a form without a session brought, if it carries the token of its draft."""
    try:
        save_with_token()
    except DomainError:
        return False
    return True


def _saved_late() -> DomainError:
    return DomainError(
        _("This page has been closed to keep your records safe. What you typed is saved."),
        next_step=_("Open the activity from your course to go on with your draft."),
    )


def _closed() -> DomainError:
    """Say why nobody is signed in: the launch is over, or the browser sent no cookie at all."""
    id = g.get("launch_id")
    if id is None or cookie_name(id) in request.cookies:
        return DomainError(
            _("This page has been closed to keep your records safe."),
            next_step=_("Go back to your course and open the activity again."),
        )
    return DomainError(
        _("Your browser does not tell us who you are."),
        next_step=_(
            "Go back to your course and open the activity again. If you come back to this page "
            "at once, your browser blocks cookies: allow them for this page, or use another "
            "browser."
        ),
    )


def _frames(error: Exception) -> list[str]:
    """Where it happened, innermost last. Messages and values may hold what people typed."""
    stack = traceback.extract_tb(error.__traceback__)
    return [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in stack[-8:]]


def _in_words(error: HTTPException) -> DomainError:
    texts = {
        404: (_("This page does not exist, or is not yours to see."), _("Go back to your course.")),
        405: (_("This page cannot be opened like that."), _("Go back and use the buttons.")),
        413: (
            _("What you sent is too large."),
            _("Go back: your text should still be there. Make it shorter and send it again."),
        ),
    }
    fallback = (
        _("We could not understand this request."),
        _("Go back to your course and try again."),
    )
    message, next_step = texts.get(error.code or 0, fallback)
    return DomainError(message, next_step=next_step)
