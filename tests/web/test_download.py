"""A trainee takes everything along, a tutor what one trainee did in the course."""

import io
import json
import zipfile

import pytest

from lti_tool.domain.audit import AuditEvent
from lti_tool.domain.roles import Role
from lti_tool.services.bundle_check import check_bundle, read_bundle
from tests.isolation.victim import put_to_work
from tests.web.test_verify_page import read


@pytest.fixture
def victim(world, tomas, tilda):
    return put_to_work(world, tomas, tilda)


def taken(answer):
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.data))


def test_a_trainee_takes_the_work_of_every_activity(victim, tomas, world):
    page = tomas.get("proof.download", person_id=tomas.person.id)
    assert "Download everything of mine" in page.text

    archive = taken(tomas.post("proof.make_download", person_id=tomas.person.id))

    bundle = read_bundle(archive.read("records.json"))
    kinds = {one["kind"] for one in bundle["records"]}
    assert kinds == {"logbook_entry", "quiz_try", "observation"}
    assert len(bundle["grades"]) == 3
    assert check_bundle(bundle).is_whole
    assert "draft of logbook" in archive.read("private.json").decode()
    assert "draft of" not in archive.read("records.json").decode()
    lines = world.stored(AuditEvent, action="person.exported")
    assert [line.subject_id for line in lines] == [tomas.person.id]


def test_a_tutor_takes_what_one_trainee_did_here(victim, tomas, tilda):
    archive = taken(tilda.post("proof.make_download", person_id=tomas.person.id))

    assert "private.json" not in archive.namelist()
    assert check_bundle(read_bundle(archive.read("records.json"))).is_whole


def test_a_mentor_takes_nothing_along(victim, tomas, meera, world):
    meera.launch(victim.links["logbook"])
    world.make(meera, Role.MENTOR)
    world.mentors(meera, tomas)

    assert meera.post("proof.make_download", person_id=tomas.person.id).status_code == 403


def test_the_download_comes_in_the_language_of_the_trainee(victim, tomas):
    tomas.post("pages.set_language", {"lang": "fi", "next": "/"})

    archive = taken(tomas.post("proof.make_download", person_id=tomas.person.id))

    assert '<html lang="fi"' in archive.read("verify.html").decode()
    assert json.loads(archive.read("records.json"))["language"] == "fi"


def test_every_seal_of_a_download_is_known_at_the_public_page(victim, tomas, world):
    archive = taken(tomas.post("proof.make_download", person_id=tomas.person.id))
    content = archive.read("records.json")
    form = {"bundle": (io.BytesIO(content), "records.json")}

    page = world.app.test_client().post("/verify?lang=en", data=form)

    assert "Nothing was changed" in page.text
    assert "All of it comes from here." in page.text
    for seal in json.loads(content)["seals"][:3]:
        assert read(world, seal["sha256"]).status_code == 200
    made_up = json.loads(content) | {"seals": []}
    form = {"bundle": (io.BytesIO(json.dumps(made_up).encode()), "records.json")}
    assert (
        "Something was changed" in world.app.test_client().post("/verify?lang=en", data=form).text
    )
