"""A form is taken elsewhere as a file and read again; what is no form is refused."""

import io
import json

import pytest

from lti_tool.domain.courses import Template, TemplateVersion
from tests.activities.authors import KINDS, begin, publish, version_of


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_survives_the_way_out_and_in_again(world, place, tilda, kind):
    link = place(kind)
    exported = tilda.get("authoring.export").data
    begin(tilda)

    answer = tilda.post("authoring.import_file", {"file": (io.BytesIO(exported), "form.json")})
    assert answer.status_code == 303
    publish(tilda)

    assert version_of(world, link).content == json.loads(exported)["versions"][-1]["content"]
    again = json.loads(tilda.get("authoring.export").data)
    assert again["versions"][-1] == json.loads(exported)["versions"][-1] | {
        "number": again["versions"][-1]["number"],
        "changes": [],
    }


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"format": "other"}', b"\xff\xfe", b"[" * 100_000, b"null"],
)
def test_a_file_that_is_no_form_is_refused(world, place, tilda, content):
    place("logbook")
    tilda.get("authoring.index")

    answer = tilda.post("authoring.import_file", {"file": (io.BytesIO(content), "form.json")})

    assert answer.status_code == 422
    assert all(template.draft is None for template in world.stored(Template))


def test_a_changed_file_is_refused(world, place, tilda):
    place("logbook")
    data = json.loads(tilda.get("authoring.export").data)
    data["versions"][-1]["content"]["fields"][0]["label"]["en"] = "Forged"

    file = io.BytesIO(json.dumps(data).encode())
    answer = tilda.post("authoring.import_file", {"file": (file, "form.json")})

    assert answer.status_code == 422
    assert len(world.stored(TemplateVersion)) == 1


def test_reading_a_file_makes_a_draft_and_nothing_else(world, place, tilda):
    place("logbook")
    exported = tilda.get("authoring.export").data

    tilda.post("authoring.import_file", {"file": (io.BytesIO(exported), "form.json")})

    templates = world.stored(Template)
    assert [template.draft is not None for template in templates].count(True) == 1
    assert len(templates) == 2
    assert len(world.stored(TemplateVersion)) == 1


def test_the_form_of_another_kind_is_refused(world, place, tilda):
    place("checklist")
    exported = tilda.get("authoring.export").data
    place("logbook")

    answer = tilda.post("authoring.import_file", {"file": (io.BytesIO(exported), "form.json")})

    assert answer.status_code == 422
    assert "another kind of activity" in answer.text
    assert all(template.draft is None for template in world.stored(Template))
