"""Every address times every stranger: nobody sees or changes what is not theirs.

The addresses come from the application itself, so a new page is tried as soon as it exists.
"""

from collections import defaultdict
from itertools import product
from uuid import uuid4

import pytest

from lti_tool.domain.roles import Role
from tests.cast import ONE_ENGINE, Player, add_site
from tests.isolation.victim import CANARY, DRAFT, WORK, name_of, put_to_work

pytestmark = [ONE_ENGINE, pytest.mark.timeout(180)]

REFUSED = {303, 403, 404, 405}
"""What an address that names something of Tomas's may answer a stranger with."""


@pytest.fixture
def victim(world, tomas, tilda):
    return put_to_work(world, tomas, tilda)


def rules(world):
    """Every rule of a launch, with its methods."""
    found = [r for r in world.app.url_map.iter_rules() if "launch_id" in r.arguments]
    assert len(found) > 40
    return sorted(found, key=str)


def in_every_activity(world, person, links, role=None):
    """Launch each link as *person*; return one player per launch."""
    players = []
    for link in links:
        player = Player(world, str(person.id), world.app.test_client())
        player.launch(link)
        if role is not None:
            world.make(player, role)
        player.launch(link)
        player.get("pages.home")
        player.csrf = player.csrf or "none"
        players.append(player)
    return players


def another_trainee(world, victim):
    return in_every_activity(world, world.cast.sigrun, victim.links.values())


def an_unrelated_mentor(world, victim):
    players = in_every_activity(world, world.cast.meera, victim.links.values(), Role.MENTOR)
    sigrun = world.player(world.cast.sigrun)
    sigrun.launch(victim.links["logbook"])
    world.mentors(players[0], sigrun)
    return players


def somebody_undecided(world, victim):
    return in_every_activity(world, world.cast.nils, victim.links.values())


def in_the_other_course(world):
    course = world.cast.other_course
    return [world.place(kind, course=course, title=f"Other {kind}") for kind in WORK]


def a_trainee_of_another_course(world, victim):
    return in_every_activity(world, world.cast.otto, in_the_other_course(world))


def a_tutor_of_another_course(world, victim):
    return in_every_activity(world, world.cast.olga, in_the_other_course(world), Role.TUTOR)


def _neighbour(world):
    there = add_site(world)
    there.cast.tomas.given_name = "Thomas"
    return there


def a_tutor_of_another_site(world, victim):
    there = _neighbour(world)
    links = [there.place(kind, title=f"There {kind}") for kind in WORK]
    return in_every_activity(there, there.cast.tilda, links, Role.TUTOR)


def the_same_id_on_another_site(world, victim):
    there = _neighbour(world)
    links = [there.place(kind, title=f"There {kind}") for kind in WORK]
    return in_every_activity(there, there.cast.tomas, links)


STRANGERS = [
    another_trainee,
    an_unrelated_mentor,
    somebody_undecided,
    a_trainee_of_another_course,
    a_tutor_of_another_course,
    a_tutor_of_another_site,
    the_same_id_on_another_site,
]


def addresses(rule, ids):
    """Every way to fill a rule with things of Tomas's."""
    names = sorted(rule.arguments - {"launch_id"})
    unknown = set(names) - set(ids)
    assert not unknown, f"say in Victim.ids what of Tomas's goes into {unknown} of {rule}"
    for values in product(*(ids[name] for name in names)):
        yield dict(zip(names, values, strict=True))


def forms(ids):
    """Forms that name something of Tomas's in every field that could take an id."""
    person, mentor = str(ids["person_id"][0]), str(ids["mentor_id"][0])
    for record in ids["record_id"]:
        yield {
            "record_id": str(record),
            "person_id": person,
            "trainee": person,
            "mentor": mentor,
            "role": "trainee",
            "given": "1",
            "comment": "x y z",
            "seen": "0",
            "seen_sha256": "0",
            "capacity": "saw_it",
            "reason": "x y z",
            "why": "x y z",
            "told": "x y z",
            "told_on": "2026-11-20",
            "reader-person": person,
            "reader-why": "x y z",
            "text": "x y z",
            "back-comment": "x y z",
            "reopen-comment": "x y z",
            "waive-comment": "x y z",
            "visibility": "learner_private",
            "practised_on": "2026-11-20",
            "duration_minutes": "5",
            "text-topics": "x y z",
            "lang": "en",
            "instructors_are_tutors": "follow",
        }


def ask(player, rule, values, form, ids):
    """Yield the answers to every method of *rule*, and the pages they lead to."""
    path = player.url(rule.endpoint, **values)
    for method in sorted(rule.methods & {"GET", "POST", "PUT", "DELETE"}):
        data = {**form, "csrf_token": player.csrf} if method == "POST" else None
        answer = player.client.open(path, method=method, data=data)
        yield answer
        if answer.status_code in (301, 302, 303, 308):
            yield player.client.get(answer.location, follow_redirects=True)


def requests(world, players, ids):
    """Every player, rule, filling of its address, and form that is worth trying."""
    for rule, player in product(rules(world), players):
        several = "POST" in rule.methods and "record_id" not in rule.arguments
        for values in addresses(rule, ids):
            for form in forms(ids) if several else [next(forms(ids))]:
                yield player, rule, values, form


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda s: s.__name__)
def test_a_stranger_sees_and_changes_nothing_of_tomas(world, victim, stranger):
    players, ids = stranger(world, victim), victim.ids
    assert len(ids["record_id"]) >= 2 * len(WORK)
    name, before = name_of(world, victim.tomas), victim.snapshot()
    codes = defaultdict(set)

    for player, rule, values, form in requests(world, players, ids):
        asked = player.url(rule.endpoint, **values)
        for answer in ask(player, rule, values, form, ids):
            assert answer.status_code < 500, (rule, values)
            assert CANARY not in answer.text, (rule, values)
            assert name not in answer.text, (rule, values)
            if values and answer.request.path == asked:
                codes[rule.endpoint].add(answer.status_code)

    assert victim.snapshot() == before
    assert {code for found in codes.values() for code in found} <= REFUSED, dict(codes)
    if players[0].world is not world:
        players[0].world.server.stop()


@pytest.mark.parametrize("stranger", STRANGERS[:4], ids=lambda s: s.__name__)
def test_the_launch_of_somebody_else_opens_nothing(world, victim, stranger):
    players, ids = stranger(world, victim), victim.ids
    before = victim.snapshot()

    for rule, player in product(rules(world), players[:1]):
        for launch_id in victim.launches:
            player.launch_id = launch_id
            values = next(addresses(rule, ids))
            for answer in ask(player, rule, values, next(forms(ids)), ids):
                assert answer.status_code == 401, rule
                assert CANARY not in answer.text

    assert victim.snapshot() == before


def crawl(player, world, ids):
    """What a player sees when asking for every page with Tomas's ids."""
    seen = ""
    for rule in rules(world):
        if "GET" in rule.methods:
            for values in addresses(rule, ids):
                path = player.url(rule.endpoint, **values)
                answer = player.client.get(path, follow_redirects=True)
                seen += answer.data.decode("utf-8", "replace")  # some are photos
    return seen


def test_tomas_and_his_tutor_do_see_his_work(world, victim, tomas, tilda):
    """Without this the others could pass because there was nothing to see."""
    for kind, link in victim.links.items():
        for player in (tomas, tilda):
            player.launch(link)
            seen = crawl(player, world, victim.ids)
            assert CANARY in seen, kind
            assert "Tomas Trainee" in seen, kind


def test_tomas_is_at_work_in_every_installed_activity(world):
    kinds = {plugin.key for plugin in world.app.extensions["trellis"].registry}

    assert kinds == set(WORK)


def test_a_draft_is_its_authors_alone(world, victim, tomas, tilda, meera):
    """Tomas's drafts are not for his mentor or tutor, and a draft about him is not for him."""
    meera.launch(victim.links["logbook"])
    world.make(meera, Role.MENTOR)
    world.mentors(meera, tomas)
    authors = {"logbook": tomas, "quiz": tomas, "checklist": tilda}
    assert authors.keys() == WORK.keys()

    for kind, link in victim.links.items():
        for player in (tomas, tilda, meera):
            player.launch(link)
            seen = crawl(player, world, victim.ids)
            assert CANARY in seen, (kind, player.sub)
            assert (f"{DRAFT} {kind}" in seen) == (authors[kind] is player), (kind, player.sub)


def test_ids_that_do_not_exist_look_like_ids_of_others(world, victim):
    (player, *_) = another_trainee(world, victim)
    ids, nothing = victim.ids, {name: [uuid4()] for name in victim.ids}

    about_something = [r for r in rules(world) if r.arguments - {"launch_id"}]
    # Beginning something under an id that the page brings is the one act that makes ids.
    for rule in (r for r in about_something if r.endpoint != "logbook.start"):
        for method in sorted(rule.methods & {"GET", "POST"}):
            codes = set()
            for values in (next(addresses(rule, ids)), next(addresses(rule, nothing))):
                data = {"csrf_token": player.csrf} if method == "POST" else None
                path = player.url(rule.endpoint, **values)
                codes.add(player.client.open(path, method=method, data=data).status_code)
            assert len(codes) == 1, rule
