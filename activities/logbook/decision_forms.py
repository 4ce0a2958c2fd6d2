"""The forms of decisions on an entry, and of steps that need a reason."""

from typing import Any, ClassVar

from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from activities.logbook.clauses import words_to_sign
from activities.logbook.content import clean
from activities.logbook.questions import COMMENT_LIMIT, reason_field, visibility_field
from lti_tool.sdk import (
    CHOICES,
    Json,
    Record,
    Signing,
    SigningForm,
    TemplateVersion,
    TrellisForm,
    Visibility,
    capacity_field,
    lazy_gettext,
    signing_context,
)

SENDING_BACK = lazy_gettext("I ask the trainee to change this.")
"""What they sign who send it back."""
TAKING_BACK = lazy_gettext("I take my signature back.")
WAIVING = lazy_gettext(
    "I let this count, although nobody can be reached who could confirm that it took place."
)


def _comment_field(*checks: Any) -> TextAreaField:
    limit = Length(max=COMMENT_LIMIT, message=lazy_gettext("Make this text shorter."))
    return TextAreaField(
        lazy_gettext("Comment"),
        validators=[*checks, limit],
        filters=[lambda text: clean(text) if text else text],
        description=lazy_gettext("The trainee will see it. To send the entry back, say why."),
    )


class DecisionForm(SigningForm):
    """What a mentor or tutor says to a submitted entry."""

    comment = _comment_field(Optional())
    seen_sha256 = HiddenField()

    def statement(self, template: Json) -> LazyString:
        """Return what is signed with it."""
        return words_to_sign(template)

    def signing(self, session: Session, record: Record) -> Signing:
        """Return who decides, with the words and the language of the page it was done on."""
        template = session.get_one(TemplateVersion, record.template_version_id).content
        return signing_context(
            session,
            self,
            self.statement(template),
            record=record,
            seen_sha256=self.seen_sha256.data or "",
            comment=self.comment.data or "",
        )


class SendBackForm(DecisionForm):
    """The same, where the comment must say what is to be changed; how one knows is no matter."""

    asks_for_proof: ClassVar = False
    capacity = capacity_field(is_required=False)
    comment = _comment_field(DataRequired(lazy_gettext("Write what the trainee should change.")))

    def statement(self, template: Json) -> LazyString:
        """Return what is signed with it, whatever the form."""
        return SENDING_BACK


class VisibilityForm(TrellisForm):
    """Asks who may see an entry from now on."""

    visibility = visibility_field()

    @property
    def chosen(self) -> Visibility:
        """Who may see it; what nobody offered is taken as the narrowest."""
        given = self.visibility.data
        known = given in [choice.value for choice in CHOICES]
        return Visibility(given) if known else Visibility.LEARNER_PRIVATE


class ReasonForm(SigningForm):
    """Asks why somebody takes a step that needs a reason."""

    capacity = None
    comment = reason_field(lazy_gettext("Reason"), lazy_gettext("The trainee will see it."))
    seen_sha256 = HiddenField()

    def signing(self, session: Session, record: Record, statement: Any) -> Signing:
        """Return who takes the step, with the reason as the comment."""
        return signing_context(
            session,
            self,
            statement,
            record=record,
            seen_sha256=self.seen_sha256.data or "",
            comment=self.comment.data or "",
        )
