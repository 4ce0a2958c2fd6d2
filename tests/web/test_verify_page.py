"""Anybody with a code learns whether it is still so, and nothing about anybody."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from lti_tool.domain.append_only import Upkeep
from lti_tool.domain.records import Record, RecordState, Visibility
from lti_tool.domain.signing import Seal, SealKind
from lti_tool.services.environment import environment
from lti_tool.web import verify
from lti_tool.web.rate import Throttle
from tests.records.library import library


@pytest.fixture
def shelf(world, monkeypatch):
    """A learner with a confirmed entry, an amended one and two grades; and their codes."""
    monkeypatch.setattr(verify, "throttle", Throttle(1_000, 60))
    with world.app.test_request_context(), world.database.transaction() as session:
        assert environment(session)
        shelves = library(session)
        lena = shelves.learner("Lena Learner")
        shelves.confirmed(lena, "Sesame.", comment="Cardamom.")
        amended = shelves.confirmed(lena, "Saffron.")
        amended.state = RecordState.RETURNED
        shelves.hand_in(amended, lena, "Turmeric.", reason="Nutmeg.")
        shelves.grade(lena, "70", "Cinnamon.")
        shelves.grade(lena, "80", "Cloves.")
    return shelves


@pytest.fixture
def codes(world, shelf):
    with world.database.reading() as session:
        return [(s.kind, s.sha256) for s in session.scalars(select(Seal).order_by(Seal.number))]


def read(world, code, language="en"):
    return world.app.test_client().get(f"/verify/{code}?lang={language}")


SAID = ["Valid", "Valid", "newer", "newer", "Valid", "newer", "Valid"]


def test_every_code_says_valid_or_that_there_is_something_newer(world, codes):
    pages = [read(world, code) for _, code in codes]

    assert [page.status_code for page in pages] == [200] * 7
    for page, said in zip(pages, SAID, strict=True):
        title = page.text.split("<title>")[1].split("</title>")[0]
        assert title == ("Valid" if said == "Valid" else "Valid, and there is something newer")
    assert "Signed in to the course" in pages[1].text
    assert "20 January 2026" in pages[1].text


def test_no_page_has_a_name_or_a_typed_word(world, shelf, codes):
    spices = ["Sesame", "Cardamom", "Saffron", "Turmeric", "Nutmeg", "Cinnamon", "Cloves"]
    for _, code in codes:
        page = read(world, code).text
        for word in (*spices, "Lena", "Meera", "Tilda", "example.org", str(shelf.mentor.id)):
            assert word not in page


def test_a_changed_record_says_so_under_each_of_its_codes(world, shelf, codes):
    with world.database.transaction() as session:
        upkeep = Upkeep(reason="a test")
        session.add(upkeep)
        session.flush()
        seal = session.query(Seal).filter_by(sha256=codes[0][1]).one()
        seal.created_at = seal.created_at.replace(microsecond=1)
        session.flush()
        session.delete(upkeep)

    titles = [read(world, code).text.split("<title>")[1].split("</title>")[0] for _, code in codes]

    assert titles[0] == "Changed"
    assert "Changed" not in titles[2:]


def test_unknown_misspelt_and_private_codes_look_alike(world, shelf, codes):
    with world.database.transaction() as session:
        record = session.get_one(Record, shelf.records[0].id)
        record.visibility = Visibility.WELFARE
    private = codes[0][1]
    pages = [read(world, code) for code in (private, "0" * 64, "abc", "x" * 64, uuid4().hex)]

    assert {page.status_code for page in pages} == {404}
    shown = {page.text.split("<main")[1].split("</main>")[0] for page in pages}
    assert len(shown) == 1


def test_a_code_may_be_pasted_with_its_address_and_spaces(world, codes):
    code = codes[0][1]
    spaced = " ".join(code[i : i + 8] for i in range(0, 64, 8)).upper()

    for typed in (f"https://trellis.example.org/verify/{code}", spaced):
        answer = world.app.test_client().get("/verify", query_string={"code": typed})
        assert answer.location == f"/verify/{code}"
    answer = world.app.test_client().get("/verify", query_string={"code": "hello"})
    assert "This is not a code" in answer.text


def test_guessing_is_slowed_down(world, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(verify, "throttle", Throttle(3, 60, clock=lambda: now[0]))

    answers = [read(world, "0" * 64).status_code for _ in range(4)]
    now[0] = 61
    answers.append(read(world, "0" * 64).status_code)

    assert answers == [404, 404, 404, 429, 404]


@pytest.mark.parametrize("posted", [b"", b"{}", b"[[", b'{"format": "trellis-bundle"}'])
def test_what_is_no_bundle_is_said_to_be_none(world, shelf, posted):
    import io

    form = {"bundle": (io.BytesIO(posted), "records.json")}
    answer = world.app.test_client().post("/verify", data=form)

    assert answer.status_code == 422
    assert "This is not a bundle" in answer.text


def test_kinds_of_codes_are_told_apart(codes):
    kinds = [SealKind.REVISION, SealKind.SIGNATURE] * 2
    assert [kind for kind, _ in codes] == [*kinds, SealKind.REVISION, *[SealKind.GRADE] * 2]
