"""Words for what was signed and how: the same on pages, on paper and in bundles."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from lti_tool.domain.records import MoveKind
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Capacity, Decision, Method

DECISIONS = {
    Decision.CONFIRMED: lazy_gettext("Confirmed"),
    Decision.RETURNED: lazy_gettext("Sent back"),
    Decision.OBSERVED: lazy_gettext("Observed and signed"),
    Decision.ASSESSED: lazy_gettext("Assessed"),
    Decision.WAIVED: lazy_gettext("Counts without a signature"),
    Decision.WITHDRAWN: lazy_gettext("Signature taken back"),
}
MOVES = {
    MoveKind.PULLED_BACK: lazy_gettext("Taken back to change it"),
    MoveKind.REOPENED: lazy_gettext("Opened again"),
    MoveKind.NOT_MINE: lazy_gettext("Said not to be theirs"),
    MoveKind.MIGRATED: lazy_gettext("Moved to a newer form"),
    MoveKind.VISIBILITY: lazy_gettext("Changed who may see it"),
    MoveKind.DISCARDED: lazy_gettext("Thrown away"),
}
ROLES = {
    Role.TRAINEE: lazy_gettext("trainee"),
    Role.MENTOR: lazy_gettext("mentor"),
    Role.TUTOR: lazy_gettext("tutor"),
    Role.ASSESSOR: lazy_gettext("assessor"),
}
CAPACITIES = {
    Capacity.SAW_IT: lazy_gettext("I saw it"),
    Capacity.SAW_RESULT: lazy_gettext("I saw the result"),
    Capacity.TOLD: lazy_gettext("I was told of it"),
}
"""How a signer knows it, as they say it themselves."""
METHODS = {
    Method.LAUNCH: lazy_gettext("Signed in to the course"),
    Method.MAIL_LINK: lazy_gettext("Personal link, sent to the approved address"),
    Method.MAIL_CODE: lazy_gettext("Personal link and a code sent to that mailbox"),
    Method.HANDOVER: lazy_gettext("On the learner's device"),
}
FLAGS = {
    "same_device": lazy_gettext("Looks like the trainee's own device"),
    "same_address": lazy_gettext("The address is the one of the trainee"),
    "free_mail": lazy_gettext("An address that anybody can get"),
    "quick": lazy_gettext("Signed within 10 seconds"),
}
"""What a tutor should look at; an unknown code is shown as it is."""


def signed_words(statement: LazyString | str, capacity: Capacity | None) -> str:
    """Return what is signed, whole: the statement, and how the signer knows."""
    if capacity is None:
        return str(statement)
    how = CAPACITIES[capacity]
    return str(_("%(statement)s How I know: %(how)s.", statement=statement, how=how))
