"""Revisions, signatures, moves and seals: what is bound together, and in which order."""

from decimal import Decimal
from hashlib import sha256

import pytest
from sqlalchemy import select

from lti_tool.domain.audit import AuditEvent
from lti_tool.domain.errors import InvalidInput, NotAllowed, StaleEdit, WrongState
from lti_tool.domain.grading import Score
from lti_tool.domain.records import RecordState, Visibility
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Decision, Seal, SealKind, Signature
from lti_tool.services.audit import line_of
from lti_tool.services.chains import canonical_json, content_hash
from lti_tool.services.grades import give_grade
from lti_tool.services.moves import pull_back, reopen
from lti_tool.services.notes import make_welfare
from lti_tool.services.revisions import envelope, latest_revision, revisions_of
from lti_tool.services.sealing import grade_statement, link_of
from lti_tool.services.signing import (
    is_withdrawn,
    sign_record,
    signatures_of,
    statement_of,
    withdraw_signature,
)
from lti_tool.services.visibility import may_see

CONFIRMED = Decision.CONFIRMED


def confirmed(desk):
    record = desk.submitted()
    signature = sign_record(desk.session, record, desk.signing(record), CONFIRMED)
    record.state = RecordState.COUNTERSIGNED
    desk.session.flush()
    return record, signature


def reopened(desk):
    record, signature = confirmed(desk)
    reopen(desk.session, record, by=desk.tilda, role=Role.TUTOR, reason="The day is wrong.")
    return record, signature


def test_the_hash_of_a_revision_covers_all_that_belongs_to_it(desk):
    revision = latest_revision(desk.session, desk.submitted("Þetta er íslenska."))

    spelt = canonical_json(envelope(revision))

    assert revision.sha256 == sha256(spelt.encode()).hexdigest()
    assert '"Þetta er íslenska."' in spelt
    for part in ("2026-01-20", str(revision.template_version_id), str(desk.tomas.id)):
        assert part in spelt


def test_the_hashes_hold_after_everything_was_read_from_the_database_again(desk):
    record, signature = confirmed(desk)
    score = Score(given=Decimal(7), maximum=Decimal(10))
    grade = give_grade(desk.session, desk.attempt, score, author=desk.tilda, comment="Gut.")
    desk.session.expire_all()
    revision = latest_revision(desk.session, record)

    subjects = {
        revision.id: content_hash(envelope(revision)),
        signature.id: content_hash(statement_of(desk.session.get(Signature, signature.id))),
        grade.id: content_hash(grade_statement(grade)),
    }
    seals = desk.session.scalars(select(Seal).order_by(Seal.number)).all()
    assert {seal.subject_id: seal.subject_sha256 for seal in seals} == subjects
    assert all(seal.sha256 == content_hash(link_of(seal)) for seal in seals)


def test_a_learners_seals_form_one_chain(desk):
    record, _ = reopened(desk)
    desk.submit(record, "Second.", reason="The day was wrong.")

    seals = desk.session.scalars(select(Seal).order_by(Seal.number)).all()

    assert [seal.number for seal in seals] == [1, 2, 3, 4]
    kinds = [SealKind.REVISION, SealKind.SIGNATURE, SealKind.MOVE, SealKind.REVISION]
    assert [seal.kind for seal in seals] == kinds
    assert [s.previous_sha256 for s in seals] == ["", *(s.sha256 for s in seals[:-1])]


def test_a_signature_binds_words_language_capacity_days_and_method(desk):
    _, signature = confirmed(desk)

    said = statement_of(signature)

    assert said["wording"] == "Dywedaf fod hyn wedi digwydd."
    assert (said["locale"], said["capacity"], said["method"]) == ("cy", "saw_it", "launch")
    assert said["happened_on"] == "2026-01-20"
    assert said["at"].startswith(str(signature.signed_at.date()))
    assert signature.sha256 == content_hash(said)


def test_what_changed_meanwhile_cannot_be_signed(desk):
    record = desk.submitted()
    seen = desk.signing(record)
    pull_back(desk.session, record, by=desk.tomas)
    desk.submit(record, "Other.")

    with pytest.raises(StaleEdit):
        sign_record(desk.session, record, seen, CONFIRMED)


def test_signed_content_is_amended_and_never_edited(desk):
    record, signature = reopened(desk)

    revision = desk.submit(record, "Second.", reason="The day was wrong.")

    first, second = revisions_of(desk.session, record)
    assert (second.amends_id, second.reason) == (first.id, "The day was wrong.")
    assert second is revision
    assert first.content["texts"] == {"subject": "First."}
    assert signature.revision_id == first.id


def test_an_amendment_needs_a_reason(desk):
    record, _ = reopened(desk)

    with pytest.raises(InvalidInput) as refused:
        desk.submit(record, "Second.")

    assert "reason" in refused.value.fields
    assert len(revisions_of(desk.session, record)) == 1


def test_only_a_tutor_opens_a_signed_record_again(desk):
    record, _ = confirmed(desk)

    for role in (Role.TRAINEE, Role.MENTOR, None):
        with pytest.raises(NotAllowed):
            reopen(desk.session, record, by=desk.meera, role=role, reason="Because.")
    with pytest.raises(InvalidInput):
        reopen(desk.session, record, by=desk.tilda, role=Role.TUTOR, reason="")
    assert record.state is RecordState.COUNTERSIGNED


def test_a_signed_record_cannot_be_pulled_back(desk):
    record, _ = confirmed(desk)
    with pytest.raises(WrongState):
        pull_back(desk.session, record, by=desk.tomas)


def test_taking_a_signature_back_is_a_new_fact(desk):
    record, signature = confirmed(desk)
    why = desk.signing(record, comment="I mixed two people up.")

    withdraw_signature(desk.session, record, signature, why)

    decisions = [s.decision for s, _ in signatures_of(desk.session, record)]
    assert decisions == [CONFIRMED, Decision.WITHDRAWN]
    assert is_withdrawn(desk.session, signature)
    with pytest.raises(WrongState):
        withdraw_signature(desk.session, record, signature, why)


def test_only_the_signer_takes_a_signature_back_and_says_why(desk):
    record, signature = confirmed(desk)
    other = desk.signing(record, by=desk.tilda, comment="Not good.")
    with pytest.raises(NotAllowed):
        withdraw_signature(desk.session, record, signature, other)
    with pytest.raises(InvalidInput):
        withdraw_signature(desk.session, record, signature, desk.signing(record))


def test_after_all_signatures_were_taken_back_a_change_is_no_amendment(desk):
    record, signature = reopened(desk)
    withdraw_signature(desk.session, record, signature, desk.signing(record, comment="Not mine."))

    revision = desk.submit(record, "Second.")

    assert revision.amends_id is None


def test_the_audit_trail_is_one_chain_without_a_typed_word(desk):
    record, _ = reopened(desk)
    desk.submit(record, "Zanzibar.", reason="Wombat.")

    lines = desk.session.scalars(
        select(AuditEvent).where(AuditEvent.record_id == record.id).order_by(AuditEvent.number)
    ).all()

    actions = ["submitted", "confirmed", "reopened", "amended"]
    assert [line.action for line in lines] == [f"record.{action}" for action in actions]
    assert [line.actor_id for line in lines] == [
        desk.tomas.id,
        desk.meera.id,
        desk.tilda.id,
        desk.tomas.id,
    ]
    for before, line in zip([None, *lines], lines, strict=False):
        assert line.sha256 == content_hash(line_of(line))
        assert before is None or line.previous_sha256 == before.sha256
        assert "Zanzibar" not in canonical_json(line_of(line))
        assert "Wombat" not in canonical_json(line_of(line))


SEEN = {
    Visibility.SHARED: {"tomas", "meera", "tilda"},
    Visibility.LEARNER_TUTOR: {"tomas", "tilda"},
    Visibility.LEARNER_PRIVATE: {"tomas"},
}


@pytest.mark.parametrize("visibility", SEEN)
def test_a_class_is_seen_by_whom_it_is_meant_for(desk, visibility):
    record = desk.draft(visibility=visibility)
    desk.submit(record)
    viewers = {
        "tomas": (desk.tomas.id, Role.TRAINEE),
        "meera": (desk.meera.id, Role.MENTOR),
        "tilda": (desk.tilda.id, Role.TUTOR),
    }

    seen = {who for who, viewer in viewers.items() if may_see(desk.session, record, *viewer)}

    assert seen == SEEN[visibility]


@pytest.mark.parametrize("visibility", [Visibility.MENTOR_PRIVATE, Visibility.WELFARE])
def test_a_private_note_is_its_authors_alone(desk, visibility):
    record = desk.draft(visibility=visibility, author_id=desk.meera.id)
    record.state = RecordState.SUBMITTED
    desk.session.flush()

    assert may_see(desk.session, record, desk.meera.id, Role.MENTOR)
    assert not may_see(desk.session, record, desk.tomas.id, Role.TRAINEE)
    assert not may_see(desk.session, record, desk.tilda.id, Role.TUTOR)


def test_what_an_activity_cannot_hide_does_not_become_a_welfare_record(desk):
    record = desk.submitted()
    record.kind = "quiz_try"
    desk.session.flush()
    why = "I am the safeguarding lead."

    with pytest.raises(WrongState, match="cannot be hidden"):
        make_welfare(desk.session, record, by=desk.tilda, role=Role.TUTOR, why=why)
    assert record.visibility is Visibility.SHARED


def test_the_language_of_a_revision_is_told_by_its_code(desk):
    assert latest_revision(desk.session, desk.submitted()).locale == "en"
