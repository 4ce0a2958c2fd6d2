"""The platform's list of a course's people: taken in page by page, believed only as a whole.

A roster never downgrades what a launch said and never deletes anybody. Statements are
few and go round the ORM, because rosters of 5000 people are read in the background of a
small machine.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID, uuid4

from sqlalchemy import Table, and_, bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.courses import Course
from lti_tool.domain.database import insert_if_new, upsert_of
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.roles import Hint
from lti_tool.outbox.queue import enqueue

ASK_AGAIN: Final = timedelta(minutes=15)
"""How long a launch waits before it has the roster read once more."""

_AT_ONCE: Final = 1_000
"""Members per statement: SQLite takes 32 766 values, PostgreSQL 65 535."""

_PROOF: Final = (Hint.INSTRUCTOR, Hint.ADMINISTRATOR)
"""What a roster calls only those who may edit the course (facts.md 7)."""

_PEOPLE: Final = cast(Table, Person.__table__)
_MEMBERS: Final = cast(Table, Membership.__table__)


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterMember:
    """One person on a page of the roster, in our words."""

    sub: str
    hint: Hint
    name: str | None = None
    """None where the site sends no names; a known one is kept then."""
    email: str | None = None
    status: str = "Active"
    """As NRPS says it; whoever is not active counts as not on the list."""


def queue_roster(session: Session, course: Course, *, wait: timedelta = ASK_AGAIN) -> bool:
    """Have the worker read the roster; return whether it was asked to.

    It is not where the platform offers no roster, or was asked less than *wait* ago.
    """
    if course.memberships_url is None:
        return False
    asked = (
        select(Course.roster_queued_at)
        .where(Course.id == course.id)
        .with_for_update(key_share=True)
    )
    last, now = session.scalar(asked), utc_now()
    if last is not None and now - last < wait:
        return False
    course.roster_queued_at, course.roster_error = now, None
    enqueue(
        session,
        "roster",
        destination=f"platform:{course.platform_id}",
        key=f"roster:{course.id}",
        subject=str(course.id),
        payload={"course": str(course.id)},
        replace=True,
    )
    return True


def apply_page(
    session: Session, course: Course, members: Iterable[RosterMember], *, started_at: datetime
) -> int:
    """Take in one page of the reading that began at *started_at*; return how many are active.

    People and memberships are added or updated, none is taken away. Instructor proves the
    right to edit; a later Learner takes back what only the roster had proved.
    """
    active = {m.sub: m for m in members if m.sub and m.status.lower() == "active"}
    for page in _chunks(sorted(active)):
        _take_in(session, course, {sub: active[sub] for sub in page}, started_at)
    return len(active)


def finish(session: Session, course: Course, *, started_at: datetime) -> None:
    """End a reading of which every page arrived: who was on none of them has left.

    Their records stay, and a launch or the next roster brings them back. A roster without
    anybody is not believed.
    """
    ours = Membership.course_id == course.id
    seen = select(exists().where(ours, Membership.roster_seen_at >= started_at))
    if not session.scalar(seen):
        fail(session, course, "empty")
        return
    unseen = [
        or_(column.is_(None), column < started_at)
        for column in (Membership.roster_seen_at, Membership.last_launch_at)
    ]
    now = utc_now()
    session.execute(
        update(_MEMBERS)
        .where(ours, Membership.in_roster, *unseen)
        .values(in_roster=False, left_at=now)
    )
    course.roster_synced_at, course.roster_error = now, None
    session.flush()


def fail(session: Session, course: Course, reason: str) -> None:
    """Remember why the roster could not be read: *reason* is a machine code. Nobody leaves."""
    course.roster_error = reason
    session.flush()


def _chunks(subs: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(subs), _AT_ONCE):
        yield subs[start : start + _AT_ONCE]


def _take_in(
    session: Session, course: Course, page: Mapping[str, RosterMember], started_at: datetime
) -> None:
    known = _known(session, course, page)
    _rename(session, page, known.values())
    ids = {sub: row.id for sub, row in known.items()}
    ids |= _add_people(session, course, [page[sub] for sub in page if sub not in known])
    _confirm_members(session, page, known.values(), started_at)
    absent = [sub for sub in page if sub not in known or known[sub].member_id is None]
    _add_members(session, course, {ids[sub]: page[sub].hint for sub in absent}, started_at)


def _known(session: Session, course: Course, subs: Collection[str]) -> dict[str, Any]:
    """Select the page's people that the platform's courses already have, with membership."""
    here = and_(Membership.person_id == Person.id, Membership.course_id == course.id)
    rows = session.execute(
        select(
            Person.id,
            Person.sub,
            Person.name,
            Person.email,
            Membership.id.label("member_id"),
            Membership.roster_hint,
            Membership.may_edit,
        )
        .outerjoin(Membership, here)
        .where(Person.platform_id == course.platform_id, Person.sub.in_(subs))
    )
    return {row.sub: row for row in rows}


def _rename(session: Session, page: Mapping[str, RosterMember], known: Iterable[Any]) -> None:
    changed = []
    for row in known:
        name, email = page[row.sub].name or row.name, page[row.sub].email or row.email
        if (name, email) != (row.name, row.email):
            changed.append({"the_id": row.id, "new_name": name, "new_email": email})
    if changed:
        session.execute(
            update(_PEOPLE)
            .where(_PEOPLE.c.id == bindparam("the_id"))
            .values(name=bindparam("new_name"), email=bindparam("new_email")),
            sorted(changed, key=lambda row: row["the_id"]),
        )


def _add_people(
    session: Session, course: Course, members: Sequence[RosterMember]
) -> dict[str, UUID]:
    """Insert people the platform never named before; a launch may do so at the same time."""
    if not members:
        return {}
    now = utc_now()
    rows = [
        {
            "id": uuid4(),
            "platform_id": course.platform_id,
            "sub": member.sub,
            "name": member.name,
            "email": member.email,
            "pseudonym": uuid4(),
            "created_at": now,
        }
        for member in members
    ]
    session.execute(insert_if_new(session, _PEOPLE), rows)
    stored = session.execute(
        select(Person.sub, Person.id).where(
            Person.platform_id == course.platform_id, Person.sub.in_([m.sub for m in members])
        )
    )
    return {row.sub: row.id for row in stored}


def _confirm_members(
    session: Session,
    page: Mapping[str, RosterMember],
    known: Iterable[Any],
    started_at: datetime,
) -> None:
    """Update those who were members before, in one statement per kind of change."""
    alike: dict[tuple[Hint, bool | None], list[UUID]] = {}
    for row in known:
        if row.member_id is not None:
            hint = page[row.sub].hint
            alike.setdefault((hint, _proof_change(row, hint)), []).append(row.member_id)
    for (hint, proof), ids in alike.items():
        values = _present(started_at) | {"roster_hint": hint}
        if proof is not None:
            values["may_edit"] = proof
        session.execute(update(_MEMBERS).where(_MEMBERS.c.id.in_(ids)).values(values))


def _present(started_at: datetime) -> dict[str, Any]:
    return {"in_roster": True, "left_at": None, "roster_seen_at": started_at}


def _proof_change(row: Any, hint: Hint) -> bool | None:
    """Return what the roster's word makes of the right to edit; None leaves it alone."""
    if hint in _PROOF:
        return True
    return False if row.roster_hint in _PROOF else None


def _add_members(
    session: Session, course: Course, hints: Mapping[UUID, Hint], started_at: datetime
) -> None:
    """Insert memberships; one that a launch made meanwhile is joined with, never replaced."""
    if not hints:
        return
    fixed = _present(started_at) | {
        "course_id": course.id,
        "launch_hint": Hint.NONE,
        "created_at": utc_now(),
    }
    rows = [
        fixed | {"id": uuid4(), "person_id": id, "roster_hint": hint, "may_edit": hint in _PROOF}
        for id, hint in hints.items()
    ]
    statement = upsert_of(session, _MEMBERS)
    newer = {name: statement.excluded[name] for name in (*_present(started_at), "roster_hint")}
    may_edit = or_(_MEMBERS.c.may_edit, statement.excluded.may_edit)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["course_id", "person_id"], set_=newer | {"may_edit": may_edit}
        ),
        rows,
    )
