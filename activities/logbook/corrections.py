"""What may happen to an entry after it was signed, or instead of it: each with a reason.

The author pulls back while nobody acted, a signer takes the own signature back, a tutor opens
a signed entry again: ``MAY`` in tests/activities/logbook/test_corrections.py has it as a table.
"""

from sqlalchemy.orm import Session

from activities.logbook.service import decide
from lti_tool.sdk import (
    Attempt,
    Decision,
    NotAllowed,
    Record,
    Role,
    Signing,
    apply_grading_rule,
    check_completion,
    reopen,
)
from lti_tool.sdk import gettext as _

STAFF = (Role.TUTOR, Role.ASSESSOR)


def open_again(session: Session, record: Record, signing: Signing) -> None:
    """Open a signed entry for an amendment; the comment of *signing* is the reason.

    Raises:
        InvalidInput: There is no reason.
        NotAllowed: The signer is no tutor.
        WrongState: The entry is not signed.
    """
    reopen(session, record, by=signing.signer, role=signing.role, reason=signing.comment)
    apply_grading_rule(session, session.get_one(Attempt, record.attempt_id))


def waive(session: Session, record: Record, signing: Signing) -> None:
    """Let an entry count although its signer cannot be reached; the comment says why.

    Raises:
        NotAllowed: The signer is no tutor, or wrote the entry.
        StaleEdit: The entry is not the one that was on the tutor's screen.
        WrongState: Nothing waits for a decision.
    """
    if signing.role not in STAFF:
        raise NotAllowed(
            _("Only a tutor can let an entry count without confirmation."),
            next_step=_("Ask your tutor to do it."),
        )
    if decide(session, record, signing, Decision.WAIVED) is not None:
        check_completion(session, session.get_one(Attempt, record.attempt_id))
