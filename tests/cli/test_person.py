"""People's rights at the command line: found, exported, held, forgotten, and still provable."""

import json
import zipfile
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, text, update

from config.settings import Settings
from lti_tool.domain.append_only import Upkeep
from lti_tool.domain.audit import AuditEvent
from lti_tool.domain.base import utc_now
from lti_tool.domain.evidence import Evidence, StoredFile
from lti_tool.domain.people import Membership
from lti_tool.domain.records import RecordState, Revision
from lti_tool.domain.signing import Signature
from lti_tool.evidence.store import content_key, open_store
from lti_tool.outbox.models import Delivery, DeliveryState
from lti_tool.outbox.queue import enqueue
from lti_tool.services.blanking import Names
from lti_tool.services.bundle_check import check_bundle, read_bundle

NAME = "Lena Zwetschge"
PHOTO = b"A photo of Lena's."
WORDS = ("Zwetschge", "lena@example.org", "Marzipan", "Praline", "Nougat", "Caramel", "holiday.jpg")


@pytest.fixture
def lena(shelves):
    """Lena's words in every place that has words, and a neighbour whose mentor names her."""
    session, lena = shelves.session, shelves.learner(NAME)
    lena.sub, lena.locale = "lena-at-the-platform", "sv"
    shelves.confirmed(lena, "Marzipan.", comment="Praline, dear Lena.")
    amended = shelves.confirmed(lena, "More.", wording=f"I saw {NAME} do it.")
    amended.state = RecordState.RETURNED
    _add_photo(session, amended, lena)
    shelves.hand_in(amended, lena, "Marzipan again.", reason="Nougat.")
    shelves.grade(lena, comment="Caramel.")
    draft = shelves.submitted(lena)
    draft.draft = {"text-subject": ["Marzipan"]}
    enqueue(
        session,
        "statement",
        id=uuid4(),
        destination="lrs",
        key=f"statement:{lena.pseudonym}",
        subject="x",
        body="{}",
    )
    session.flush()
    session.commit()
    return lena


def _add_photo(session, record, person):
    stored = StoredFile(sha256=sha256(PHOTO).hexdigest(), size=len(PHOTO), media_type="image/jpeg")
    open_store(Settings()).put(content_key(stored.sha256), BytesIO(PHOTO))
    session.add(stored)
    session.flush()
    session.add(
        Evidence(record_id=record.id, sha256=stored.sha256, name="holiday.jpg", person_id=person.id)
    )
    session.flush()


def whole_database(database):
    """Everything in every table as text."""
    with database.reading() as session:
        tables = session.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'table'")
            if database.is_sqlite
            else text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        )
        rows = [session.execute(text(f'SELECT * FROM "{name}"')).all() for (name,) in tables]  # noqa: S608
    return repr(rows)


def erase(trellis, person, *more):
    return trellis("person", "erase", person.id, "--reason", "Asked by letter.", *more)


def test_people_are_found_by_a_part_of_name_address_or_id(trellis, shelves, lena):
    for part in ("zwetsch", "LENA@", str(lena.id)[:8]):
        assert (
            f"{lena.id}  {NAME}, lena@example.org, account"
            in trellis("person", "find", part).output
        )
    assert trellis("person", "find", "100%").output == ""


def test_a_person_who_is_erased_leaves_no_word_behind(trellis, database, lena):
    before = whole_database(database)
    assert all(word in before for word in WORDS)

    done = erase(trellis, lena)

    assert done.exit_code == 0, done.output
    after = whole_database(database)
    for word in (*WORDS, "lena-at-the-platform"):
        assert word not in after, word


def test_what_was_erased_is_told_from_what_was_changed(trellis, shelves, lena):
    other = shelves.learner("Otto Other")
    shelves.confirmed(other)
    shelves.session.commit()

    erase(trellis, lena)
    done = trellis("verify")

    assert done.exit_code == 0, done.output
    assert "1 valid, 0 superseded, 4 erased, 0 changed" in done.output
    assert trellis("audit", "verify").exit_code == 0


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("revision", {"content": {"texts": {"subject": "I never wrote this."}}}),
        ("revision", {"happened_on": None}),
        ("signature", {"decision": "returned"}),
        ("signature", {"comment": "Never said."}),
        ("grade", {"given": 99}),
    ],
)
def test_nobody_can_hide_a_change_behind_an_erasure(trellis, shelves, lena, table, values):
    from lti_tool.domain.base import Base

    erase(trellis, lena)
    session = shelves.session
    session.expire_all()
    session.add(Upkeep(reason="a test"))
    session.flush()
    session.execute(update(Base.metadata.tables[table]).values(values))
    session.execute(delete(Upkeep))
    session.commit()

    assert trellis("verify").exit_code == 1


def test_what_had_been_changed_before_stays_changed_after_an_erasure(trellis, shelves, lena):
    session = shelves.session
    session.add(Upkeep(reason="a test"))
    session.flush()
    first = session.scalars(select(Revision).order_by(Revision.created_at)).first()
    session.execute(update(Revision).where(Revision.id == first.id).values(locale="fr"))
    session.execute(delete(Upkeep))
    session.commit()

    erase(trellis, lena)
    done = trellis("verify")

    assert done.exit_code == 1
    assert "had been changed before it was erased" in done.output


def test_a_record_marked_as_erased_without_a_line_in_the_trail_is_changed(trellis, shelves, lena):
    session = shelves.session
    session.add(Upkeep(reason="a test"))
    session.flush()
    session.execute(update(Revision).values(content={}, erased_at=utc_now()))
    session.execute(delete(Upkeep))
    session.commit()

    assert trellis("verify").exit_code == 1


def test_a_rehearsal_says_the_same_and_changes_nothing(trellis, database, lena):
    before = whole_database(database)

    told = json.loads(erase(trellis, lena, "--dry-run").output)

    assert whole_database(database) == before
    done = json.loads(erase(trellis, lena).output)
    assert told["dry_run"] is True
    assert (told["counts"], told["files"], told["statements"]) == (
        done["counts"],
        done["files"],
        done["statements"],
    )
    assert done["counts"]["revisions"] == 4
    assert done["files"] == [sha256(PHOTO).hexdigest()]
    assert len(done["statements"]) == 1


def test_a_legal_hold_keeps_everything(trellis, database, lena):
    trellis("person", "hold", lena.id, "--reason", "case 12")
    before = whole_database(database)

    refused = erase(trellis, lena)

    assert refused.exit_code == 1
    assert "legal hold" in refused.output
    assert whole_database(database) == before
    assert "HELD" in trellis("person", "find", "zwetsch").output
    assert trellis("person", "hold", lena.id).exit_code == 2
    assert trellis("person", "hold", lena.id, "--release").exit_code == 0
    assert erase(trellis, lena).exit_code == 0
    assert erase(trellis, lena).exit_code == 1


def test_a_mentor_who_is_erased_leaves_the_signatures_of_others_standing(
    trellis, shelves, lena, database
):
    mentor = shelves.mentor
    mentor.name, mentor.sub = "Meera Quitte", None
    shelves.confirmed(lena, "Signed by Quitte.", comment="Meera says: well done.")
    shelves.session.commit()

    done = json.loads(erase(trellis, mentor).output)

    assert trellis("verify").exit_code == 0
    with database.reading() as session:
        signed = session.scalars(select(Signature).order_by(Signature.signed_at)).all()
    assert {one.signer_name for one in signed} == {"…"}
    assert signed[-1].comment == "… says: well done."
    assert {one.signer_id for one in signed} == {mentor.id}
    assert done["mentioned_in"] == [str(shelves.records[-1].id)]


def test_two_who_are_erased_one_after_the_other_leave_it_provable(trellis, shelves, lena):
    erase(trellis, shelves.mentor)
    erase(trellis, lena)

    done = trellis("verify")

    assert done.exit_code == 0, done.output
    assert "4 erased" in done.output


def test_statements_can_be_voided_where_they_were_sent(trellis, shelves, lena, database):
    told = shelves.session.scalars(select(Delivery).where(Delivery.kind == "statement")).one()
    told.state, told.sent_at = DeliveryState.SENT, utc_now()
    shelves.session.commit()

    erase(trellis, lena, "--void")

    with database.reading() as session:
        others = Delivery.kind == "statement", Delivery.id != told.id
        bodies = session.scalars(select(Delivery.body).where(*others))
        [made] = [json.loads(body) for body in bodies]
    assert made["object"] == {"objectType": "StatementRef", "id": str(told.id)}


def test_an_export_has_everything_of_a_person_and_can_be_checked(trellis, lena, tmp_path, database):
    to = tmp_path / "lena.zip"

    done = trellis("person", "export", lena.id, "--to", to)

    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(to) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert check_bundle(read_bundle(found["records.json"])).is_whole
    about = json.loads(found["about.json"])
    assert (about["name"], about["account"]) == (NAME, "lena-at-the-platform")
    assert b"Marzipan" in found["private.json"], "her draft"
    assert '<html lang="sv"' in found["README.html"].decode()
    assert "Meera Mentor" in found["README.html"].decode(), "somebody else who is named"
    with database.reading() as session:
        lines = session.scalars(select(AuditEvent).where(AuditEvent.action == "person.exported"))
        assert [line.subject_id for line in lines] == [lena.id]


def test_what_a_mentor_signed_is_in_the_mentors_export(trellis, shelves, lena, tmp_path):
    to = tmp_path / "mentor.zip"
    trellis("person", "export", shelves.mentor.id, "--to", to)

    with zipfile.ZipFile(to) as archive:
        about = json.loads(archive.read("about.json"))
        records = json.loads(archive.read("records.json"))["records"]
    assert len(about["signed"]) == 2
    assert records == []


def test_an_erased_person_has_a_bundle_that_still_verifies(trellis, lena, tmp_path):
    erase(trellis, lena)
    to = tmp_path / "after.zip"

    trellis("person", "export", lena.id, "--to", to)

    with zipfile.ZipFile(to) as archive:
        finding = check_bundle(read_bundle(archive.read("records.json")))
        shown = b"".join(archive.read(name) for name in archive.namelist())
    assert finding.is_whole
    assert {one.verdict.value for one in finding.records} == {"erased"}
    assert b"Marzipan" not in shown


def leave(shelves, person, years):
    at = utc_now() - timedelta(days=366 * years)
    of_them = update(Membership).where(Membership.person_id == person.id)
    shelves.session.execute(of_them.values(left_at=at))
    shelves.session.commit()


def test_records_are_kept_as_long_as_the_platform_says(trellis, shelves, lena, tmp_path):
    held, stays = shelves.learner("Hella Held"), shelves.learner("Stig Stays")
    for person, years in ((lena, 7), (held, 7)):
        leave(shelves, person, years)
    trellis("person", "hold", held.id, "--reason", "case 12")
    assert "0 people" in trellis("purge", "--dry-run").output, "kept for ever at first"
    issuer = shelves.platform.issuer
    assert "8 years" in trellis("platform", "retention", issuer, 8).output
    assert "0 people" in trellis("purge", "--yes").output
    trellis("platform", "retention", issuer, 6)

    rehearsed = trellis("purge", "--dry-run")
    certificate = tmp_path / "certificate.json"
    done = trellis("purge", "--yes", "--certificate", certificate)

    assert f"{lena.id}: would be erased" in rehearsed.output
    assert f"{held.id}: kept, on legal hold" in done.output
    [erased] = json.loads(certificate.read_text("utf-8"))["erased"]
    assert UUID(erased["person"]) == lena.id
    assert str(stays.id) not in done.output
    assert "0 people" in trellis("purge", "--yes").output
    assert trellis("verify").exit_code == 0
    assert trellis("platform", "retention", issuer).exit_code == 2
    assert "for ever" in trellis("platform", "retention", issuer, "--for-ever").output


def test_nothing_is_purged_without_saying_so(trellis, database):
    assert trellis("purge").exit_code == 2
    assert trellis("purge", "--dry-run", "--yes").exit_code == 2


def test_a_platform_takes_everybody_along_when_its_contract_ends(trellis, shelves, lena, tmp_path):
    other = shelves.learner("Otto Other")
    shelves.confirmed(other)
    shelves.session.commit()
    folder = tmp_path / "all"

    done = trellis("platform", "export", shelves.platform.issuer, "--to", folder)

    assert done.output == f"2 learners in {folder}\n"
    assert {path.name for path in folder.iterdir()} == {f"{one.id}.zip" for one in (lena, other)}
    for path in folder.iterdir():
        with zipfile.ZipFile(path) as archive:
            assert check_bundle(read_bundle(archive.read("records.json"))).is_whole
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    trellis("platform", "export", shelves.platform.issuer, "--to", folder)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_the_records_of_somebody_on_hold_keep_the_name_of_their_mentor(trellis, shelves, lena):
    trellis("person", "hold", lena.id, "--reason", "case 12")

    done = json.loads(erase(trellis, shelves.mentor).output)

    assert done["held_back"] == [str(lena.id)]
    shelves.session.expire_all()
    names = set(shelves.session.scalars(select(Signature.signer_name)))
    assert names == {"Meera Mentor"}


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Anna van den Berg said so.", "… said so."),
        ("ANNA VAN DEN BERG", "…"),
        ("Anna, on the berg, den 5 maj", "…, on the berg, den 5 maj"),
        ("Annabel and Bergen", "Annabel and Bergen"),
        ("Mail anna@example.org!", "Mail …!"),
    ],
)
def test_names_are_found_and_words_that_look_like_them_stay(said, left):
    assert Names(["Anna van den Berg", None, "anna@example.org"]).out_of(said) == left
    assert Names([None]).out_of(said) == said
