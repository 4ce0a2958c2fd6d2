"""Everything an activity may use, and nothing else. The only module of ours it imports.

Start with `activities/README.md`. The shape of an activity's view is always: find what
the URL names within the launch (`find_record_or_404`, `find_trainee_or_404`), act through
one function of the activity's service inside one `with transaction()`, answer.
"""

from flask_babel import format_date, format_datetime, get_locale, gettext, lazy_gettext, ngettext

from lti_tool.domain.base import Base, Json, UtcDateTime, text_enum, utc_now
from lti_tool.domain.courses import ActivitySetup, ResourceLink, TemplateVersion
from lti_tool.domain.errors import (
    DomainError,
    InvalidInput,
    NotAllowed,
    NotFound,
    StaleEdit,
    WrongState,
)
from lti_tool.domain.grading import Grade, Score
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, MoveKind, Record, RecordState, Revision, Visibility
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Capacity, Decision, Method, Signature, Signing
from lti_tool.domain.template_kinds import Attribute, AttributeKind, PartKind, TemplateKind
from lti_tool.plugins import (
    ActivityPlugin,
    Card,
    GalleryTemplate,
    SigningDesk,
    Standing,
    Waiting,
)
from lti_tool.services.chains import content_hash
from lti_tool.services.differences import Piece, differences
from lti_tool.services.evidence import ShownFile, files_of, files_of_revision
from lti_tool.services.grade_grounds import is_grade_unfounded
from lti_tool.services.grades import (
    apply_grading_rule,
    check_completion,
    latest_grade,
    person_of,
    setup_of,
)
from lti_tool.services.learning_record import record_event
from lti_tool.services.moves import (
    add_move,
    change_visibility,
    moves_of,
    pull_back,
    reopen,
    was_reopened,
)
from lti_tool.services.people import mentor_names, mentors_of
from lti_tool.services.proof_words import signed_words
from lti_tool.services.receipts import receipts_sent
from lti_tool.services.records import is_started, save_draft, start_record, submit_record
from lti_tool.services.revisions import latest_revision, revisions_of, signed_revision
from lti_tool.services.signing import (
    is_withdrawn,
    own_signature,
    sign_record,
    signatures_of,
    stands,
)
from lti_tool.services.taking_back import take_own_back
from lti_tool.services.uploads import EvidenceBox, evidence_box
from lti_tool.services.visibility import CHOICES, COUNTED, visible_here
from lti_tool.web.drafts import posted_draft
from lti_tool.web.files import takes_files
from lti_tool.web.forms import TEXT_LIMIT, TrellisForm
from lti_tool.web.gradebook import grade_panel
from lti_tool.web.guards import (
    current_person,
    current_setup,
    current_template,
    find_attempt_or_404,
    find_record_or_404,
    find_trainee_or_404,
    my_attempt,
    role_required,
    view_attempt,
    view_my_attempt,
)
from lti_tool.web.handover import handover_url
from lti_tool.web.history import last_reopening, shown_signatures, standing_decision
from lti_tool.web.i18n import duration_text, mark_text, pick_text, today
from lti_tool.web.launch import current_launch
from lti_tool.web.notices import notify
from lti_tool.web.signing import SigningForm, capacity_field, signing_context
from lti_tool.web.storage import reading, transaction
from xapi.vocabulary import Vocabulary

__all__ = [
    "CHOICES",
    "COUNTED",
    "TEXT_LIMIT",
    "ActivityPlugin",
    "ActivitySetup",
    "Attempt",
    "Attribute",
    "AttributeKind",
    "Base",
    "Capacity",
    "Card",
    "Decision",
    "DomainError",
    "EvidenceBox",
    "GalleryTemplate",
    "Grade",
    "InvalidInput",
    "Json",
    "Method",
    "MoveKind",
    "NotAllowed",
    "NotFound",
    "PartKind",
    "Person",
    "Piece",
    "Record",
    "RecordState",
    "ResourceLink",
    "Revision",
    "Role",
    "Score",
    "ShownFile",
    "Signature",
    "Signing",
    "SigningDesk",
    "SigningForm",
    "StaleEdit",
    "Standing",
    "TemplateKind",
    "TemplateVersion",
    "TrellisForm",
    "UtcDateTime",
    "Visibility",
    "Vocabulary",
    "Waiting",
    "WrongState",
    "add_move",
    "apply_grading_rule",
    "capacity_field",
    "change_visibility",
    "check_completion",
    "content_hash",
    "current_launch",
    "current_person",
    "current_setup",
    "current_template",
    "differences",
    "duration_text",
    "evidence_box",
    "files_of",
    "files_of_revision",
    "find_attempt_or_404",
    "find_record_or_404",
    "find_trainee_or_404",
    "format_date",
    "format_datetime",
    "get_locale",
    "gettext",
    "grade_panel",
    "handover_url",
    "is_grade_unfounded",
    "is_started",
    "is_withdrawn",
    "last_reopening",
    "latest_grade",
    "latest_revision",
    "lazy_gettext",
    "mark_text",
    "mentor_names",
    "mentors_of",
    "moves_of",
    "my_attempt",
    "ngettext",
    "notify",
    "own_signature",
    "person_of",
    "pick_text",
    "posted_draft",
    "pull_back",
    "reading",
    "receipts_sent",
    "record_event",
    "reopen",
    "revisions_of",
    "role_required",
    "save_draft",
    "setup_of",
    "shown_signatures",
    "sign_record",
    "signatures_of",
    "signed_revision",
    "signed_words",
    "signing_context",
    "standing_decision",
    "stands",
    "start_record",
    "submit_record",
    "take_own_back",
    "takes_files",
    "text_enum",
    "today",
    "transaction",
    "utc_now",
    "view_attempt",
    "view_my_attempt",
    "visible_here",
    "was_reopened",
]
