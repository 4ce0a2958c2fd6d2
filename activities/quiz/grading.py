"""The quiz's rules for mark and completion: they read, and say None while there is none."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from activities.quiz.models import QuizTry
from activities.quiz.rules import Method, Rules
from lti_tool.sdk import Attempt, Score, setup_of


def grade_attempt(session: Session, attempt: Attempt) -> Score | None:
    """Return the score of the try that counts, or None before the first marked one."""
    counted = counted_try(submitted_tries(session, attempt), rules_of(session, attempt).method)
    return score_of(counted) if counted else None


def is_complete(session: Session, attempt: Attempt) -> bool:
    """Say whether a try was submitted and, where there is a pass mark, reached it.

    A pass mark means nothing for a quiz that marks nothing.
    """
    rules = rules_of(session, attempt)
    tries = submitted_tries(session, attempt)
    scores = [score for one in tries if (score := score_of(one))]
    if rules.pass_percent is None or not scores:
        return bool(tries)
    return any(rules.is_pass(score.given, score.maximum) for score in scores)


def counted_try(tries: Iterable[QuizTry], method: Method) -> QuizTry | None:
    """Return the marked try that counts of *tries* in order of number, or None."""
    marked = [(one, score) for one in tries if (score := score_of(one))]
    if not marked:
        return None
    if method is Method.LATEST:
        return marked[-1][0]
    # max() keeps the first of equals: the try that got there earliest.
    return max(marked, key=lambda pair: pair[1].given / pair[1].maximum)[0]


def score_of(one: QuizTry) -> Score | None:
    """Return the points of a try, or None while or where there are none."""
    if one.raw is None or not one.maximum:
        return None
    return Score(given=one.raw, maximum=one.maximum)


def submitted_tries(session: Session, attempt: Attempt) -> list[QuizTry]:
    """Return the tries that were handed in, in order."""
    mine = select(QuizTry).where(
        QuizTry.attempt_id == attempt.id, QuizTry.submitted_at.is_not(None)
    )
    return list(session.scalars(mine.order_by(QuizTry.number)))


def rules_of(session: Session, attempt: Attempt) -> Rules:
    """Return what the tutor set for the quiz of *attempt*."""
    return Rules.of(setup_of(session, attempt).settings)
