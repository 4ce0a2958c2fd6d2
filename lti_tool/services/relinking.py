"""One person, two accounts: the platform calls somebody by another `sub` than before.

It happens when an account is made anew or a site is set up again with the same address. What
they hand in next would then start from nothing, and what they had would seem lost.
"""

from collections.abc import Iterator
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Column, delete, exists, select, update
from sqlalchemy.orm import Session

from lti_tool.domain.base import Base
from lti_tool.domain.errors import InvalidInput, WrongState
from lti_tool.domain.people import Membership, Person, Relation
from lti_tool.domain.records import Attempt
from lti_tool.domain.sessions import LaunchSession
from lti_tool.services.audit import record_audit
from lti_tool.services.personal_rows import end_launches

_COMES_ALONG = {one.__tablename__ for one in (Membership, Relation, LaunchSession, Attempt)}
"""What somebody has who only came in once; everything else was done, and stays theirs."""


def relink(session: Session, person: Person, newcomer: Person) -> None:
    """Let *person* be whom the platform calls *newcomer*, who is then gone.

    Records, signatures, grades and the pseudonym of *person* stay; account, name and address
    are the newcomer's, and so are courses and mentors that *person* did not have. Whoever is
    signed in as the newcomer is signed out.

    Raises:
        InvalidInput: They are one, of two platforms, or one of them has no account.
        WrongState: The newcomer has done something already, which would become somebody else's.
    """
    _require_two_accounts(person, newcomer)
    _require_untouched(session, newcomer)
    end_launches(session, newcomer.id)
    _hand_over_courses(session, person.id, newcomer.id)
    _hand_over_relations(session, person.id, newcomer.id)
    session.execute(delete(Attempt).where(Attempt.person_id == newcomer.id))
    _take_over_account(session, person, newcomer)
    record_audit(
        session,
        "person.relinked",
        by=None,
        subject=("person", person.id),
        platform_id=person.platform_id,
    )


def _take_over_account(session: Session, person: Person, newcomer: Person) -> None:
    account = {
        "sub": newcomer.sub,
        "name": newcomer.name or person.name,
        "email": newcomer.email or person.email,
        "legal_hold": person.legal_hold or newcomer.legal_hold,
    }
    session.delete(newcomer)
    session.flush()  # before another row has the same sub
    for field, value in account.items():
        setattr(person, field, value)
    session.flush()


def _require_two_accounts(person: Person, newcomer: Person) -> None:
    if person.id == newcomer.id or person.platform_id != newcomer.platform_id:
        raise InvalidInput(_("Choose two accounts of one course site."))
    if person.sub is None or newcomer.sub is None or person.erased_at or newcomer.erased_at:
        raise InvalidInput(_("Both must have an account on the course site."))


def _require_untouched(session: Session, newcomer: Person) -> None:
    used = sorted(set(_places_of_work(session, newcomer.id)))
    if used:
        raise WrongState(
            _("The new account has been used for work already: %(what)s.", what=", ".join(used)),
            next_step=_("Nothing was changed. Whose work that is has to be settled first."),
        )


def _places_of_work(session: Session, id: UUID) -> Iterator[str]:
    """Tables, of activities too, that hold something the person did."""
    for table, column in _references(Person.__tablename__):
        if table not in _COMES_ALONG and session.scalar(select(exists().where(column == id))):
            yield table
    attempts = select(Attempt.id).where(Attempt.person_id == id)
    for table, column in _references(Attempt.__tablename__):
        if session.scalar(select(exists().where(column.in_(attempts)))):
            yield table


def _references(target: str) -> Iterator[tuple[str, Column[UUID]]]:
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table.name == target for key in column.foreign_keys):
                yield table.name, column


def _hand_over_courses(session: Session, person_id: UUID, newcomer_id: UUID) -> None:
    """Of a course that both are in, the present membership says what is so today."""
    theirs = select(Membership.course_id).where(Membership.person_id == person_id)
    double = select(Membership).where(
        Membership.person_id == newcomer_id, Membership.course_id.in_(theirs)
    )
    for new in session.scalars(double).all():
        known = session.scalars(
            select(Membership).where(
                Membership.person_id == person_id, Membership.course_id == new.course_id
            )
        ).one()
        _bring_up_to_date(known, new)
        session.delete(new)
    session.flush()
    rest = update(Membership).where(Membership.person_id == newcomer_id)
    session.execute(rest.values(person_id=person_id))


def _bring_up_to_date(known: Membership, new: Membership) -> None:
    for field in ("launch_hint", "roster_hint", "may_edit", "in_roster", "roster_seen_at"):
        setattr(known, field, getattr(new, field))
    known.role = known.role or new.role
    known.last_launch_at = new.last_launch_at or known.last_launch_at
    known.left_at = new.left_at


def _hand_over_relations(session: Session, person_id: UUID, newcomer_id: UUID) -> None:
    for column in (Relation.trainee_id, Relation.person_id, Relation.set_by_id):
        moved = update(Relation).where(column == newcomer_id)
        session.execute(moved.values({column.key: person_id}))
