"""What may happen to an entry, and what may not."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from activities.logbook import service
from activities.logbook.models import LogbookEntry
from lti_tool.sdk import (
    InvalidInput,
    NotAllowed,
    RecordState,
    Revision,
    Role,
    StaleEdit,
    WrongState,
    latest_revision,
    signatures_of,
)
from tests.activities.logbook.conftest import CONTENT, Logbook

LONGER = replace(CONTENT, duration_minutes=120)


def revisions(logbook: Logbook) -> int:
    return logbook.session.scalar(select(func.count()).select_from(Revision)) or 0


def test_starting_twice_under_one_id_makes_one_entry(logbook: Logbook) -> None:
    id = uuid4()
    first, second = (
        service.start_entry(logbook.session, logbook.attempt, id=id, author=logbook.tomas)
        for _ in range(2)
    )
    assert first is second


def test_a_submitted_entry_waits_with_its_figures(logbook: Logbook) -> None:
    record = logbook.submitted()

    entry = logbook.session.get_one(LogbookEntry, record.id)
    assert record.state is RecordState.SUBMITTED
    assert record.happened_on == CONTENT.practised_on
    assert (entry.practised_on, entry.duration_minutes) == (CONTENT.practised_on, 90)
    assert entry.summary == "Baked rye bread."


def test_submitting_the_same_twice_makes_one_revision_and_one_statement(logbook: Logbook) -> None:
    logbook.submit(logbook.submitted())

    assert revisions(logbook) == 1
    assert logbook.verbs() == ["submitted"]


def test_a_submitted_entry_cannot_be_overwritten(logbook: Logbook) -> None:
    record = logbook.submitted()

    with pytest.raises(WrongState):
        logbook.submit(record, LONGER)

    assert revisions(logbook) == 1
    assert logbook.session.get_one(LogbookEntry, record.id).duration_minutes == 90


def test_only_the_writer_submits_an_entry(logbook: Logbook) -> None:
    record = logbook.draft()
    with pytest.raises(NotAllowed):
        service.submit_entry(logbook.session, record, CONTENT, author=logbook.meera)


def test_a_draft_cannot_be_countersigned(logbook: Logbook) -> None:
    record = logbook.draft()
    with pytest.raises(WrongState):
        service.countersign(logbook.session, record, logbook.signing(record))
    assert record.state is RecordState.DRAFT


def test_a_mentor_countersigns_what_she_saw(logbook: Logbook) -> None:
    record = logbook.countersigned()

    [(signature, signer)] = signatures_of(logbook.session, record)
    revision = latest_revision(logbook.session, record)
    assert record.state is RecordState.COUNTERSIGNED
    assert record.decided_at is not None
    assert (signer, signature.role, signature.locale) == (logbook.meera, Role.MENTOR, "cy")
    assert revision is not None
    assert signature.revision_sha256 == revision.sha256


def test_countersigning_twice_by_a_double_click_is_one_signature(logbook: Logbook) -> None:
    record = logbook.countersigned()

    service.countersign(logbook.session, record, logbook.signing(record))

    assert len(signatures_of(logbook.session, record)) == 1
    assert logbook.verbs() == ["submitted", "approved"]


def test_a_second_mentor_cannot_decide_again(logbook: Logbook) -> None:
    record = logbook.countersigned()
    with pytest.raises(WrongState):
        service.countersign(logbook.session, record, logbook.signing(record, by=logbook.tilda))


def test_a_countersigned_entry_is_final(logbook: Logbook) -> None:
    record = logbook.countersigned()
    back = logbook.signing(record, comment="No.")

    with pytest.raises(WrongState):
        service.send_back(logbook.session, record, back)
    with pytest.raises(WrongState):
        service.withdraw_entry(logbook.session, record, author=logbook.tomas)
    with pytest.raises(WrongState):
        logbook.submit(record, LONGER)

    assert record.state is RecordState.COUNTERSIGNED


def test_nobody_confirms_their_own_entry(logbook: Logbook) -> None:
    record = logbook.submitted()
    with pytest.raises(NotAllowed):
        service.countersign(logbook.session, record, logbook.signing(record, by=logbook.tomas))
    assert record.state is RecordState.SUBMITTED


def test_a_decision_on_an_outdated_page_is_refused(logbook: Logbook) -> None:
    record = logbook.submitted()
    seen = logbook.signing(record)
    service.withdraw_entry(logbook.session, record, author=logbook.tomas)
    logbook.submit(record, LONGER)

    with pytest.raises(StaleEdit):
        service.countersign(logbook.session, record, seen)

    assert record.state is RecordState.SUBMITTED
    assert signatures_of(logbook.session, record) == []


def test_sending_back_needs_a_comment(logbook: Logbook) -> None:
    record = logbook.submitted()
    with pytest.raises(InvalidInput):
        service.send_back(logbook.session, record, logbook.signing(record))
    assert record.state is RecordState.SUBMITTED


def test_a_returned_entry_comes_again_as_the_next_revision(logbook: Logbook) -> None:
    record = logbook.submit(logbook.returned(), LONGER)

    revision = latest_revision(logbook.session, record)
    assert record.state is RecordState.SUBMITTED
    assert revision is not None
    assert revision.number == 2
    assert revisions(logbook) == 2
    assert logbook.session.get_one(LogbookEntry, record.id).duration_minutes == 120


def test_an_entry_taken_back_is_a_draft_again(logbook: Logbook) -> None:
    record = logbook.submitted()
    service.withdraw_entry(logbook.session, record, author=logbook.tomas)
    assert record.state is RecordState.DRAFT


def test_an_entry_sent_back_before_stays_visible_when_taken_back(logbook: Logbook) -> None:
    record = logbook.submit(logbook.returned(), LONGER)
    service.withdraw_entry(logbook.session, record, author=logbook.tomas)
    assert record.state is RecordState.RETURNED


def test_deleting_a_draft_deletes_what_was_typed(logbook: Logbook) -> None:
    record = logbook.draft()
    record.draft = {"text-topics": ["Half a sentence"]}
    service.discard_entry(logbook.session, record, author=logbook.tomas)
    assert (record.state, record.draft) == (RecordState.WITHDRAWN, None)


def test_a_submitted_entry_cannot_be_deleted(logbook: Logbook) -> None:
    record = logbook.submitted()
    with pytest.raises(WrongState):
        service.discard_entry(logbook.session, record, author=logbook.tomas)


def test_the_database_refuses_an_entry_without_time(logbook: Logbook) -> None:
    with pytest.raises(IntegrityError):
        logbook.submitted(replace(CONTENT, duration_minutes=0))


def test_decisions_answer_the_submission_they_are_about(logbook: Logbook) -> None:
    record = logbook.submit(logbook.returned(), LONGER)
    service.countersign(logbook.session, record, logbook.signing(record))

    sent, returned, sent_again, approved = logbook.statements()
    number = "https://w3id.org/trellis-wbl/xapi/extensions/submission-number"
    assert returned["context"]["statement"]["id"] == sent["id"]
    assert approved["context"]["statement"]["id"] == sent_again["id"]
    assert sent["result"]["duration"] == "PT1H30M"
    assert [s["context"]["extensions"][number] for s in (sent, sent_again)] == [1, 2]
    assert sent["context"]["instructor"]["account"]["name"] == str(logbook.meera.pseudonym)


def test_statements_hold_nothing_that_was_typed(logbook: Logbook) -> None:
    logbook.submit(logbook.returned(), LONGER)
    told = str(logbook.statements())
    assert told
    assert not [word for word in ("rye", "Say more", "Tomas", "Meera") if word in told]
