"""Somebody who worked in every activity is forgotten, and nothing of theirs is left to read."""

from sqlalchemy import select

from lti_tool.cli.person import erase_in
from lti_tool.domain.base import Base
from lti_tool.domain.people import Person
from lti_tool.services.proof_rows import learners
from lti_tool.services.verification import verify_learners
from tests.isolation.victim import CANARY, put_to_work


def everything(world):
    with world.database.reading() as session:
        return repr([session.execute(t.select()).all() for t in Base.metadata.sorted_tables])


def test_no_table_of_any_activity_keeps_a_word(world, tomas, tilda):
    victim = put_to_work(world, tomas, tilda)
    id = tomas.person.id
    assert CANARY in everything(world)

    erase_in(world.database, id, "Asked by letter.", dry_run=False)

    left = everything(world)
    assert CANARY not in left
    assert "Tomas" not in left
    with world.database.snapshot() as session:
        assert all(finding.is_whole for finding in verify_learners(session, learners(session)))
    for link in victim.links.values():
        tilda.launch(link)
        assert str(id) not in tilda.get("trainees.index").text
        assert tilda.get("trainees.show", person_id=id).status_code == 404


def test_who_comes_again_after_being_forgotten_is_somebody_new(world, tomas, tilda):
    victim = put_to_work(world, tomas, tilda)
    id = tomas.person.id
    erase_in(world.database, id, "Asked by letter.", dry_run=False)

    tomas.launch(victim.links["logbook"])

    assert tomas.person.id != id
    assert CANARY not in tomas.get("logbook.home").text
    with world.database.reading() as session:
        erased = session.scalars(select(Person).where(Person.erased_at.is_not(None))).one()
    assert (erased.id, erased.name, erased.email) == (id, None, None)
