"""An agreement: ticked in one language, signed in a second, read in a third."""

import io
import json
from uuid import uuid4

import pytest
from flask_babel import force_locale
from pypdf import PdfReader

from activities.logbook.gallery import gallery
from lti_tool.domain.append_only import Upkeep
from lti_tool.domain.courses import TemplateVersion
from lti_tool.domain.people import Person
from lti_tool.domain.records import Record, Revision
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Signature
from lti_tool.services.bundle import Reader, choose
from lti_tool.services.describing import wording_here
from lti_tool.services.printout import pdf_of
from lti_tool.services.verification import Verdict, verify_learners

[FORM] = [one.content for one in gallery() if one.key == "role-agreement"]
CLAUSES = [field for field in FORM["fields"] if field.get("clause")]
TICKED = {f"text-{field['id']}": "y" for field in CLAUSES}
TYPED = {"practised_on": "2026-11-12", "duration_minutes": "30", "text-also": "Föstudaga kl. 14."}


def in_language(language):
    return [field["label"][language] for field in CLAUSES]


@pytest.fixture
def agreement(world, tomas, meera, tilda):
    """The id of an agreement that Tomas begins in Icelandic; Meera reads Welsh."""
    link = world.place("logbook", template="role-agreement")
    for player in (tilda, tomas, meera):
        player.launch(link)
    for player, role in ((tilda, Role.TUTOR), (meera, Role.MENTOR)):
        world.make(player, role)
    world.mentors(meera, tomas)
    for player, language in ((tomas, "is"), (meera, "cy"), (tilda, "en")):
        player.post("pages.set_language", {"lang": language})
    id = uuid4()
    tomas.post("logbook.start", record_id=id)
    return id


@pytest.fixture
def agreed(world, tomas, meera, agreement):
    """The same, agreed to by both."""
    assert tomas.post("logbook.submit", TYPED | TICKED, record_id=agreement).status_code == 303
    [revision] = world.stored(Revision, record_id=agreement)
    meera.get("logbook.show_entry", record_id=agreement)
    decided = {"capacity": "saw_it", "comment": "", "seen_sha256": revision.sha256}
    answer = meera.post(
        "logbook.countersign", decided | {"shown_locale": "cy"}, record_id=agreement
    )
    assert answer.status_code == 303
    return agreement


def test_seven_clauses_are_to_be_ticked_and_none_may_be_left_out(world, tomas, agreement):
    assert len(CLAUSES) == 7
    all_but_one = {name: tick for name, tick in TICKED.items() if name != "text-private"}

    answer = tomas.post("logbook.submit", TYPED | all_but_one, record_id=agreement)

    assert answer.status_code == 422
    assert answer.text.count(" checked") >= len(all_but_one)
    assert world.stored(Revision) == []


def test_what_the_trainee_agreed_to_is_kept_in_the_words_they_read(world, tomas, agreed):
    [revision] = world.stored(Revision, record_id=agreed)

    kept = [revision.content["texts"][field["id"]] for field in CLAUSES]
    assert kept == in_language("is")


def test_the_signature_holds_every_clause_in_the_signers_language(world, agreed):
    [signature] = world.stored(Signature, record_id=agreed)

    assert signature.locale == "cy"
    lines = signature.wording.splitlines()
    assert lines[:-1] == [f"{n}. {text}" for n, text in enumerate(in_language("cy"), 1)]


def test_a_draft_keeps_its_ticks(world, tomas, agreement):
    tomas.post("logbook.save", TYPED | {"text-time": "y"}, record_id=agreement)

    tomas.get("logbook.edit", record_id=agreement)

    ticked = [
        line for line in tomas.page.text.splitlines() if "text-" in line and " checked" in line
    ]
    assert len(ticked) == 1


def test_the_tutor_reads_beside_the_welsh_what_it_says_in_english(world, tilda, agreed):
    tilda.get("proof.timeline", record_id=agreed)

    for language in ("cy", "en"):
        for number, clause in enumerate(in_language(language), 1):
            assert f"{number}. {clause}" in tilda.text


@pytest.mark.parametrize("kind", [Signature, TemplateVersion])
def test_one_letter_changed_in_the_welsh_names_the_record(world, tomas, agreed, kind):
    with world.database.transaction() as session:
        upkeep = Upkeep(reason="a test")
        session.add(upkeep)
        session.flush()
        if kind is Signature:
            [signed] = session.query(Signature).filter_by(record_id=agreed)
            signed.wording = signed.wording.replace("wythnos", "wythnas", 1)
        else:
            version_id = session.get_one(Record, agreed).template_version_id
            form = session.get_one(TemplateVersion, version_id)
            form.content = json.loads(json.dumps(form.content).replace("wythnos", "wythnas", 1))
        session.flush()
        session.delete(upkeep)

    with world.database.reading() as session:
        [found] = verify_learners(session, [tomas.person.id])

    assert [(one.id, one.verdict) for one in found.records] == [(agreed, Verdict.CHANGED)]


def test_on_paper_the_welsh_stands_with_the_readers_words_beside_it(world, tomas, tilda, agreed):
    with world.app.test_request_context(), world.database.reading() as session:
        reader = Reader(person_id=tomas.person.id, role=Role.TRAINEE)
        learner = session.get_one(Person, tomas.person.id)
        chosen = choose(session, learner, reader)
        with force_locale("en"):
            pages = PdfReader(io.BytesIO(pdf_of(session, chosen, language="en"))).pages
        paper = " ".join(" ".join(page.extract_text() for page in pages).split())

    assert "in this language: Welsh" in paper
    assert f"4. {in_language('cy')[3]}" in paper
    assert f"4. {in_language('en')[3]}" in paper


def test_where_signer_and_reader_share_a_language_nothing_is_said_twice(world, agreed):
    with world.app.test_request_context(), world.database.reading() as session:
        signature = session.query(Signature).one()
        with force_locale("cy"):
            assert wording_here(session, signature) is None
        with force_locale("fi"):
            assert CLAUSES[0]["label"]["fi"] in (wording_here(session, signature) or "")
