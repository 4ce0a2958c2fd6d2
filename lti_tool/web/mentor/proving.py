"""Asking for the code that was mailed, where an activity wants more than the link."""

from flask import request

from lti_tool.domain.signing import Method
from lti_tool.services.contacts import OpenLink
from lti_tool.services.mail_codes import asks_for_code
from lti_tool.web.codes import missing_proof, without_gaps
from lti_tool.web.mentor.posted import Posted
from lti_tool.web.storage import reading


class CodeNeeded(Exception):
    """The code has to be typed first; the text says so, and what was wrong with the last."""


def prove(opened: OpenLink, posted: Posted) -> Method:
    """Return how it is known who signs.

    Raises:
        CodeNeeded: The activity asks for a code, and no right one was typed yet.
    """
    if posted.act != "confirm":
        return Method.MAIL_LINK
    with reading() as session:
        if not asks_for_code(session, posted.wanted):
            return Method.MAIL_LINK
    problem = missing_proof(opened.link.id, without_gaps(request.form.get("code")))
    if problem is not None:
        raise CodeNeeded(problem)
    return Method.MAIL_CODE
