"""The operator asks whether anything was changed; scripts read the exit code."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, update

from lti_tool.domain.append_only import Upkeep
from lti_tool.domain.audit import AuditEvent
from lti_tool.domain.records import Revision
from lti_tool.domain.signing import Seal
from lti_tool.services.verification import verify_learners


@pytest.fixture
def lena(shelves):
    """A learner with two confirmed entries and a grade; everything is in the database."""
    lena = shelves.learner()
    for text in ("First.", "Second."):
        shelves.confirmed(lena, text)
    shelves.grade(lena)
    shelves.session.commit()
    return lena


@pytest.fixture
def change(shelves):
    """Change rows behind everybody's back."""

    def run(statement):
        shelves.session.add(Upkeep(reason="a test"))
        shelves.session.flush()
        shelves.session.execute(statement)
        shelves.session.execute(delete(Upkeep))
        shelves.session.commit()

    return run


def test_what_is_whole_is_said_to_be_valid(trellis, lena):
    done = trellis("verify")

    assert done.output == "3 records: 3 valid, 0 superseded, 0 erased, 0 changed\n"
    assert done.exit_code == 0


def test_a_changed_record_is_named_with_the_first_broken_link(trellis, shelves, lena, change):
    wanted = shelves.records[1].id
    change(update(Revision).where(Revision.record_id == wanted).values(locale="fr"))

    done, told = trellis("verify"), trellis("verify", "--json")

    assert (done.exit_code, told.exit_code) == (1, 1)
    assert f"learner {lena.id}: CHANGED, link 3" in done.output
    assert f"record {wanted} (logbook_entry)" in done.output
    finding = json.loads(told.output)
    changed = [one["id"] for one in finding["records"] if one["verdict"] == "changed"]
    assert changed == [str(wanted)]
    assert finding["first_broken_link"] == 3


def test_one_learner_or_one_platform_is_checked_alone(trellis, shelves, lena, change):
    other = shelves.learner("Otto Other")
    shelves.confirmed(other)
    change(update(Revision).where(Revision.author_id == other.id).values(locale="fr"))

    assert trellis("verify", "--person", lena.id).exit_code == 0
    assert trellis("verify", "--person", other.id).exit_code == 1
    assert trellis("verify", "--platform", shelves.platform.issuer).exit_code == 1
    assert trellis("verify", "--all", "--person", lena.id).exit_code == 2


def test_the_audit_trail_is_checked_line_by_line(trellis, shelves, lena):
    done = trellis("audit", "verify")

    assert done.exit_code == 0
    assert f"platform:{shelves.platform.id}: 5 lines, whole" in done.output


LINES = {
    "a changed line": (update(AuditEvent).values(action="record.waived"), "is not what was hashed"),
    "a line that is gone": (delete(AuditEvent), "a link is missing"),
}


@pytest.mark.parametrize("what", LINES)
def test_a_line_that_was_changed_or_taken_out_is_found(trellis, lena, change, what):
    statement, said = LINES[what]
    change(statement.where(AuditEvent.number == 3))

    done = trellis("audit", "verify")

    assert done.exit_code == 1
    assert said in done.output
    assert ", link 3" in done.output


def test_the_end_of_the_trail_cannot_be_cut_off_unseen(trellis, lena, change):
    change(delete(AuditEvent).where(AuditEvent.number == 5))

    done = trellis("audit", "verify", "--json")

    assert done.exit_code == 1
    [found] = json.loads(done.output)["breaks"]
    assert (found["problem"], found["link"]) == ("head_elsewhere", 5)


def test_heads_are_printed_to_be_kept_elsewhere(trellis, shelves, lena):
    last = shelves.session.scalar(select(AuditEvent.sha256).where(AuditEvent.number == 5))
    assert trellis("audit", "head").output == f"platform:{shelves.platform.id} 5 {last}\n"


def test_the_tail_shows_what_happened_last_of_all_or_of_one(trellis, shelves, lena):
    everything = trellis("audit", "tail").output.splitlines()
    of_one = trellis("audit", "tail", "--record", shelves.records[0].id, "--json").output

    assert len(everything) == 5
    assert "grade.given" in everything[-1]
    actions = [json.loads(line)["action"] for line in of_one.splitlines()]
    assert actions == ["record.submitted", "record.confirmed"]
    assert trellis("audit", "tail", "--person", uuid4()).output == ""


def test_work_that_goes_on_meanwhile_does_not_look_like_a_change(database, shelves, lena):
    """Facts and seals are read one after the other, while somebody hands in."""
    with database.snapshot() as session:
        before = session.scalars(select(Seal.id)).all()
        shelves.confirmed(lena, "Third.")
        shelves.session.commit()

        assert session.scalars(select(Seal.id)).all() == before
        [finding] = verify_learners(session, [lena.id])
    assert finding.is_whole
    assert finding.links == len(before)
