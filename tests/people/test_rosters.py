"""A roster is taken in page by page and believed only as a whole."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from lti_tool.domain.base import utc_now
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.roles import Hint, Role
from lti_tool.outbox.models import Delivery, DeliveryState
from lti_tool.services.rosters import RosterMember, apply_page, fail, finish, queue_roster


def test_a_first_roster_makes_people_and_members(room):
    room.roster(
        RosterMember(sub="1", hint=Hint.LEARNER, name="Tomas", email="tomas@example.org"),
        RosterMember(sub="2", hint=Hint.INSTRUCTOR, name="Tilda"),
    )

    assert (room.person("1").name, room.person("1").email) == ("Tomas", "tomas@example.org")
    assert room.member("1").in_roster
    assert room.member("1").roster_hint is Hint.LEARNER
    assert room.course.roster_synced_at is not None


def test_instructor_in_the_roster_proves_the_right_to_edit(room):
    room.roster(("1", Hint.LEARNER), ("2", Hint.INSTRUCTOR), ("3", Hint.ADMINISTRATOR))

    assert [room.member(sub).may_edit for sub in "123"] == [False, True, True]


def test_a_learner_in_the_roster_downgrades_nobody_who_launched_as_teacher(room):
    room.came("1", Hint.INSTRUCTOR)

    room.roster(("1", Hint.LEARNER))

    member = room.member("1")
    assert (member.launch_hint, member.roster_hint) == (Hint.INSTRUCTOR, Hint.LEARNER)
    assert member.last_launch_at is not None


def test_a_role_that_a_tutor_set_survives_every_roster(room):
    room.came("1", Hint.INSTRUCTOR, role=Role.MENTOR)

    room.roster(("1", Hint.INSTRUCTOR))

    assert room.member("1").role is Role.MENTOR


def test_the_right_proved_by_deep_linking_survives_a_first_learner_in_the_roster(room):
    room.came("1", Hint.INSTRUCTOR, may_edit=True)

    room.roster(("1", Hint.LEARNER))

    assert room.member("1").may_edit


def test_the_right_to_edit_ends_when_the_roster_takes_its_word_back(room):
    room.roster(("1", Hint.INSTRUCTOR), ("2", Hint.INSTRUCTOR))

    room.roster(("1", Hint.LEARNER), ("2", Hint.INSTRUCTOR))

    assert [room.member(sub).may_edit for sub in "12"] == [False, True]


def test_names_and_addresses_that_are_not_sent_are_kept(room):
    room.roster(RosterMember(sub="1", hint=Hint.LEARNER, name="Tomas", email="t@example.org"))

    room.roster(RosterMember(sub="1", hint=Hint.LEARNER, name="Tomas T."))

    assert (room.person("1").name, room.person("1").email) == ("Tomas T.", "t@example.org")


def test_who_is_on_no_page_of_a_whole_roster_has_left(room):
    room.roster(("1", Hint.LEARNER), ("2", Hint.LEARNER))

    room.roster(("1", Hint.LEARNER))

    assert room.member("1").left_at is None
    assert room.member("2").left_at is not None
    assert not room.member("2").in_roster


def test_who_left_comes_back_with_the_next_roster(room):
    room.roster(("1", Hint.LEARNER), ("2", Hint.LEARNER))
    room.roster(("1", Hint.LEARNER))

    room.roster(("1", Hint.LEARNER), ("2", Hint.LEARNER))

    assert room.member("2").left_at is None
    assert room.member("2").in_roster


def test_a_failed_page_removes_nobody(room):
    room.roster(("1", Hint.LEARNER), ("2", Hint.LEARNER))

    room.roster(("1", Hint.LEARNER), is_whole=False)
    fail(room.session, room.course, "Unreachable")

    assert room.member("2").left_at is None
    assert room.member("2").in_roster
    assert room.course.roster_error == "Unreachable"


def test_a_roster_without_anybody_is_not_believed(room):
    room.roster(("1", Hint.LEARNER))

    room.roster()

    assert room.member("1").left_at is None
    assert room.course.roster_error == "empty"


def test_a_whole_roster_clears_the_error(room):
    fail(room.session, room.course, "Unreachable")

    room.roster(("1", Hint.LEARNER))

    assert room.course.roster_error is None


def test_an_administrator_who_is_on_no_roster_does_not_leave(room):
    room.came("ada", Hint.ADMINISTRATOR)

    room.roster(("1", Hint.LEARNER))

    assert room.member("ada").left_at is None


def test_who_launches_while_the_roster_is_read_does_not_leave(room):
    room.roster(("1", Hint.LEARNER), ("2", Hint.LEARNER))
    started_at = utc_now() - timedelta(minutes=1)
    room.member("2").last_launch_at = utc_now()

    room.roster(("1", Hint.LEARNER), started_at=started_at)

    assert room.member("2").left_at is None


def test_an_inactive_member_counts_as_gone(room):
    room.roster(("1", Hint.LEARNER), ("2", Hint.LEARNER))

    room.roster(("1", Hint.LEARNER), RosterMember(sub="2", hint=Hint.LEARNER, status="Inactive"))

    assert room.member("2").left_at is not None


def test_a_person_on_two_pages_is_one_member(room):
    started_at = utc_now()
    for _page in range(2):
        apply_page(
            room.session,
            room.course,
            [RosterMember(sub="1", hint=Hint.LEARNER)] * 2,
            started_at=started_at,
        )

    count = select(func.count()).select_from(Membership)
    assert room.session.scalar(count) == 1


def test_a_roster_touches_no_other_course(room):
    other = room.other_course()
    room.add("2", course=other, in_roster=True)

    room.roster(("1", Hint.LEARNER))

    there = select(Membership).where(Membership.course_id == other.id)
    assert room.session.scalars(there).one().left_at is None


def test_a_person_known_from_another_course_is_the_same_person(room):
    room.add("1", course=room.other_course())

    room.roster(("1", Hint.LEARNER))

    assert room.session.scalar(select(func.count()).select_from(Person)) == 1
    assert room.member("1").in_roster


def test_a_roster_is_asked_for_once_in_fifteen_minutes(room):
    assert queue_roster(room.session, room.course)
    assert not queue_roster(room.session, room.course)

    room.course.roster_queued_at = utc_now() - timedelta(minutes=16)
    assert queue_roster(room.session, room.course)


def test_a_roster_can_be_asked_for_at_once(room):
    queue_roster(room.session, room.course)

    assert queue_roster(room.session, room.course, wait=timedelta(0))

    states = room.session.scalars(select(Delivery.state).order_by(Delivery.seq)).all()
    assert states == [DeliveryState.SUPERSEDED, DeliveryState.QUEUED]


def test_the_delivery_names_platform_and_course(room):
    queue_roster(room.session, room.course)

    delivery = room.session.scalars(select(Delivery)).one()
    assert delivery.kind == "roster"
    assert delivery.destination == f"platform:{room.course.platform_id}"
    assert delivery.key == f"roster:{room.course.id}"
    assert delivery.payload == {"course": str(room.course.id)}


def test_a_platform_without_rosters_is_never_asked(room):
    room.course.memberships_url = None

    assert not queue_roster(room.session, room.course, wait=timedelta(0))
    assert room.session.scalars(select(Delivery)).all() == []


@pytest.mark.parametrize("reading", ["first", "again"])
def test_five_thousand_people_cost_less_than_a_second_of_our_time(db, room, reading):
    members = [
        RosterMember(sub=str(n), hint=Hint.LEARNER, name=f"Person {n}", email=f"p{n}@example.org")
        for n in range(5_000)
    ]
    if reading == "again":
        room.roster(*members)
    statements = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    began = time.process_time()

    started_at = utc_now()
    for start in range(0, 5_000, 500):
        page = members[start : start + 500]
        apply_page(room.session, room.course, page, started_at=started_at)
    finish(room.session, room.course, started_at=started_at)

    assert time.process_time() - began < 1
    assert len(statements) < 10 * 6
    assert room.session.scalar(select(func.count()).select_from(Membership)) == 5_000


def test_a_launch_and_a_roster_at_the_same_time_make_one_member(room):
    """The membership appears between the roster's look and its insert."""
    person = room.add("1", course=room.other_course())
    here = room.course.id

    def launch_just_before(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO membership") and not launched:
            launched.append(True)
            room.session.connection().execute(
                Membership.__table__.insert().values(
                    course_id=here,
                    person_id=person.id,
                    launch_hint=Hint.INSTRUCTOR,
                    may_edit=True,
                )
            )

    launched = []
    engine = room.session.get_bind()
    event.listen(engine, "before_cursor_execute", launch_just_before)
    room.roster(("1", Hint.LEARNER))
    event.remove(engine, "before_cursor_execute", launch_just_before)

    member = room.member("1")
    assert launched
    assert (member.launch_hint, member.roster_hint) == (Hint.INSTRUCTOR, Hint.LEARNER)
    assert member.may_edit
