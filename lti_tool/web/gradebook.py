"""The grade of one trainee, beside where it stands in the platform's gradebook."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from lti_tool.domain.grading import Grade, Score
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt
from lti_tool.domain.roles import Role
from lti_tool.services.grade_grounds import is_grade_unfounded
from lti_tool.services.grades import latest_grade
from lti_tool.services.score_standing import DeliveryStanding, score_standing
from lti_tool.web.forms import NumberField, TrellisForm
from lti_tool.web.guards import current_plugin
from lti_tool.web.launch import current_launch

REASONS = {
    "not_gradable": lazy_gettext(
        "The platform says this person cannot be graded: they may have left the course."
    ),
    "gone": lazy_gettext("The gradebook column was deleted in the platform."),
    "unauthorised": lazy_gettext("The platform refused our access. Tell your administrator."),
    "newer": lazy_gettext("The platform holds a newer grade that somebody set there."),
    "refused": lazy_gettext("The platform refused the grade."),
    "expired": lazy_gettext("The platform could not be reached for two weeks."),
    "dropped": lazy_gettext("An administrator took it out of the queue."),
}


class GradeForm(TrellisForm):
    """A tutor's mark and feedback for one trainee."""

    given = NumberField(
        lazy_gettext("Grade"),
        validators=[InputRequired(lazy_gettext("Type a number."))],
        places=None,  # digit for digit, or saving feedback alone would round the grade
    )
    comment = TextAreaField(
        lazy_gettext("Feedback for the trainee"), validators=[Length(max=10_000)]
    )
    seen_number = HiddenField(default="0")

    maximum: Decimal | None = None

    @property
    def mark(self) -> Decimal:
        """The number typed; only after `validate`."""
        assert self.given.data is not None  # noqa: S101 - validated
        return Decimal(self.given.data)

    @property
    def seen(self) -> int:
        """Number of the newest grade that was on the screen; 0 for none."""
        text = self.seen_number.data or ""
        return int(text) if text.isdecimal() and len(text) < 10 else 0

    def validate_given(self, field: NumberField) -> None:
        """Keep the mark on the activity's scale.

        Raises:
            ValidationError: Not a number from 0 to the maximum.
        """
        assert self.maximum is not None  # noqa: S101 - set by `grade_form`
        value = field.data
        if value is None or not value.is_finite() or not 0 <= value <= self.maximum:
            raise ValidationError(
                _("Type a number from 0 to %(maximum)s.", maximum=f"{self.maximum:f}")
            )


def grade_form(maximum: Decimal, **kwargs: Any) -> GradeForm:
    """Return the form for marks up to *maximum*; *kwargs* as in WTForms."""
    form = GradeForm.from_request(**kwargs)
    assert isinstance(form, GradeForm)  # noqa: S101 - tells the type checker
    form.maximum = maximum
    return form


@dataclass(frozen=True, kw_only=True)
class GradeView:
    """One grade, for the page."""

    given: Decimal
    maximum: Decimal
    comment: str
    created_at: datetime
    author_label: str | None
    is_unfounded: bool
    """All that the rule worked it out from was taken back."""


@dataclass(frozen=True, kw_only=True)
class DeliveryView:
    """Where the newest score is, with the reason in the reader's words."""

    state: str
    at: datetime
    reason: object


def delivery_view(standing: DeliveryStanding | None) -> DeliveryView | None:
    """Return *standing* for a page, or None."""
    if standing is None:
        return None
    fallback = REASONS["refused"] if standing.state == "refused" else None
    reason = REASONS.get(standing.code or "", fallback)
    return DeliveryView(state=standing.state, at=standing.at, reason=reason)


@dataclass(frozen=True, kw_only=True)
class GradePanel:
    """What ``partials/grade_panel.html`` shows."""

    grade: GradeView | None
    suggestion: Score | None
    delivery: DeliveryView | None
    form: GradeForm | None
    post_url: str
    retry_url: str | None
    takeaway_url: str
    maximum: Decimal
    can_grade: bool
    is_own: bool


def grade_panel(
    session: Session, attempt: Attempt, *, form: GradeForm | None = None
) -> GradePanel | None:
    """Return the grade panel of a trainee, or None where the activity is not graded.

    Tutors and assessors get the form; trainees and mentors see the grade alone. *form* is
    the one with errors, after a post that could not be used.
    """
    maximum = current_launch.grade_maximum
    if maximum is None:
        return None
    grade = latest_grade(session, attempt)
    can_grade = current_launch.role in (Role.TUTOR, Role.ASSESSOR)
    delivery = score_standing(session, attempt) if can_grade else None
    return GradePanel(
        grade=_view(session, attempt, grade) if grade else None,
        suggestion=_suggestion(session, attempt, maximum) if can_grade else None,
        delivery=delivery_view(delivery),
        form=form or (_blank(grade, maximum) if can_grade else None),
        post_url=url_for("trainees.grade", person_id=attempt.person_id) if can_grade else "",
        retry_url=url_for("trainees.retry_score_again", person_id=attempt.person_id)
        if delivery
        else None,
        takeaway_url=url_for("proof.download", person_id=attempt.person_id),
        maximum=maximum,
        can_grade=can_grade,
        is_own=attempt.person_id == current_launch.person_id,
    )


def _view(session: Session, attempt: Attempt, grade: Grade) -> GradeView:
    return GradeView(
        given=grade.given,
        maximum=grade.maximum,
        comment=grade.comment,
        created_at=grade.created_at,
        author_label=_label(session, grade.author_id) if grade.author_id else None,
        is_unfounded=is_grade_unfounded(session, attempt, grade),
    )


def _label(session: Session, person_id: UUID) -> str:
    person = session.get_one(Person, person_id)
    return person.name or person.short_code


def _suggestion(session: Session, attempt: Attempt, maximum: Decimal) -> Score | None:
    proposed = current_plugin().grade(session, attempt)
    return proposed.out_of(maximum) if proposed else None


def _blank(grade: Grade | None, maximum: Decimal) -> GradeForm:
    form = GradeForm(
        given=grade.given if grade else None,
        comment=grade.comment if grade else "",
        seen_number=str(grade.number if grade else 0),
    )
    form.maximum = maximum
    return form
