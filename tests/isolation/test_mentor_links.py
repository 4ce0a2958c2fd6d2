"""Every page of mentors without an account times every link that is not for Tomas's work."""

from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import select, update

from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import Contact, LinkPurpose, MentorLink
from lti_tool.domain.courses import ResourceLink
from lti_tool.domain.people import Person, Relation
from lti_tool.domain.roles import Role
from lti_tool.services.contacts import MentorDetails, issue_link, token_of
from lti_tool.services.naming import name_mentor
from lti_tool.web.mentor.stamps import new_stamp
from tests.cast import ONE_ENGINE
from tests.isolation.victim import CANARY, GWEN, name_of, put_to_work

pytestmark = [ONE_ENGINE, pytest.mark.timeout(180)]
NOBODY = "nobody@elsewhere.example"


@pytest.fixture
def victim(world, tomas, tilda):
    return put_to_work(world, tomas, tilda)


def link_of(world, email, purpose=LinkPurpose.PAGE, **values):
    """Issue a link for a mentor; return its id, and its token as the mail has it."""
    with world.database.transaction() as session:
        contact = session.scalars(select(Contact).where(Contact.address == email)).one()
        link = issue_link(session, contact, purpose)
        session.flush()
        if values:
            session.execute(update(MentorLink).where(MentorLink.id == link.id).values(**values))
    return link.id, token_of(link.id, world.settings.secret_key.get_secret_value())


def named(world, trainee, tutor, email=NOBODY):
    """Let a tutor name somebody as mentor of another trainee."""
    details = MentorDetails(name="Nia Nobody", email=email, locale="en")
    with world.app.test_request_context(), world.database.transaction() as session:
        course_id = session.scalars(
            select(Relation.course_id).where(Relation.person_id == trainee.person.id)
        ).first() or _course_of(session, trainee)
        by = session.get_one(Person, tutor.person.id)
        name_mentor(
            session, course_id, trainee_id=trainee.person.id, details=details, by=by, is_tutor=True
        )


def _course_of(session, player):
    from lti_tool.domain.people import Membership

    mine = Membership.person_id == player.person.id
    return session.scalars(select(Membership.course_id).where(mine)).first()


def mentor_of_another_trainee(world, victim):
    sigrun = world.player(world.cast.sigrun)
    sigrun.launch(victim.links["logbook"])
    named(world, sigrun, victim.tilda)
    return link_of(world, NOBODY)


def mentor_in_another_course(world, victim):
    link = world.place("logbook", course=world.cast.other_course, title="Other")
    otto, olga = world.player(world.cast.otto), world.player(world.cast.olga)
    for player in (otto, olga):
        player.launch(link)
    world.make(olga, Role.TUTOR)
    named(world, otto, olga)
    return link_of(world, NOBODY)


def a_former_mentor(world, victim):
    with world.database.transaction() as session:
        mine = update(Relation).where(Relation.trainee_id == victim.tomas.person.id)
        session.execute(mine.values(to_on=utc_now().date() - timedelta(days=1)))
    return link_of(world, GWEN)


def an_expired_link(world, victim):
    return link_of(world, GWEN, expires_at=utc_now())


def a_revoked_link(world, victim):
    return link_of(world, GWEN, revoked_at=utc_now())


def a_receipt_of_nothing(world, victim):
    return link_of(world, GWEN, purpose=LinkPurpose.RECEIPT)


def no_link_at_all(world, victim):
    return UUID(int=0), "x" * 43


LINKS = [
    mentor_of_another_trainee,
    mentor_in_another_course,
    a_former_mentor,
    an_expired_link,
    a_revoked_link,
    a_receipt_of_nothing,
    no_link_at_all,
]


def rules(world):
    """Every rule that a personal link opens, with its methods."""
    found = [r for r in world.app.url_map.iter_rules() if r.endpoint.startswith("mentor.")]
    assert len(found) >= 8
    assert all(rule.arguments - {"evidence_id"} == {"token"} for rule in found)
    return sorted(found, key=str)


def addresses(rule, token, victim):
    """Every way to fill a rule with files of Tomas's."""
    path = str(rule).replace("<token>", token)
    if "evidence_id" not in rule.arguments:
        return [path]
    assert victim.ids["evidence_id"]
    return [path.replace("<uuid:evidence_id>", str(id)) for id in victim.ids["evidence_id"]]


def forms(world, victim):
    """Forms that press every button, for everything of Tomas's."""
    with world.database.reading() as session:
        links = session.scalars(select(ResourceLink.id)).all()
    for id, act in product(victim.record_ids, ("confirm", "return", "not-mine")):
        yield {
            "do": f"{act} {id}",
            f"s-{id}": "0" * 64,
            f"w-{id}": "0" * 16,
            f"c-{id}": "saw_it",
            f"t-{id}": "x y z",
            f"n-{id}": "yes",
            "pick": str(id),
            "trainee": str(victim.relation_ids[0]),
            "name": "Eve",
            "email": "eve@elsewhere.example",
            "signature": str(id),
            "activity": str(links[0]),
        }


@pytest.mark.parametrize("made", LINKS, ids=lambda made: made.__name__)
def test_a_link_for_something_else_sees_and_changes_nothing_of_tomas(world, victim, made):
    link_id, token = made(world, victim)
    client, name = world.app.test_client(), name_of(world, victim.tomas)
    with world.app.app_context():
        stamp = new_stamp(link_id, at=utc_now() - timedelta(minutes=1))
    before = victim.snapshot()

    for rule, path in [(r, path) for r in rules(world) for path in addresses(r, token, victim)]:
        for method in sorted(rule.methods & {"GET", "POST"}):
            tries = forms(world, victim) if method == "POST" else [{}]
            for form in tries:
                data = form | {"stamp": stamp} if method == "POST" else None
                answer = client.open(path, method=method, data=data)
                assert answer.status_code < 500, (rule, form)
                assert CANARY not in answer.text, (rule, form)
                assert name not in answer.text, (rule, form)

    assert victim.snapshot() == before


def test_the_mentor_of_tomas_does_see_what_waits(world, victim):
    """Without this the others could pass because there was nothing to see."""
    _id, token = link_of(world, GWEN)

    page = world.app.test_client().get(f"/m/{token}")

    assert CANARY in page.text
    assert name_of(world, victim.tomas) in page.text
