"""The steps of an entry, by the forms that a browser posts."""

from typing import Any
from uuid import UUID, uuid4

from lti_tool.domain.records import Revision
from tests.activities.logbook.conftest import Course

TYPED = {"practised_on": "2026-11-12", "duration_minutes": "30", "text-topics": "Rye bread."}


def submitted(course: Course, **typed: str) -> UUID:
    id = uuid4()
    course.tomas.post("logbook.start", record_id=id)
    assert course.tomas.post("logbook.submit", TYPED | typed, record_id=id).status_code == 303
    return id


def hash_of(course: Course, id: UUID) -> str:
    revisions = course.world.stored(Revision, record_id=id)
    return str(max(revisions, key=lambda revision: revision.number).sha256)


def confirm(course: Course, id: UUID, who: Any = None) -> Any:
    form = {"seen_sha256": hash_of(course, id), "capacity": "saw_it", "shown_locale": "en"}
    return (who or course.meera).post("logbook.countersign", form, record_id=id)


def send_back(course: Course, id: UUID, who: Any = None) -> Any:
    form = {"seen_sha256": hash_of(course, id), "comment": "Which oven?"}
    return (who or course.meera).post("logbook.send_back", form, record_id=id)


def take_back(course: Course, id: UUID, who: Any = None, reason: str = "The wrong day.") -> Any:
    form = {"back-comment": reason, "back-shown_locale": "en"}
    return (who or course.meera).post("logbook.take_back", form, record_id=id)


def reopen(course: Course, id: UUID, who: Any = None, reason: str = "Correct the day.") -> Any:
    return (who or course.tilda).post("logbook.reopen", {"reopen-comment": reason}, record_id=id)


def waive(course: Course, id: UUID, who: Any = None, reason: str = "Left the company.") -> Any:
    form = {"waive-comment": reason, "waive-seen_sha256": hash_of(course, id)}
    return (who or course.tilda).post("logbook.waive", form, record_id=id)


def pull_back(course: Course, id: UUID, who: Any = None) -> Any:
    return (who or course.tomas).post("logbook.withdraw", record_id=id)


def confirmed(course: Course) -> UUID:
    id = submitted(course)
    assert confirm(course, id).status_code == 303
    return id


def sent_back(course: Course) -> UUID:
    id = submitted(course)
    assert send_back(course, id).status_code == 303
    return id


def reopened(course: Course) -> UUID:
    id = confirmed(course)
    assert reopen(course, id).status_code == 303
    return id


def amended(course: Course) -> UUID:
    id = reopened(course)
    change = TYPED | {"text-topics": "Oat bread.", "reason": "It was oats."}
    assert course.tomas.post("logbook.submit", change, record_id=id).status_code == 303
    return id
