"""Mentors without an account as tutors and trainees handle them, inside a launch."""

import pytest

from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import Contact
from lti_tool.domain.people import Membership, Person, Relation, RelationState
from lti_tool.domain.roles import Hint, Role
from lti_tool.services.rosters import RosterMember, apply_page, finish
from tests.mentors.conftest import GWEN

TYPED = {
    "name": "Gwen Parry",
    "email": "gwen@bakery.example",
    "language": "cy",
    "organisation": "Bakery Rhyl",
}
FREE = TYPED | {"email": "gwen.parry@gmail.com"}


def names(tilda, tomas, **typed):
    tilda.get("people.index")
    return tilda.post("mentors.name", TYPED | typed, person_id=tomas.person.id)


def test_a_tutor_names_a_mentor_on_the_people_page(bakery, tomas, tilda):
    tilda.get("people.index")
    assert "Name a mentor by e-mail" in tilda.text

    answer = names(tilda, tomas)

    assert answer.status_code == 303
    assert bakery.relation(tomas).state is RelationState.ACTIVE
    tilda.get("people.index")
    assert "Gwen Parry" in tilda.text
    assert "Reached by mail" in tilda.text


def test_what_cannot_be_used_is_said_at_the_field_and_kept(bakery, tomas, tilda):
    bakery.set(Person, {"sub": tomas.sub}, email="tomas@home.example")

    own = names(tilda, tomas, email="tomas@home.example")
    nonsense = names(tilda, tomas, email="gwen")
    empty = names(tilda, tomas, name="", email="")

    assert [own.status_code, nonsense.status_code, empty.status_code] == [422, 422, 422]
    assert "own address" in own.text
    assert 'value="Gwen Parry"' in nonsense.text
    assert bakery.world.stored(Contact) == []


def test_a_trainee_names_the_own_mentor_and_a_tutor_agrees(bakery, tomas, tilda):
    tomas.get("pages.home")
    assert "Name your mentor" in tomas.text
    tomas.get("mentors.ask_me")
    assert tomas.post("mentors.name_mine", FREE).status_code == 303
    tomas.get("mentors.ask_me")
    assert "Waits for a tutor to agree." in tomas.text

    tilda.get("people.index")
    assert "Gwen Parry for Tomas Trainee" in tilda.text
    relation = bakery.relation(tomas, FREE["email"])
    assert tilda.post("mentors.approve", relation_id=relation.id).status_code == 303

    assert bakery.relation(tomas, FREE["email"]).state is RelationState.ACTIVE
    assert tilda.post("mentors.approve", relation_id=relation.id).status_code == 409


def test_a_tutor_declines_a_proposed_mentor(bakery, tomas, tilda):
    tomas.get("mentors.ask_me")
    tomas.post("mentors.name_mine", FREE)
    relation = bakery.relation(tomas, FREE["email"])
    tilda.get("people.index")

    tilda.post("mentors.decline", relation_id=relation.id)

    assert bakery.relation(tomas, FREE["email"]).state is RelationState.DECLINED
    tilda.get("people.index")
    assert "Gwen Parry for" not in tilda.text


def test_a_tutor_changes_the_address_and_ends_the_mentoring(bakery, tomas, tilda):
    names(tilda, tomas)
    relation = bakery.relation(tomas)
    tilda.get("mentors.show", relation_id=relation.id)
    assert "gwen@bakery.example" in tilda.text

    moved = tilda.post("mentors.set_address", {"email": "g@home.example"}, relation_id=relation.id)
    wrong = tilda.post("mentors.set_address", {"email": "g@"}, relation_id=relation.id)
    ended = tilda.post(
        "people.remove_mentor_from", person_id=tomas.person.id, mentor_id=relation.person_id
    )

    assert [moved.status_code, wrong.status_code, ended.status_code] == [303, 422, 303]
    assert bakery.contact("g@home.example").email == "g@home.example"
    assert bakery.world.stored(Relation)[0].to_on is not None


def test_a_flagged_signature_is_shown_to_tutors_without_blame(bakery, tomas, tilda, gwen):
    record_id = bakery.entry(tomas)
    gwen.looks()
    gwen.confirms(record_id, stamp=gwen.stamp(4))

    tilda.get("people.index")
    tilda.get("mentors.show", relation_id=bakery.relation(tomas).id)

    assert "Worth a look" in tilda.text
    assert "Signed within 10 seconds" in tilda.text


@pytest.mark.parametrize("role", ["tutor", "assessor", "trainee", ""])
def test_somebody_without_an_account_is_never_more_than_a_mentor(bakery, tomas, tilda, role):
    names(tilda, tomas)
    person_id = bakery.contact().person_id

    answer = tilda.post("people.set_role", {"role": role}, person_id=person_id)

    assert answer.status_code == 422
    assert bakery.world.stored(Membership, person_id=person_id)[0].role is Role.MENTOR


def test_a_roster_without_the_mentor_does_not_make_them_leave(bakery, tomas):
    bakery.name(tomas, GWEN)

    with bakery.database.transaction() as session:
        course, now = bakery.course(session), utc_now()
        member = RosterMember(sub=tomas.sub, hint=Hint.LEARNER)
        apply_page(session, course, [member], started_at=now)
        finish(session, course, started_at=now)

    member = bakery.world.stored(Membership, person_id=bakery.contact().person_id)[0]
    assert member.left_at is None
    assert member.role is Role.MENTOR


@pytest.mark.usefixtures("mail_on")
def test_who_is_named_for_two_trainees_at_one_sitting_gets_one_mail(bakery, tomas, tilda):
    other = bakery.world.player(bakery.world.cast.sigrun)
    other.launch(bakery.link)
    names(tilda, tomas)
    names(tilda, other)

    named = [m for m in bakery.world.deliveries("mail") if m.payload["template"] == "named"]
    assert len(named) == 1
    tilda.get("people.index")
    assert "has had a mail from us this week" in tilda.text


def test_a_trainee_who_has_not_been_here_yet_can_have_a_mentor_named(bakery, tilda):
    with bakery.database.transaction() as session:
        course, now = bakery.course(session), utc_now()
        newcomer = RosterMember(sub="a newcomer", hint=Hint.LEARNER)
        apply_page(session, course, [newcomer], started_at=now)
    [person] = bakery.world.stored(Person, sub="a newcomer")

    tilda.get("people.index")
    assert tilda.url("mentors.ask", person_id=person.id) in tilda.page.text
    answer = tilda.post("mentors.name", TYPED, person_id=person.id)

    assert answer.status_code == 303
    [relation] = bakery.world.stored(Relation, trainee_id=person.id)
    assert relation.state is RelationState.ACTIVE
