"""What the quiz's own table holds of the words of a try, and forgets."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import null, update
from sqlalchemy.orm import Session

from activities.quiz.models import QuizResponse


def erase(session: Session, record_ids: Sequence[UUID]) -> None:
    """Forget every answer; the points stay."""
    mine = update(QuizResponse).where(QuizResponse.record_id.in_(record_ids))
    session.execute(mine.values(response=null()))
