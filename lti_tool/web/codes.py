"""The code that was mailed to a mentor, as it is typed: on the mentor's page and in a launch."""

from uuid import UUID

from flask_babel import gettext as _

from lti_tool.domain.contacts import MentorLink
from lti_tool.services.mail_codes import is_proved, send_code, take_code
from lti_tool.web.storage import transaction


def missing_proof(link_id: UUID, typed: str) -> str | None:
    """Return None if the mailbox is proved, by *typed* or lately; else what the mentor reads.

    Then a code is on its way, if not too many were asked for. In a transaction of its own, so
    that a try counts whatever else becomes of the request: call it outside of any other.
    """
    with transaction() as session:
        if is_proved(session.get_one(MentorLink, link_id)):
            return None
        if typed and take_code(session, link_id, typed):
            return None
        is_sent = send_code(session, link_id)
    if not is_sent:
        return str(_("You asked for many codes. Try again in an hour."))
    if typed:
        return str(_("This is not the code. Look at the newest mail, and type it again."))
    return str(_("We mailed you a code. Type it here, then press again."))


def without_gaps(typed: str | None) -> str:
    """Return a code as it was meant: people type and paste spaces into it."""
    return "".join((typed or "").split())
