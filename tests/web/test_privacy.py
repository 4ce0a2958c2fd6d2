"""What people are called, write and are given as secrets stays out of logs and statements."""

import io
import json
import logging
from uuid import uuid4

import pytest
import structlog

from lti_tool.domain.records import Attempt
from lti_tool.domain.roles import Role
from lti_tool.outbox.models import HELD_BACK, DeliveryState
from lti_tool.services import learning_record
from lti_tool.web import trainees
from xapi.profile import violations

WORDS = "Zanzibarflour and a Quokkaoven"
FEEDBACK = "Feedback about the Wombatdough"
EMAIL = "canary.mail@canary.example"
NAMES = ("Canaryname", "Finchfamily", "Heronmentor", "Kitetutor")


@pytest.fixture
def log(monkeypatch):
    """Every line that structlog and the standard library's loggers write, at any level."""
    lines = io.StringIO()
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(lines),
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        cache_logger_on_first_use=False,
    )
    handler, root = logging.StreamHandler(lines), logging.getLogger()
    before, root.level = root.level, logging.DEBUG
    root.addHandler(handler)
    yield lines
    root.removeHandler(handler)
    root.setLevel(before)
    structlog.reset_defaults()


@pytest.fixture
def story(world, log, tomas, meera, tilda):
    """A whole journey of people with canary names: launch, entry, return, confirm, grade, fail."""
    for person, given in ((world.cast.tomas, NAMES[0]), (world.cast.meera, NAMES[2])):
        person.given_name, person.family_name, person.email = given, NAMES[1], EMAIL
    world.cast.tilda.given_name = NAMES[3]
    link = world.place("logbook")
    for player in (tomas, meera, tilda):
        player.launch(link)
    world.make(meera, Role.MENTOR)
    world.make(tilda, Role.TUTOR)
    world.mentors(meera, tomas)
    id = uuid4()
    tomas.get("logbook.home")
    tomas.post("logbook.start", record_id=id)
    page = tomas.get("logbook.edit", record_id=id).text
    names = {part.split('"')[0] for part in page.split('name="')[1:]}
    texts = {name: WORDS for name in names if name.startswith("text-")}
    form = {"practised_on": "2026-11-02", "duration_minutes": "45", **texts}
    assert tomas.post("logbook.submit", form, record_id=id).status_code == 303
    assert tomas.post("logbook.submit", form | {"practised_on": WORDS}, record_id=id).status_code
    tilda.get("trainees.index", q=NAMES[0])
    grade = {"given": "70", "comment": FEEDBACK, "seen_number": "0"}
    assert tilda.post("trainees.grade", grade, person_id=tomas.person.id).status_code == 303
    tilda.post("trainees.grade", grade | {"given": WORDS}, person_id=tomas.person.id)
    world.deliver()
    world.sandbox.faults.down = True
    tilda.post("trainees.grade", grade | {"seen_number": "1"}, person_id=tomas.person.id)
    world.deliver()
    return world


def secrets_of(world):
    settings = world.settings
    return [settings.secret_key.get_secret_value(), *(p.csrf for p in world.players.values())]


def test_no_name_text_or_secret_is_logged(story, log):
    lines = log.getvalue().splitlines()

    assert any("problem" in line for line in lines), "nothing was logged: the capture is broken"
    for canary in (*NAMES, EMAIL, WORDS, FEEDBACK, "eyJ", "sesskey", *secrets_of(story)):
        assert [line for line in lines if canary in line] == []


def test_a_crash_is_logged_without_what_people_typed(story, log, tilda, monkeypatch):
    def crash(*_arguments):
        raise ValueError(f"{WORDS} of {NAMES[0]}")

    monkeypatch.setattr(trainees, "_rows", crash)

    answer = tilda.get("trainees.index", q=NAMES[0])

    assert answer.status_code == 500
    assert "crash" in log.getvalue()
    assert WORDS not in answer.text + log.getvalue()
    assert NAMES[0] not in log.getvalue()


def test_no_name_or_text_is_in_any_statement(story):
    bodies = [d.body for d in story.deliveries("statement")]

    assert len(bodies) >= 2
    for canary in (*NAMES, EMAIL, WORDS, FEEDBACK, "sesskey"):
        assert not any(canary in body for body in bodies)


def test_every_statement_keeps_the_profile(story):
    registry = story.app.extensions["trellis"].registry
    words = [plugin.vocabulary for plugin in registry]

    for delivery in story.deliveries("statement"):
        assert violations(json.loads(delivery.body), vocabularies=words) == []


def test_no_error_kept_for_operators_holds_a_name_or_text(story):
    kept = [d.last_error or "" for d in story.deliveries()]

    assert any(kept), "nothing failed: the test broke too little"
    for canary in (*NAMES, EMAIL, WORDS, FEEDBACK, "eyJ"):
        assert not any(canary in text for text in kept)


def test_a_statement_that_says_too_much_is_parked_and_never_leaves(world, tomas, monkeypatch):
    link = world.place("logbook")
    tomas.launch(link)
    object.__setattr__(world.database.info["environment"], "is_strict", False)
    monkeypatch.setattr(learning_record, "violations", lambda *_, **__: ["actor.name: must not be"])
    id = uuid4()
    tomas.get("logbook.home")
    tomas.post("logbook.start", record_id=id)
    page = tomas.get("logbook.edit", record_id=id).text
    texts = {p.split('"')[0]: WORDS for p in page.split('name="')[1:] if p.startswith("text-")}

    answer = tomas.post(
        "logbook.submit",
        {"practised_on": "2026-11-02", "duration_minutes": "45", **texts},
        record_id=id,
    )

    held = world.deliveries("statement")[0]
    assert answer.status_code == 303
    assert (held.state, held.reason) == (DeliveryState.PARKED, "rejected")
    assert held.destination == HELD_BACK
    assert world.stored(Attempt)
