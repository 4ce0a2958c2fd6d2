"""A sandbox that is kept in a file."""

from __future__ import annotations

import json
import stat

import jwt

from lti_tool.sandbox import Sandbox, create_sandbox_app
from tests.sandbox.conftest import VLE

T0 = "2026-11-21T10:00:00Z"


def test_everything_is_there_again_after_a_restart(world, cast, column, tmp_path):
    headers = world.bearer()
    world.score(column, cast.tomas, 80, T0, comment="Well done")
    signed = world.sandbox.sign({"sub": "1"})
    path = tmp_path / "sandbox.json"
    world.sandbox.save(path)

    world.sandbox = Sandbox.load(path, VLE, fetch_keyset=world.stub.keyset)
    world.vle = create_sandbox_app(world.sandbox).test_client()

    assert world.grade(column, cast.tomas) == (80, "Well done")
    assert world.claims(signed)["sub"] == "1"
    assert len(world.roster(headers=headers).json["members"]) == 8
    assert world.score(column, cast.tomas, 70, T0).status_code == 409


def test_new_ids_go_on_after_a_restart(world, tmp_path):
    path = tmp_path / "sandbox.json"
    world.sandbox.save(path)

    again = Sandbox.load(path, VLE)

    known = set(world.sandbox.tables.people)
    assert again.add_person("New").id not in known


def test_a_missing_file_begins_an_empty_sandbox_that_is_kept_there(tmp_path):
    path = tmp_path / "sandbox.json"

    sandbox = Sandbox.load(path, VLE)
    sandbox.add_course("X1")
    sandbox.save()

    assert [row["label"] for row in json.loads(path.read_text("utf-8"))["courses"]] == ["X1"]


def test_the_file_is_for_its_owner_only(world, tmp_path):
    path = tmp_path / "sandbox.json"
    world.sandbox.save(path)
    world.sandbox.save(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_every_change_over_the_web_is_kept_at_once(world, cast, column, tmp_path):
    world.sandbox.state_path = tmp_path / "sandbox.json"

    world.score(column, cast.tomas, 80)

    kept = json.loads(world.sandbox.state_path.read_text("utf-8"))["cells"]
    assert [(cell["person_id"], cell["score"]) for cell in kept] == [(cast.tomas.id, 80)]


def test_the_private_key_never_leaves_by_the_web(world, logbook):
    keyset = world.vle.get("/mod/lti/certs.php").json["keys"][0]

    assert keyset.keys() == {"kty", "alg", "kid", "use", "e", "n"}
    assert jwt.PyJWK(keyset).key_type == "RSA"
