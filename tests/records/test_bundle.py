"""What somebody takes away: whole, provable without us, and without what is private."""

import io
import json
import zipfile
from types import SimpleNamespace

import pytest
from pypdf import PdfReader

from lti_tool.domain.records import Record, RecordState, Visibility
from lti_tool.domain.roles import Role
from lti_tool.services.bundle import Reader, choose
from lti_tool.services.bundle_check import NotABundle, check_bundle, read_bundle
from lti_tool.services.printout import render, text_value
from lti_tool.services.verification import Verdict
from lti_tool.web.takeaway import zip_of
from tests.cast import ONE_ENGINE
from tests.records.library import library

WELSH = "Dywedaf fod hyn wedi digwydd fel y'i hysgrifennwyd."


@pytest.fixture
def shelf(world):
    """A learner with a confirmed, an amended and a graded record, in an open transaction."""
    with (
        world.app.test_request_context("/?lang=is"),
        world.database.transaction() as session,
    ):
        shelves = library(session)
        lena = shelves.learner("Lena Lærling")
        shelves.confirmed(lena, "Ég bakaði brauð.", wording=WELSH, locale="cy", comment="Da iawn.")
        amended = shelves.confirmed(lena, "#strong[*Saffran*] $x$ @y")
        amended.state = RecordState.RETURNED
        shelves.hand_in(amended, lena, "Saffran og salt.", reason="Rangur dagur.")
        shelves.grade(lena)
        session.flush()
        own = Reader(person_id=lena.id, role=Role.TRAINEE)
        tutor = Reader(person_id=shelves.tutor.id, role=Role.TUTOR, course_id=shelves.course.id)
        yield SimpleNamespace(session=session, lena=lena, shelves=shelves, own=own, tutor=tutor)


def opened(shelf, reader, **more):
    with zip_of(shelf.session, shelf.lena, reader, **more) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def bundle(archive):
    return read_bundle(archive.read("records.json"))


def verdicts(found):
    return [one.verdict for one in check_bundle(found).records]


def test_a_bundle_is_whole_by_its_own_words(shelf):
    archive = opened(shelf, shelf.own)

    wanted = ["records.json", "record.pdf", "README.html", "verify.html", "about.json"]
    assert archive.namelist() == wanted
    assert all(one.compress_type == zipfile.ZIP_STORED for one in archive.infolist())
    found = bundle(archive)
    assert check_bundle(found).is_whole
    assert verdicts(found) == [Verdict.VALID, Verdict.SUPERSEDED, Verdict.VALID]
    signed = [f for r in found["records"] for f in r["facts"] if f["kind"] == "signature"]
    assert json.loads(signed[0]["words"])["wording"] == WELSH


def places(found):
    """Every text in a bundle that a hash covers, as ways to reach it."""
    for group in ("records", "grades"):
        for number, one in enumerate(found[group]):
            for place, _fact in enumerate(one["facts"]):
                for name in ("words", "sha256", "id"):
                    yield (group, number, "facts", place, name)
    for number, _seal in enumerate(found["seals"]):
        for name in ("words", "sha256"):
            yield ("seals", number, name)


def with_a_change(found, place):
    changed = json.loads(json.dumps(found))
    *way, last = place
    at = changed
    for step in way:
        at = at[step]
    middle = len(at[last]) // 2
    letter = "0" if at[last][middle] != "0" else "1"
    at[last] = at[last][:middle] + letter + at[last][middle + 1 :]
    return changed


def test_one_character_changed_anywhere_in_what_is_hashed_is_found(shelf):
    found = bundle(opened(shelf, shelf.own))
    tried = 0
    for place in places(found):
        try:
            finding = check_bundle(with_a_change(found, place))
        except NotABundle:
            continue
        tried += 1
        assert not finding.is_whole, place
        if place[0] == "records":
            assert finding.records[place[1]].verdict is Verdict.CHANGED
    assert tried > 20


def test_a_tutor_gets_one_course_and_nothing_of_the_next(shelf):
    other = library(shelf.session, issuer="https://other.example.org")
    elsewhere = other.confirmed(shelf.lena, "Somewhere else.")

    own, tutors = bundle(opened(shelf, shelf.own)), bundle(opened(shelf, shelf.tutor))

    assert str(elsewhere.id) in [one["id"] for one in own["records"]]
    assert str(elsewhere.id) not in json.dumps(tutors)
    assert check_bundle(tutors).is_whole


PRIVATE = [
    (Visibility.MENTOR_PRIVATE, "mentor"),
    (Visibility.WELFARE, "tutor"),
    (Visibility.WELFARE, "mentor"),
    (Visibility.LEARNER_PRIVATE, "lena"),
]


def note(shelf, visibility, author, word):
    people = {"lena": shelf.lena, "mentor": shelf.shelves.mentor, "tutor": shelf.shelves.tutor}
    record = shelf.shelves.submitted(shelf.lena, word)
    shelf.shelves.sign(record, comment=f"{word} signed")
    record.visibility, record.author_id = visibility, people[author].id
    shelf.session.flush()
    return record


def everything(archive):
    """All bytes of a zip as text, what is printed included."""
    shown = [
        page.extract_text() for page in PdfReader(io.BytesIO(archive.read("record.pdf"))).pages
    ]
    return {
        **{name: archive.read(name).decode(errors="replace") for name in archive.namelist()},
        "record.pdf": "\n".join(shown),
    }


@pytest.mark.parametrize(("visibility", "author"), PRIVATE)
@pytest.mark.parametrize("reader", ["own", "tutor"])
def test_what_is_private_stands_in_no_bundle_that_others_read(shelf, reader, visibility, author):
    record = note(shelf, visibility, author, "Xylophone")

    found = everything(opened(shelf, getattr(shelf, reader)))

    is_own = visibility is Visibility.LEARNER_PRIVATE and reader == "own"
    with_it = {
        name for name, text in found.items() if "Xylophone" in text or str(record.id) in text
    }
    assert with_it == ({"private.json"} if is_own else set())


def test_what_the_tutor_may_see_and_the_mentor_not_does_stand_there(shelf):
    note(shelf, Visibility.LEARNER_TUTOR, "lena", "Quokka")
    for reader in (shelf.own, shelf.tutor):
        assert "Quokka" in everything(opened(shelf, reader))["records.json"]


def test_a_draft_is_only_in_the_learners_own_file(shelf):
    record = shelf.session.get_one(Record, shelf.shelves.records[1].id)
    record.draft = {"text-subject": ["Xylophone"]}
    shelf.session.flush()

    own = everything(opened(shelf, shelf.own))

    assert [name for name, text in own.items() if "Xylophone" in text] == ["private.json"]
    assert "Xylophone" not in "".join(everything(opened(shelf, shelf.tutor)).values())


def test_files_lie_beside_by_their_hash(shelf):
    chosen = choose(shelf.session, shelf.lena, shelf.own)
    assert chosen.records
    name, asked = "ab" * 32, []

    def store(sha256):
        asked.append(sha256)
        return [b"a", b"b"]

    revision = next(row for (kind, _), row in chosen.facts.items() if kind == "revision")
    revision.evidence.append({"sha256": name, "name": "../../x.html", "size": 2})
    import lti_tool.web.takeaway as takeaway

    with zipfile.ZipFile(io.BytesIO(), "w") as archive:
        for one in takeaway.files_of(chosen):
            takeaway._add_file(archive, one, store)
        assert archive.namelist() == [f"files/{name}"]
    assert asked == [name]


def pdf(shelf, reader):
    return PdfReader(io.BytesIO(opened(shelf, reader).read("record.pdf")))


def test_the_pdf_is_tagged_and_has_title_and_language(shelf):
    made = pdf(shelf, shelf.own)

    root = made.trailer["/Root"]
    assert root["/Lang"] == "is"
    assert root["/MarkInfo"]["/Marked"]
    assert "Lena Lærling" in made.metadata.title
    assert "pdfuaid" in root["/Metadata"].get_object().get_data().decode()
    kinds = set()
    todo = [root["/StructTreeRoot"]]
    while todo:
        node = todo.pop().get_object()
        if isinstance(node, list):
            todo += node
        elif isinstance(node, dict):
            kinds.add(node.get("/S"))
            todo += [node["/K"]] if "/K" in node and not isinstance(node["/K"], int) else []
    assert {"/H1", "/H2", "/H3", "/Figure", "/Link"} <= kinds


def test_the_pdf_prints_words_as_they_are_and_each_signature_in_its_language(shelf):
    text = " ".join("".join(p.extract_text() for p in pdf(shelf, shelf.own).pages).split())

    assert "Ég bakaði brauð." in text
    assert all(word in text for word in ("#strong[*Saffran*]", "$x$", "@y"))
    assert WELSH in text.replace("’", "'")
    assert "Da iawn." in text


def test_paper_says_what_a_signer_was_called_then_and_is_called_now(shelf):
    shelf.shelves.mentor.name = "Meera Newlywed"
    shelf.session.flush()

    text = "".join(page.extract_text() for page in pdf(shelf, shelf.own).pages)

    assert "Meera Mentor" in text
    assert "Meera Newlywed" in text


def test_every_step_on_paper_has_the_address_to_check_it(shelf):
    chosen = choose(shelf.session, shelf.lena, shelf.own)
    text = "".join("".join(p.extract_text() for p in pdf(shelf, shelf.own).pages).split())
    text = text.replace("\u200b", "")
    for seal in chosen.papers.seals:
        assert f"/verify/{seal.sha256}" in text


ODD = {
    "right to left": "שלום עולם 12",
    "arabic": "مرحبا بالعالم",
    "a very long word": "Lentokonesuihkuturbiinimoottoriapumekaanikkoaliupseerioppilas" * 8,
    "an address": "https://example.org/" + "a" * 400,
    "markup": '#import "x": * \n= No heading\n$ #panic() $ `x` \\ <a> @b // c /* d',
    "no font has it": "\U0001f600 \U00012000 \ue000",
    "our letters": "ŵŷ ðþæö åäö øæ éèçœ ÐÞ € – “”",
    "nothing": "",
}


@ONE_ENGINE
@pytest.mark.parametrize("what", ODD)
def test_odd_texts_are_printed_and_never_markup(world, what):
    data = {
        "title": "T",
        "author": "Trellis",
        "lang": "fi",
        "intro": [],
        "check": "C",
        "records": [
            {
                "title": ODD[what],
                "intro": [text_value(ODD[what], "cy")],
                "steps": [
                    {
                        "title": ODD[what],
                        "when": "",
                        "lines": [{"label": ODD[what], "value": text_value(ODD[what], "is")}],
                        "code": None,
                    }
                ],
            }
        ],
    }

    made = PdfReader(io.BytesIO(render(data)))

    shown = "".join(page.extract_text() for page in made.pages)
    if what in ("markup", "our letters"):
        assert "".join(ODD[what].split()) in "".join(shown.split()).replace("\u200b", "")
    if what in ("a very long word", "an address"):
        assert len(made.pages) <= 2
    assert text_value(ODD[what], "cy")["rtl"] == (what in ("right to left", "arabic"))
