"""Grades: given here, append-only, and on their way to the gradebook in the same commit."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import (
    ActivitySetup,
    Course,
    LineItem,
    LineItemState,
    ResourceLink,
)
from lti_tool.domain.errors import StaleEdit
from lti_tool.domain.grading import Grade, Score
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt
from lti_tool.outbox.queue import enqueue
from lti_tool.services.audit import record_audit
from lti_tool.services.environment import environment
from lti_tool.services.learning_record import record_event
from lti_tool.services.records import is_started
from lti_tool.services.sealing import seal_grade
from lti_tool.services.setups import queue_line_item


def latest_grade(session: Session, attempt: Attempt) -> Grade | None:
    """Return the grade that counts, or None: not graded yet is not zero."""
    if not is_started(attempt):
        return None
    return latest_grades(session, [attempt.id]).get(attempt.id)


def latest_grades(session: Session, attempt_ids: Sequence[UUID]) -> dict[UUID, Grade]:
    """Return the grade that counts for each attempt that has one."""
    rows = session.scalars(
        select(Grade).where(Grade.attempt_id.in_(attempt_ids)).order_by(Grade.number)
    )
    return {grade.attempt_id: grade for grade in rows}


def give_grade(
    session: Session,
    attempt: Attempt,
    score: Score,
    *,
    author: Person | None,
    comment: str,
    seen_number: int | None = None,
) -> Grade:
    """Store a grade and queue it for the gradebook and the LRS; all of it or nothing.

    *author* is None when the activity's rule gives it. *seen_number* is the number of the
    newest grade that the author had on the screen (0 for none).

    Raises:
        StaleEdit: Somebody else graded meanwhile.
    """
    _lock(session, attempt)
    before = latest_grade(session, attempt)
    number = before.number if before else 0
    if seen_number is not None and seen_number != number:
        raise StaleEdit(
            _("Somebody else graded this while you were writing. Your text is kept below."),
            next_step=_("Compare it with the new grade, then save again if you still want to."),
        )
    grade = Grade(
        attempt_id=attempt.id,
        number=number + 1,
        given=score.given,
        maximum=score.maximum,
        comment=comment,
        author_id=author.id if author else None,
        score_at=_next_score_time(before),
        created_at=utc_now(),
    )
    session.add(grade)
    session.flush()
    _seal(session, attempt, grade, author)
    _queue_score(session, attempt, grade)
    _record_grading(session, attempt, grade, author)
    return grade


def _seal(session: Session, attempt: Attempt, grade: Grade, author: Person | None) -> None:
    seal_grade(session, attempt.person_id, grade)
    record_audit(
        session,
        "grade.given",
        by=author,
        subject=("grade", grade.id),
        platform_id=person_of(session, attempt).platform_id,
        details={"attempt": str(attempt.id), "number": grade.number},
    )


def apply_grading_rule(session: Session, attempt: Attempt) -> Grade | None:
    """Give the mark the activity's rule proposes, if it grades by rule and the mark moved.

    A grade that a tutor gave by hand stands: a rule never overwrites a person. Two acts at
    once queue up before the mark is worked out, so that the later one counts both.
    """
    _lock(session, attempt)
    setup = setup_of(session, attempt)
    plugin = environment(session).registry.get(setup.kind)
    check_completion(session, attempt)
    if not plugin.grades_by_rule or setup.grade_maximum is None:
        return None
    proposed = plugin.grade(session, attempt)
    before = latest_grade(session, attempt)
    if proposed is None or (before and before.author_id):
        return None
    score = proposed.out_of(setup.grade_maximum)
    if before and before.score == score:
        return None
    return give_grade(
        session, attempt, score, author=None, comment=before.comment if before else ""
    )


def check_completion(session: Session, attempt: Attempt) -> None:
    """Remember, and tell the LRS once, that the activity's rule says complete."""
    if attempt.completed_at is not None:
        return
    plugin = environment(session).registry.get(setup_of(session, attempt).kind)
    if plugin.is_complete(session, attempt):
        attempt.completed_at = utc_now()
        session.flush()
        record_event(session, attempt, "completed", by=person_of(session, attempt))


def setup_of(session: Session, attempt: Attempt) -> ActivitySetup:
    """Return what the attempt's link opens; asked again in a session it costs nothing."""
    seen: dict[UUID, ActivitySetup] = session.info.setdefault("setups", {})
    link_id = attempt.resource_link_id
    if link_id not in seen:
        seen[link_id] = session.scalars(_SETUP, {"link_id": link_id}).one()
    return seen[link_id]


_SETUP = (
    select(ActivitySetup)
    .join(ResourceLink, ResourceLink.setup_id == ActivitySetup.id)
    .where(ResourceLink.id == bindparam("link_id"))
)


def person_of(session: Session, attempt: Attempt) -> Person:
    """Return the trainee whose work it is."""
    return session.get_one(Person, attempt.person_id)


def _lock(session: Session, attempt: Attempt) -> None:
    """Let two tutors queue up here on PostgreSQL; SQLite has one writer anyway."""
    session.execute(
        select(Attempt.id).where(Attempt.id == attempt.id).with_for_update(key_share=True)
    )


def _next_score_time(before: Grade | None) -> datetime:
    now = utc_now().replace(microsecond=0)
    return max(now, before.score_at + timedelta(seconds=1)) if before else now


def _queue_score(session: Session, attempt: Attempt, grade: Grade) -> None:
    item = _line_item(session, attempt)
    if item is None:
        return
    person = person_of(session, attempt)
    course = course_of(session, attempt)
    enqueue(
        session,
        "score",
        destination=f"platform:{course.platform_id}",
        key=f"score:{item.id}:{person.id}",
        subject=str(attempt.id),
        payload=score_payload(grade, item, person),
        replace=True,
    )


def score_payload(grade: Grade, item: LineItem, person: Person) -> dict[str, str]:
    """Return what the sender needs; the newest of a person and column wins."""
    return {
        "line_item": str(item.id),
        "grade": str(grade.id),
        "sub": person.sub or "",
        "given": str(grade.given),
        "maximum": str(grade.maximum),
        "comment": grade.comment,
        "timestamp": grade.score_at.isoformat(),
    }


def course_of(session: Session, attempt: Attempt) -> Course:
    """Return the course the attempt's link stands in."""
    link = session.get_one(ResourceLink, attempt.resource_link_id)
    return session.get_one(Course, link.course_id)


def _record_grading(
    session: Session, attempt: Attempt, grade: Grade, author: Person | None
) -> None:
    record_event(
        session,
        attempt,
        "scored",
        by=person_of(session, attempt),
        instructor=author,
        score=grade.score,
        sequence=grade.number,
    )


def retry_score(session: Session, attempt: Attempt) -> None:
    """Queue the newest grade again with a later timestamp; makes a lost column wanted again.

    Nothing happens for somebody without a grade: no mark is not a mark of nought.
    """
    _lock(session, attempt)
    grade = latest_grade(session, attempt)
    if grade is None:
        return
    grade.score_at = _next_score_time(grade)
    session.flush()
    item = _line_item(session, attempt)
    if item is not None and item.state is LineItemState.GONE:
        item.state, item.url = LineItemState.WANTED, None
        queue_line_item(session, item)
    _queue_score(session, attempt, grade)


def send_scores(session: Session, link_id: UUID) -> None:
    """Queue the newest grade of everybody on a link, because its column has just come to be.

    Those of a column that was deleted by hand are so restored, not only the one that a
    tutor sent again.
    """
    graded = select(Attempt).where(
        Attempt.resource_link_id == link_id, exists().where(Grade.attempt_id == Attempt.id)
    )
    for attempt in session.scalars(graded.order_by(Attempt.id)).all():
        _lock(session, attempt)
        grade = latest_grade(session, attempt)
        if grade is not None:
            _queue_score(session, attempt, grade)


def _line_item(session: Session, attempt: Attempt) -> LineItem | None:
    return session.scalar(
        select(LineItem).where(LineItem.resource_link_id == attempt.resource_link_id)
    )
