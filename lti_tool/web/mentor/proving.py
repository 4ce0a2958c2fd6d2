"""Asking for the code that was mailed, where an activity wants more than the link."""

from flask import request
from flask_babel import gettext as _

from lti_tool.domain.contacts import MentorLink
from lti_tool.domain.signing import Method
from lti_tool.services.contacts import OpenLink
from lti_tool.services.mail_codes import asks_for_code, is_proved, send_code, take_code
from lti_tool.web.mentor.posted import Posted
from lti_tool.web.storage import transaction


class CodeNeeded(Exception):
    """The code has to be typed first; the text says so, and what was wrong with the last."""


def prove(opened: OpenLink, posted: Posted) -> Method:
    """Return how it is known who signs.

    Raises:
        CodeNeeded: The activity asks for a code, and no right one was typed yet.
    """
    if posted.act != "confirm":
        return Method.MAIL_LINK
    typed = "".join(request.form.get("code", "").split())
    with transaction() as session:
        if not asks_for_code(session, posted.wanted):
            return Method.MAIL_LINK
        if is_proved(session.get_one(MentorLink, opened.link.id)):
            return Method.MAIL_CODE
        if typed and take_code(session, opened.link.id, typed):
            return Method.MAIL_CODE
        is_sent = send_code(session, opened.link.id)
    if not is_sent:
        raise CodeNeeded(_("You asked for many codes. Try again in an hour."))
    if typed:
        raise CodeNeeded(_("This is not the code. Look at the newest mail, and type it again."))
    raise CodeNeeded(_("We mailed you a code. Type it here, then press again."))
