"""Naming a mentor without an account: who may, what has to be agreed to, what is refused."""

from dataclasses import replace

import pytest

from lti_tool.domain.contacts import Contact
from lti_tool.domain.errors import InvalidInput, WrongState
from lti_tool.domain.people import Membership, Person, Relation, RelationState
from lti_tool.domain.roles import Role
from lti_tool.services.contacts import change_address, find_contact
from lti_tool.services.naming import approve_relation, decline_relation, nominate_colleague
from tests.mentors.conftest import GWEN

FREE = replace(GWEN, email="Gwen.Parry@Gmail.com")


def test_a_mentor_a_tutor_names_counts_at_once(bakery, tomas):
    relation = bakery.name(tomas)

    contact = bakery.contact()
    assert relation.state is RelationState.ACTIVE
    assert relation.organisation == "Bakery Rhyl"
    assert contact.approved_at is not None
    assert bakery.person_of().sub is None
    member = bakery.world.stored(Membership, person_id=contact.person_id)[0]
    assert member.role is Role.MENTOR


def test_naming_somebody_twice_makes_one_mentor(bakery, tomas):
    bakery.name(tomas)
    bakery.name(tomas, replace(GWEN, email=" GWEN@bakery.example", name="G. Parry"))

    assert len(bakery.world.stored(Contact)) == 1
    assert len(bakery.world.stored(Relation)) == 1
    assert bakery.person_of().name == "Gwen Parry"


def test_a_trainees_word_counts_where_the_address_is_a_workplaces(bakery, tomas):
    relation = bakery.name(tomas, by=tomas)

    assert relation.state is RelationState.ACTIVE
    assert bakery.contact().approved_at is not None
    assert bakery.contact().approved_by_id is None


def test_a_free_mail_address_from_a_trainee_waits_for_a_tutor(bakery, tomas):
    relation = bakery.name(tomas, FREE, by=tomas)

    contact = bakery.contact("gwen.parry@gmail.com")
    assert relation.state is RelationState.PROPOSED
    assert contact.approved_at is None
    assert contact.is_free_mail


def test_a_tutors_address_from_a_trainee_waits_for_a_tutor(bakery, tomas, tilda):
    bakery.set(Person, {"sub": tilda.sub}, email="tilda@college.example")

    relation = bakery.name(tomas, replace(GWEN, email="tilda@college.example"), by=tomas)

    assert relation.state is RelationState.PROPOSED


@pytest.mark.parametrize("address", ["tomas@home.example", "Tomas+boss@home.example"])
def test_nobody_names_the_trainees_own_address(bakery, tomas, tilda, address):
    bakery.set(Person, {"sub": tomas.sub}, email="tomas@home.example")

    for by in (tomas, tilda):
        with pytest.raises(InvalidInput):
            bakery.name(tomas, replace(GWEN, email=address), by=by)
    assert bakery.world.stored(Contact) == []


@pytest.mark.parametrize("address", ["", "gwen", "gwen@", "a b@c.example", "x@y\r\nBcc: z@w.no"])
def test_an_address_that_takes_no_mail_is_refused(bakery, tomas, address):
    with pytest.raises(InvalidInput):
        bakery.name(tomas, replace(GWEN, email=address))


def test_a_trainee_names_only_a_few_mentors_a_month(bakery, tomas):
    for number in range(5):
        bakery.name(tomas, replace(GWEN, email=f"m{number}@bakery.example"), by=tomas)

    with pytest.raises(WrongState):
        bakery.name(tomas, replace(GWEN, email="m6@bakery.example"), by=tomas)


def act(bakery, function, *args, **kwargs):
    with bakery.world.app.test_request_context(), bakery.database.transaction() as session:
        return function(session, bakery.course(session).id, *args, **kwargs)


def test_a_tutor_agrees_to_a_proposed_mentor(bakery, tomas, tilda):
    proposed = bakery.name(tomas, FREE, by=tomas)

    act(bakery, approve_relation, proposed.id, by=tilda.person)

    assert bakery.relation(tomas, "gwen.parry@gmail.com").state is RelationState.ACTIVE
    assert bakery.contact("gwen.parry@gmail.com").approved_by_id == tilda.person.id


def test_a_declined_mentor_can_be_named_anew(bakery, tomas, tilda):
    proposed = bakery.name(tomas, FREE, by=tomas)
    act(bakery, decline_relation, proposed.id, by=tilda.person)

    assert bakery.contact("gwen.parry@gmail.com").approved_at is None
    assert bakery.name(tomas, FREE).state is RelationState.ACTIVE


def test_a_colleague_whom_the_mentor_nominates_waits_for_a_tutor(bakery, tomas):
    bakery.name(tomas)
    rhys = replace(GWEN, name="Rhys Hughes", email="rhys@bakery.example")

    relation = act(
        bakery,
        nominate_colleague,
        trainee_id=tomas.person.id,
        details=rhys,
        by=bakery.person_of(),
    )

    assert relation.state is RelationState.PROPOSED
    assert bakery.contact("rhys@bakery.example").approved_at is None


def test_a_new_address_ends_every_link_sent_to_the_old_one(bakery, tomas, tilda):
    bakery.name(tomas)
    token = bakery.token()

    with bakery.world.app.test_request_context(), bakery.database.transaction() as session:
        contact = find_contact(session, bakery.world.platform_id, GWEN.email)
        change_address(session, contact, "gwen@home.example", by=tilda.person)

    assert bakery.world.app.test_client().get(f"/m/{token}").status_code == 404
    assert bakery.contact("gwen@home.example").approved_by_id == tilda.person.id
