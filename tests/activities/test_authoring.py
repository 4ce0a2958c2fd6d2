"""A tutor writes the form of an activity, publishes it, and moves drafts; nothing old changes."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from lti_tool.domain.courses import ActivitySetup, Template
from lti_tool.domain.records import Move, MoveKind, Record, Revision
from lti_tool.services.template_changes import compare
from tests.activities.authors import (
    KINDS,
    act,
    add_question,
    begin,
    draft_of,
    publish,
    seen,
    version_of,
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_gallery_template_can_be_taken_over_and_published_unchanged(
    world, place, tilda, kind
):
    link = place(kind)
    before = version_of(world, link)
    begin(tilda)

    assert publish(tilda).status_code == 303

    after = version_of(world, link)
    assert (after.content, after.sha256) == (before.content, before.sha256)
    assert (after.number, after.changes) == (1, [])
    assert after.template_id != before.template_id


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("audience", ["trainee", "mentor", "print"])
def test_a_form_is_shown_as_others_see_it(place, tilda, kind, audience):
    place(kind)
    page = tilda.get("authoring.preview", audience=audience)
    assert page.status_code == 200
    assert "This is a preview" in tilda.text


def test_a_new_question_is_asked_in_new_entries_only(world, place, tomas, tilda):
    link = place("logbook")
    old = write_entry(tomas, "In the bakery.")
    begin(tilda)
    path = add_question(tilda)

    publish(tilda)

    tomas.get("logbook.edit", record_id=old)
    assert "What surprised you?" not in tomas.text
    new = write_entry(tomas, "In the shop.")
    tomas.get("logbook.edit", record_id=new)
    assert "What surprised you?" in tomas.text
    change = {"what": "added", "list": "fields", "part": path}
    assert version_of(world, link).changes == [change]


def write_entry(tomas, text):
    tomas.get("logbook.home")
    id = re.search(r"/entries/([0-9a-f-]{36})/start", tomas.page.text).group(1)
    tomas.post("logbook.start", record_id=id)
    tomas.get("logbook.edit", record_id=id)
    name = re.search(r'name="(text-[^"]+)"', tomas.page.text).group(1)
    tomas.post("logbook.save", {name: text, "practised_on": "2026-01-20"}, record_id=id)
    return id


def test_publishing_says_whom_it_concerns(place, tomas, tilda):
    place("logbook")
    write_entry(tomas, "In the bakery.")
    begin(tilda)
    add_question(tilda)

    tilda.get("authoring.publish")

    assert "1 learner is on version 1 and stays on it." in tilda.text
    assert "Added: What surprised you?" in tilda.text


def test_a_question_without_text_cannot_be_published(world, place, tilda):
    link = place("logbook")
    before = version_of(world, link)
    begin(tilda)
    act(tilda, "authoring.add", {"list": "fields"})

    tilda.get("authoring.index")
    assert "Question: fill in “Question”." in tilda.text
    answer = tilda.post("authoring.publish", {"seen": seen(tilda)})

    assert answer.status_code == 422
    assert version_of(world, link).id == before.id


def test_parts_move_up_and_down_and_go_by_buttons(world, place, tilda):
    place("logbook")
    begin(tilda)
    ids = [field["id"] for field in draft_of(world)["fields"]]

    act(tilda, "authoring.move", {"to": "down"}, path=ids[0])
    assert [f["id"] for f in draft_of(world)["fields"]][:2] == [ids[1], ids[0]]
    act(tilda, "authoring.move", {"to": "up"}, path=ids[0])
    act(tilda, "authoring.move", {"to": "up"}, path=ids[0])
    assert [f["id"] for f in draft_of(world)["fields"]] == ids
    act(tilda, "authoring.remove", path=ids[0])
    assert [f["id"] for f in draft_of(world)["fields"]] == ids[1:]


def test_a_quiz_question_gets_its_answers(world, place, tilda):
    link = place("quiz")
    begin(tilda)
    answer = act(tilda, "authoring.add", {"list": "questions", "kind": "single"})
    question = answer.location.rsplit("/", 1)[1]
    tilda.get("authoring.edit_part", path=question)
    tilda.post("authoring.edit_part", {"seen": seen(tilda), "v-text-en": "How hot?"}, path=question)
    tilda.get("authoring.index")
    assert "cannot be answered rightly" in tilda.text
    for text, right in (("Hot", "y"), ("Cold", "")):
        answer = act(tilda, "authoring.add", {"list": "options", "parent": question})
        option = answer.location.rsplit("/", 1)[1]
        tilda.get("authoring.edit_part", path=option)
        values = {"seen": seen(tilda), "v-text-en": text, "v-is_correct": right}
        values = {name: value for name, value in values.items() if value}
        assert tilda.post("authoring.edit_part", values, path=option).status_code == 303

    assert publish(tilda).status_code == 303

    asked = version_of(world, link).content["questions"][-1]
    assert asked["text"] == {"en": "How hot?"}
    assert [option["text"]["en"] for option in asked["options"]] == ["Hot", "Cold"]
    assert [bool(option.get("is_correct")) for option in asked["options"]] == [True, False]


def test_a_question_of_an_unknown_kind_is_refused(world, place, tilda):
    place("quiz")
    begin(tilda)
    before = draft_of(world)
    for kind in ("", "cloze"):
        answer = act(tilda, "authoring.add", {"list": "questions", "kind": kind})
        assert answer.status_code == 422
    assert act(tilda, "authoring.add", {"list": "nothing"}).status_code == 404
    assert draft_of(world) == before


def test_two_tutors_do_not_overwrite_each_other(world, place, tilda):
    place("logbook")
    begin(tilda)
    number = seen(tilda)
    add_question(tilda, "Mine")
    before = draft_of(world)

    answer = tilda.post("authoring.add", {"list": "fields", "seen": number})

    assert answer.status_code == 409
    assert draft_of(world) == before


def test_drafts_are_moved_with_all_that_was_written(world, place, tomas, tilda):
    place("logbook")
    id = write_entry(tomas, "In the bakery.")
    begin(tilda)
    first = draft_of(world)["fields"][0]["id"]
    add_question(tilda)
    act(tilda, "authoring.remove", path=first)
    publish(tilda)
    tilda.get("authoring.move_drafts")
    assert "1 is shown as an earlier answer." in tilda.text
    assert "In the bakery." not in tilda.text

    tilda.post("authoring.move_drafts", {"record": id})

    tomas.get("logbook.edit", record_id=id)
    assert "What surprised you?" in tomas.text
    assert "In the bakery." in tomas.text
    assert [move.kind for move in world.stored(Move)] == [MoveKind.MIGRATED]


def test_earlier_answers_are_handed_in_with_the_entry(world, place, tomas, tilda):
    place("logbook")
    id = write_entry(tomas, "In the bakery.")
    begin(tilda)
    first = draft_of(world)["fields"][0]["id"]
    add_question(tilda)
    act(tilda, "authoring.remove", path=first)
    publish(tilda)
    tilda.post("authoring.move_drafts", {"record": id})
    tomas.get("logbook.edit", record_id=id)
    form = dict(re.findall(r'name="(text-[^"]+)"(?: value="([^"]*)")?', tomas.page.text))
    answered = {name: text or "Said." for name, text in form.items()}

    done = {**answered, "practised_on": "2026-01-20", "duration_minutes": "45"}
    assert tomas.post("logbook.submit", done, record_id=id).status_code == 303

    assert world.stored(Revision)[0].content["texts"][first] == "In the bakery."
    tomas.get("logbook.show_entry", record_id=id)
    assert "Earlier answer 1 In the bakery." in tomas.text


def test_what_was_handed_in_never_moves(world, place, tomas, tilda):
    place("logbook")
    id = write_entry(tomas, "In the bakery.")
    tomas.get("logbook.edit", record_id=id)
    names = re.findall(r'name="(text-[^"]+)"', tomas.page.text)
    form = dict.fromkeys(names, "All of it.")
    tomas.post(
        "logbook.submit",
        form | {"practised_on": "2026-01-20", "duration_minutes": "45"},
        record_id=id,
    )
    tomas.post("logbook.withdraw", record_id=id)
    begin(tilda)
    add_question(tilda)
    publish(tilda)

    tilda.post("authoring.move_drafts", {"record": id})

    record, revision = world.stored(Record)[0], world.stored(Revision)[0]
    assert record.template_version_id == revision.template_version_id
    assert world.stored(Move, kind=MoveKind.MIGRATED) == []


def test_only_tutors_write_forms(world, place, tomas, tilda):
    place("logbook")
    begin(tilda)
    before = draft_of(world)

    for path in ("authoring.index", "authoring.publish", "authoring.export"):
        assert tomas.get(path).status_code == 403
    assert tomas.post("authoring.add", {"list": "fields", "seen": "0"}).status_code == 403
    assert draft_of(world) == before


def test_a_draft_that_was_thrown_away_changes_nothing(world, place, tilda):
    link = place("logbook")
    before = version_of(world, link)
    begin(tilda)
    add_question(tilda)

    act(tilda, "authoring.discard")

    assert version_of(world, link).id == before.id
    assert all(template.draft is None for template in world.stored(Template))


def test_changes_are_told_by_id_and_not_by_place():
    from activities.logbook.template import TEMPLATE

    def fields(*ids, **texts):
        return {"fields": [{"id": id, "label": {"en": texts.get(id, id)}} for id in ids]}

    told = compare(TEMPLATE, fields("a", "b", "c"), fields("c", "a", "new", a="A?"))

    assert told == [
        {"what": "removed", "list": "fields", "part": "b"},
        {"what": "moved", "list": "fields", "part": "c"},
        {"what": "changed", "list": "fields", "part": "a", "keys": ["label"]},
        {"what": "moved", "list": "fields", "part": "a"},
        {"what": "added", "list": "fields", "part": "new"},
    ]


def test_one_setup_has_one_draft_however_often_it_is_begun(world, place, tilda):
    place("logbook")
    for _ in range(2):
        begin(tilda)

    with world.database.reading() as session:
        drafts = session.scalars(select(Template).where(Template.draft.is_not(None))).all()
        assert len(drafts) == 1
        assert session.scalars(select(ActivitySetup)).all()


def test_notes_about_a_trainee_have_no_version_and_are_not_counted(world, place, tomas, tilda):
    place("logbook")
    note = {"record_id": str(uuid4()), "text": "Well done.", "visibility": "welfare"}
    assert tilda.post("notes.about", note, person_id=tomas.person.id).status_code == 303

    assert tilda.get("authoring.index").status_code == 200
    assert "Nobody has begun yet." in tilda.text
    assert tilda.get("authoring.move_drafts").status_code == 200
