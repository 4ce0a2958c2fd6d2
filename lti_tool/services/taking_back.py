"""Taking a signature back: a new fact, after which what it decided does not stand any more."""

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.domain.errors import WrongState
from lti_tool.domain.records import Attempt, Record, RecordState
from lti_tool.domain.signing import Decision, Signature, Signing
from lti_tool.services.grades import apply_grading_rule
from lti_tool.services.notices import tell_learner
from lti_tool.services.signing import own_signature, still_counts, withdraw_signature
from lti_tool.services.voiding import void_told


def take_own_back(session: Session, record: Record, signing: Signing) -> Signature:
    """Take the signer's newest signature on *record* back; the comment of *signing* is the reason.

    Raises:
        InvalidInput: There is no reason.
        WrongState: This person has nothing to take back.
    """
    signature = own_signature(session, record, signing.signer.id)
    if signature is None:
        raise WrongState(
            _("There is no signature of yours to take back."),
            next_step=_("Open it to see where it stands."),
        )
    return take_back(session, record, signature, signing)


def take_back(
    session: Session, record: Record, signature: Signature, signing: Signing
) -> Signature:
    """Take *signature* back, move the record and the mark with it; tell learner and LRS.

    What was confirmed waits again. An observation is its signer's own word: without it there
    is nothing left to wait for, and it counts no more.

    Raises:
        InvalidInput: There is no reason.
        NotAllowed: It is somebody else's.
        WrongState: It was taken back before.
    """
    made = withdraw_signature(session, record, signature, signing)
    void_told(session, signature)
    if not still_counts(session, record):
        if signature.decision is Decision.OBSERVED:
            record.state = RecordState.WITHDRAWN
        elif record.state is RecordState.COUNTERSIGNED:
            record.state = RecordState.SUBMITTED
        session.flush()
    apply_grading_rule(session, session.get_one(Attempt, record.attempt_id))
    tell_learner(session, record, "withdrawn", signature_id=made.id)
    return made
