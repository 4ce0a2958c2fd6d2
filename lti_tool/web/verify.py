"""Is it still what it was? For anybody who holds a code or a bundle, without a login."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from lti_tool.domain.signing import Seal
from lti_tool.services.bundle_check import NotABundle, check_bundle, read_bundle
from lti_tool.services.codes import check_code, read_code
from lti_tool.web.rate import Throttle
from lti_tool.web.storage import database

bp = Blueprint("verify", __name__, url_prefix="/verify")
LARGEST_BUNDLE = 20 * 1024 * 1024
"""Bytes of JSON that can be checked here; larger ones bring their own page."""
throttle = Throttle(60, 60.0)


@bp.get("")
def ask() -> ResponseReturnValue:
    """Ask for a code or a bundle; a code that was typed leads to its own address."""
    typed = request.args.get("code", "")
    code = read_code(typed)
    if code is not None:
        return redirect(url_for(".show", code=code), code=303)
    return render_template("verify/ask.html", typed=typed, problem="code" if typed else "")


@bp.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    """Say what stands under a code; unknown, private and misspelt ones look alike."""
    throttle.check()
    known = read_code(code)
    with database().snapshot() as session:
        finding = check_code(session, known) if known else None
    status = 200 if finding else 404
    return render_template("verify/code.html", finding=finding, code=known), status


@bp.post("")
def check() -> ResponseReturnValue:
    """Check an uploaded bundle; nothing of it is kept."""
    throttle.check()
    request.max_content_length = LARGEST_BUNDLE
    upload = request.files.get("bundle")
    try:
        finding = check_bundle(read_bundle(upload.read() if upload else b""))
    except NotABundle:
        return render_template("verify/ask.html", typed="", problem="bundle"), 422
    return render_template("verify/bundle.html", finding=finding, known=_known(finding.seals))


def _known(seals: list[str]) -> int:
    """How many of these links stand in a chain here."""
    with database().reading() as session:
        return sum(
            session.scalar(
                select(func.count(Seal.id)).where(Seal.sha256.in_(seals[start : start + 500]))
            )
            or 0
            for start in range(0, len(seals), 500)
        )
