"""Whether a grade still has something to stand on.

When everything that a rule worked a grade from is taken back, there is no mark any more, and
none is not 0. The grade is then neither sent as 0 nor cleared: clearing a cell in Moodle takes
the feedback with it (facts.md 14), and grades are only ever added. It stays as what was given,
and whoever sees it is told that its ground is gone; a tutor decides what counts instead.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.domain.grading import Grade
from lti_tool.domain.records import Attempt, Record
from lti_tool.domain.signing import Signature
from lti_tool.services.environment import environment
from lti_tool.services.grades import setup_of


def unfounded_grades(
    session: Session, attempts: Sequence[Attempt], grades: Mapping[UUID, Grade]
) -> set[UUID]:
    """Return those of *attempts*, by id, whose grade the rule would not give any more.

    *grades* are the latest ones, by attempt. Only where a signature was taken back and the
    rule, not a person, gave the grade; it asks the rule for those few alone.
    """
    by_rule = [id for id, grade in grades.items() if grade.author_id is None]
    if not by_rule:
        return set()
    affected = select(Record.attempt_id).join(Signature, Signature.record_id == Record.id)
    withdrawn = Signature.withdraws_id.is_not(None)
    ids = set(session.scalars(affected.where(Record.attempt_id.in_(by_rule), withdrawn)))
    return {one.id for one in attempts if one.id in ids and _has_no_mark(session, one)}


def _has_no_mark(session: Session, attempt: Attempt) -> bool:
    plugin = environment(session).registry.get(setup_of(session, attempt).kind)
    return plugin.grade(session, attempt) is None


def is_grade_unfounded(session: Session, attempt: Attempt, grade: Grade | None) -> bool:
    """Say whether what *grade*, the attempt's latest, was worked out from was all taken back."""
    return grade is not None and bool(unfounded_grades(session, [attempt], {attempt.id: grade}))
