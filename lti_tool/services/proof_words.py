"""Words for what was signed and how: the same on pages, on paper and in bundles."""

from flask_babel import lazy_gettext

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
    Capacity.TOLD: lazy_gettext("I was told"),
}
METHODS = {
    Method.LAUNCH: lazy_gettext("Signed in to the course"),
    Method.MAIL_LINK: lazy_gettext("Personal link, sent to the approved address"),
    Method.MAIL_CODE: lazy_gettext("Personal link and a code sent to that mailbox"),
    Method.HANDOVER: lazy_gettext("On the device of the trainee, with a receipt by mail"),
}
FLAGS = {
    "same_device": lazy_gettext("Signed on the same device that the trainee uses"),
    "same_address": lazy_gettext("The address is the one of the trainee"),
    "free_mail": lazy_gettext("An address that anybody can get"),
    "quick": lazy_gettext("Signed very soon after it was opened"),
}
"""What a tutor should look at; an unknown code is shown as it is."""
