"""Observing without an account: from the mentor's page to the checklist, and back."""

import re
from uuid import UUID, uuid4

import pytest

from lti_tool.domain.contacts import LinkPurpose, MentorLink
from lti_tool.domain.courses import ResourceLink
from lti_tool.domain.records import RecordState
from lti_tool.domain.sessions import LaunchSession
from lti_tool.domain.signing import Decision, Method, Signature
from lti_tool.services.contacts import revoke_links
from tests.cast import Player
from tests.mentors.conftest import Gwen


@pytest.fixture
def hygiene(world):
    return world.place("checklist", title="Hygiene", template="kitchen-hygiene")


@pytest.fixture
def observer(bakery, tomas, hygiene):
    """Gwen with a browser that keeps cookies."""
    tomas.launch(hygiene)
    bakery.name(tomas)
    gwen = Gwen(bakery)
    gwen.client = bakery.world.app.test_client()
    return gwen


def link_id(bakery, link):
    return bakery.world.stored(ResourceLink, resource_link_id=str(link.id))[0].id


def opens(observer, link):
    """Press "Observe now"; return a player who goes on in the launch."""
    observer.looks(lang="en")
    answer = observer.presses("", path="/open", activity=str(link), lang="en")
    player = Player(observer.bakery.world, "", observer.client)
    if answer.status_code == 303:
        player.launch_id = UUID(re.search(r"/l/([0-9a-f-]{36})/", answer.location).group(1))
        player.get("trainees.index")
    return answer, player


def observes(player, tomas):
    """Find every point met, check and sign; return the last answer."""
    begun = player.post("checklist.start", {"record_id": str(uuid4())}, person_id=tomas.person.id)
    record_id = re.search(r"/observations/([0-9a-f-]{36})", begun.location).group(1)
    page = player.get("checklist.observe", record_id=record_id).text
    judged = dict.fromkeys(re.findall(r'name="(o-[^"]+)"', page), "met")
    player.post("checklist.keep", {"observed_on": "2026-01-20"} | judged, record_id=record_id)
    seen = re.search(
        r'name="seen" value="([0-9a-f]+)"', player.get("checklist.check", record_id=record_id).text
    ).group(1)
    return player.post("checklist.sign", {"seen": seen, "capacity": "saw_it"}, record_id=record_id)


def test_a_mentor_without_an_account_observes_and_signs(bakery, tomas, observer, hygiene):
    answer, player = opens(observer, link_id(bakery, hygiene))
    assert answer.status_code == 303
    assert "Tomas Trainee" in player.text
    assert "Back to my list" in player.text

    assert observes(player, tomas).status_code == 303

    (signature,) = bakery.world.stored(Signature)
    assert signature.decision is Decision.OBSERVED
    assert signature.method is Method.MAIL_LINK
    assert signature.link_id == bakery.world.stored(MentorLink)[0].id
    assert signature.signer_id == bakery.contact().person_id


def test_an_observation_that_was_not_me_counts_for_nothing(bakery, tomas, observer, hygiene):
    _answer, player = opens(observer, link_id(bakery, hygiene))
    observes(player, tomas)
    tomas.launch(hygiene)
    assert "8 of 8" in tomas.text
    (signature,) = bakery.world.stored(Signature)
    token = bakery.token(purpose=LinkPurpose.RECEIPT, signature_id=signature.id)
    receipt = Gwen(bakery)
    receipt.client.get(f"/m/receipt/{token}")

    stamp = {"stamp": stamp_of(bakery, token), "lang": "en", "signature": str(signature.id)}
    assert receipt.client.post(f"/m/receipt/{token}", data=stamp).status_code == 303

    assert bakery.record(signature.record_id).state is RecordState.WITHDRAWN
    tomas.get("checklist.home")
    assert "0 of 8" in tomas.text


def stamp_of(bakery, token):
    reader = Gwen(bakery)
    reader.token = token
    return reader.stamp()


def test_going_back_to_the_list_leaves_no_session_behind(bakery, observer, hygiene):
    _answer, player = opens(observer, link_id(bakery, hygiene))

    back = player.post("pages.leave")

    assert back.location.startswith("/m/")
    assert observer.client.get(back.location).status_code == 200
    assert player.get("trainees.index").status_code == 401
    assert bakery.world.stored(LaunchSession, person_id=bakery.contact().person_id) == []


def test_a_revoked_link_ends_what_was_opened_from_it(bakery, observer, hygiene):
    _answer, player = opens(observer, link_id(bakery, hygiene))
    with bakery.database.transaction() as session:
        revoke_links(session, bakery.contact().person_id)

    assert player.get("trainees.index").status_code == 401


def test_pages_opened_from_a_mail_stand_in_no_frame(bakery, observer, hygiene):
    _answer, player = opens(observer, link_id(bakery, hygiene))

    policy = player.get("trainees.index").headers["Content-Security-Policy"]

    assert "frame-ancestors 'none'" in policy


def test_nothing_opens_in_a_course_where_one_mentors_nobody(bakery, observer, world, otto):
    other = world.place("checklist", course=world.cast.other_course, title="Other")
    otto.launch(other)

    foreign, _ = opens(observer, link_id(bakery, other))
    nonsense, _ = opens(observer, "nonsense")

    assert [foreign.status_code, nonsense.status_code] == [404, 404]
    assert bakery.world.stored(LaunchSession, person_id=bakery.contact().person_id) == []


def test_a_launch_from_the_course_has_no_list_to_go_back_to(bakery, tomas):
    tomas.get("pages.home")

    assert "Back to my list" not in tomas.text
    assert tomas.post("pages.leave").status_code == 404
    assert tomas.get("pages.home").status_code == 200
