"""Receipts: what was signed in a mentor's name, and what happens if it was not them."""

from datetime import timedelta

import pytest

from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import LinkPurpose, MentorLink
from lti_tool.domain.records import RecordState
from lti_tool.domain.signing import Decision, Signature
from tests.mentors.conftest import Gwen


class Receipt(Gwen):
    """Gwen with the mail that says what was signed."""

    def __init__(self, bakery, signature_id):
        super().__init__(bakery)
        self.token = bakery.token(purpose=LinkPurpose.RECEIPT, signature_id=signature_id)

    @property
    def path(self):
        return f"/m/receipt/{self.token}"


@pytest.fixture
def signed(bakery, tomas, gwen):
    """Two entries confirmed with one press, and their receipt."""
    ids = [bakery.entry(tomas, f"Day {number}.") for number in range(2)]
    gwen.looks()
    gwen.presses("confirm-picked", pick=ids, **{f"c-{id}": "saw_it" for id in ids})
    signatures = sorted(bakery.world.stored(Signature), key=lambda one: one.signed_at)
    return Receipt(bakery, signatures[0].id), signatures


def test_a_receipt_shows_all_that_was_signed_with_one_press(signed):
    receipt, _signatures = signed

    page = receipt.looks(lang="en")

    assert page.status_code == 200
    assert receipt.text.count("This was not me") == 2
    assert "Tomas Trainee, 20 January 2026" in receipt.text
    assert "I saw it" in receipt.text


def test_looking_at_a_receipt_takes_nothing_back(bakery, signed):
    receipt, _signatures = signed
    for _ in range(5):
        receipt.looks()
    receipt.client.head(receipt.path)

    assert len(bakery.world.stored(Signature)) == 2


def test_what_was_not_me_is_taken_back_and_waits_again(bakery, signed):
    receipt, (first, second) = signed
    receipt.looks()

    answer = receipt.presses("", signature=str(first.id))

    assert answer.status_code == 303
    taken = bakery.world.stored(Signature, decision=Decision.WITHDRAWN)
    assert [one.withdraws_id for one in taken] == [first.id]
    assert taken[0].comment
    assert bakery.record(first.record_id).state is RecordState.SUBMITTED
    assert bakery.record(second.record_id).state is RecordState.COUNTERSIGNED


def test_nothing_is_taken_back_twice_or_without_a_tick(bakery, signed):
    receipt, (first, _second) = signed
    receipt.looks()

    none = receipt.presses("")
    once = receipt.presses("", signature=str(first.id))
    twice = receipt.presses("", signature=str(first.id))

    assert [none.status_code, once.status_code, twice.status_code] == [422, 303, 409]
    assert len(bakery.world.stored(Signature)) == 3


def test_a_receipt_takes_back_nothing_else(bakery, tomas, gwen, signed):
    receipt, _signatures = signed
    later = bakery.entry(tomas)
    other = Gwen(bakery)
    other.looks()
    other.confirms(later)
    (latest,) = bakery.world.stored(Signature, record_id=later)
    receipt.looks()

    assert receipt.presses("", signature=str(latest.id)).status_code == 409
    assert bakery.record(later).state is RecordState.COUNTERSIGNED


def test_a_receipt_ends_after_a_week(bakery, signed):
    receipt, _signatures = signed
    link = next(one for one in bakery.world.stored(MentorLink) if one.signature_id)
    assert timedelta(days=6) < link.expires_at - utc_now() <= timedelta(days=7)
    bakery.set(MentorLink, {"id": link.id}, expires_at=utc_now())

    assert receipt.looks().status_code == 404


def test_the_link_of_a_page_opens_no_receipt_and_the_other_way_round(bakery, gwen, signed):
    receipt, _signatures = signed

    assert gwen.client.get(f"/m/receipt/{gwen.token}").status_code == 404
    assert gwen.client.get(f"/m/{receipt.token}").status_code == 404
