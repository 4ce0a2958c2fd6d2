"""Changing an activity that is in use: its name and settings, and its grade while it can be."""

from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from lti_tool.domain.base import Json
from lti_tool.domain.courses import ActivitySetup, LineItem, LineItemState, ResourceLink
from lti_tool.domain.errors import WrongState
from lti_tool.domain.grading import Grade
from lti_tool.domain.records import Attempt
from lti_tool.services.grades import apply_grading_rule
from lti_tool.services.setups import want_line_item


def is_graded(session: Session, setup: ActivitySetup) -> bool:
    """Say whether anybody has a grade in this activity."""
    grades = (
        select(Grade.id)
        .join(Attempt, Attempt.id == Grade.attempt_id)
        .join(ResourceLink, ResourceLink.id == Attempt.resource_link_id)
        .where(ResourceLink.setup_id == setup.id)
    )
    return bool(session.scalar(select(exists(grades))))


def change_setup(
    session: Session,
    setup: ActivitySetup,
    *,
    title: str,
    settings: Json,
    grade_maximum: Decimal | None,
) -> None:
    """Store what a tutor changed; a new grade wants its gradebook column, new rules new marks.

    Raises:
        WrongState: The grade cannot change because somebody has one.
    """
    session.execute(
        select(ActivitySetup.id).where(ActivitySetup.id == setup.id).with_for_update(key_share=True)
    )
    if grade_maximum != setup.grade_maximum:
        _change_grade(session, setup, grade_maximum)
    setup.title, setup.settings = title, settings
    session.flush()
    _grade_again(session, setup)


def _grade_again(session: Session, setup: ActivitySetup) -> None:
    """Let the rule look at everybody again: new settings may move marks and completion."""
    attempts = session.scalars(
        select(Attempt)
        .join(ResourceLink, ResourceLink.id == Attempt.resource_link_id)
        .where(ResourceLink.setup_id == setup.id)
        .order_by(Attempt.id)
    ).all()
    for attempt in attempts:
        apply_grading_rule(session, attempt)


def _change_grade(session: Session, setup: ActivitySetup, maximum: Decimal | None) -> None:
    if is_graded(session, setup):
        raise WrongState(
            _("The highest grade cannot change, because somebody has a grade already."),
            next_step=_("The other settings can. Open the page again."),
        )
    setup.grade_maximum = maximum
    session.flush()
    for link in session.scalars(select(ResourceLink).where(ResourceLink.setup_id == setup.id)):
        if maximum is not None:
            _fit_column(session, want_line_item(session, link, setup, url=None), maximum)


def _fit_column(session: Session, item: LineItem, maximum: Decimal) -> None:
    """Make a column that is still to be made as wide as asked.

    The platform keeps an existing one and rescales each score to it (facts.md 17).
    """
    if item.state is not LineItemState.READY:
        item.maximum = maximum
    session.flush()
