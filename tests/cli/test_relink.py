"""Somebody whose account was made anew keeps what they had (edge case 12)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lti_tool.domain.base import utc_now
from lti_tool.domain.people import Membership, Person, Relation
from lti_tool.domain.records import Record
from lti_tool.domain.roles import Hint, Role
from lti_tool.domain.sessions import LaunchSession
from lti_tool.services.people import mentoring_now, relate


@pytest.fixture
def lena(shelves):
    """Lena with a confirmed entry under her old account."""
    lena = shelves.learner("Lena Learner", sub="7")
    shelves.confirmed(lena, "We baked rye bread.")
    shelves.session.commit()
    return lena


@pytest.fixture
def newcomer(shelves):
    """The same Lena, whom the course site calls 4711 now; she has come in once."""
    newcomer = shelves.learner("Lena Married", sub="4711", email="married@example.org")
    shelves.session.add(
        LaunchSession(
            secret_hash="-",
            platform_id=shelves.platform.id,
            course_id=shelves.course.id,
            resource_link_id=shelves.link.id,
            person_id=newcomer.id,
            locale="en",
            expires_at=utc_now() + timedelta(hours=1),
        )
    )
    shelves.session.commit()
    return newcomer


def people(database):
    with database.reading() as session:
        return {one.sub: one for one in session.scalars(select(Person)) if one.sub}


def test_a_new_account_gets_the_records_of_the_old_one(trellis, database, lena, newcomer):
    done = trellis("person", "relink", lena.id, newcomer.id)

    assert done.exit_code == 0, done.output
    found = people(database)
    assert "7" not in found
    assert found["4711"].id == lena.id
    assert (found["4711"].name, found["4711"].email) == ("Lena Married", "married@example.org")
    assert found["4711"].pseudonym == lena.pseudonym
    assert trellis("verify").exit_code == trellis("audit", "verify").exit_code == 0


def test_who_is_signed_in_by_the_new_account_has_to_come_in_again(
    trellis, database, lena, newcomer
):
    trellis("person", "relink", lena.id, newcomer.id)

    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(LaunchSession)) == 0


def test_the_membership_of_today_counts(trellis, database, shelves, lena, newcomer):
    old, new = (
        shelves.session.scalars(select(Membership).where(Membership.person_id == id)).one()
        for id in (lena.id, newcomer.id)
    )
    old.left_at, old.role = utc_now(), Role.TRAINEE
    new.roster_hint, new.in_roster = Hint.LEARNER, True
    shelves.session.commit()

    trellis("person", "relink", lena.id, newcomer.id)

    with database.reading() as session:
        one = session.scalars(select(Membership).where(Membership.person_id == lena.id)).one()
    assert (one.left_at, one.role, one.in_roster) == (None, Role.TRAINEE, True)


def test_a_mentor_who_was_given_to_the_new_account_comes_along(
    trellis, database, shelves, lena, newcomer
):
    people = {"trainee_id": newcomer.id, "person_id": shelves.mentor.id}
    relate(shelves.session, shelves.course.id, **people, set_by=shelves.tutor.id)
    shelves.session.commit()

    trellis("person", "relink", lena.id, newcomer.id)

    with database.reading() as session:
        now = select(Relation.trainee_id).where(*mentoring_now(shelves.course.id))
        assert session.scalars(now).all() == [lena.id]


def test_what_somebody_set_and_what_holds_them_comes_along(
    trellis, database, shelves, lena, newcomer
):
    pair = {"trainee_id": shelves.learner("Omar").id, "person_id": shelves.mentor.id}
    relate(shelves.session, shelves.course.id, **pair, set_by=newcomer.id)
    newcomer.legal_hold = "case 7"
    shelves.session.commit()

    done = trellis("person", "relink", lena.id, newcomer.id)

    assert done.exit_code == 0, done.output
    with database.reading() as session:
        assert session.scalars(select(Relation.set_by_id)).all() == [lena.id]
    assert people(database)["4711"].legal_hold == "case 7"


def test_a_rehearsal_changes_nothing(trellis, database, lena, newcomer):
    done = trellis("person", "relink", lena.id, newcomer.id, "--dry-run")

    assert done.exit_code == 0, done.output
    assert people(database)["7"].id == lena.id
    assert people(database)["4711"].id == newcomer.id


def test_an_account_that_has_handed_in_something_is_not_joined(
    trellis, database, shelves, lena, newcomer
):
    shelves.submitted(newcomer, "New work.")
    shelves.session.commit()

    done = trellis("person", "relink", lena.id, newcomer.id)

    assert done.exit_code == 1
    assert "record" in done.output
    assert people(database)["4711"].id == newcomer.id
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Record)) == 2


def test_an_account_that_has_signed_is_not_joined(trellis, shelves, lena):
    done = trellis("person", "relink", lena.id, shelves.mentor.id)

    assert done.exit_code == 1
    assert "signature" in done.output


@pytest.mark.parametrize("who", ["same", "mail", "erased"])
def test_only_two_accounts_that_are_in_use_are_joined(trellis, shelves, lena, newcomer, who):
    if who == "mail":
        newcomer.sub = None
    if who == "erased":
        newcomer.erased_at = utc_now()
    shelves.session.commit()

    done = trellis("person", "relink", lena.id, lena.id if who == "same" else newcomer.id)

    assert done.exit_code == 1
    assert "account" in done.output
