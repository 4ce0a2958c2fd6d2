"""A press of a button on a mentor's page: one transaction for each thing decided on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask_babel import ngettext
from sqlalchemy.orm import Session

from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import Contact, MentorLink
from lti_tool.domain.errors import DomainError, NotFound, WrongState
from lti_tool.domain.people import Person
from lti_tool.domain.signing import Decision, Method
from lti_tool.services.contacts import OpenLink
from lti_tool.services.mailing import queue_mail
from lti_tool.services.mentor_signing import Circumstances, Word, decide, say_not_mine
from lti_tool.web.device import this_device
from lti_tool.web.i18n import language_now
from lti_tool.web.mentor.posted import Posted, Typed
from lti_tool.web.storage import transaction

ACTS = {"confirm": Decision.CONFIRMED, "return": Decision.RETURNED, "not-mine": None}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of one record."""

    record_id: UUID
    code: str
    """confirmed, returned, not_mine, changed, missing or not_yours."""
    problem: str | None = None
    signature_id: UUID | None = None


def decide_all(opened: OpenLink, posted: Posted, *, age: timedelta, method: Method) -> list[Answer]:
    """Do what was pressed for each record wanted, each by itself; then send one receipt."""
    how = Circumstances(
        method=method,
        locale=language_now(),
        link_id=opened.link.id,
        device_mark=this_device(),
        after=age,
    )
    answers = [_decide_one(opened, posted, id, how) for id in posted.wanted]
    if any(answer.problem is None for answer in answers):
        note_act(opened, [answer.signature_id for answer in answers if answer.signature_id])
    return answers


def _decide_one(opened: OpenLink, posted: Posted, id: UUID, how: Circumstances) -> Answer:
    typed = posted.typed.get(id, Typed())
    decision = ACTS[posted.act]
    word = Word(
        record_id=id,
        decision=decision or Decision.RETURNED,
        seen_sha256=typed.seen_sha256,
        said=typed.said,
        capacity=typed.capacity,
        comment=typed.comment,
    )
    try:
        with transaction() as session:
            person = session.get_one(Person, opened.person.id)
            if decision is None:
                say_not_mine(session, person, word)
                return Answer(record_id=id, code="not_mine")
            signature = decide(session, person, word, how)
            return Answer(record_id=id, code=decision.value, signature_id=signature.id)
    except DomainError as error:
        return Answer(record_id=id, code=_code_of(error), problem=str(error.message))


def _code_of(error: DomainError) -> str:
    if isinstance(error, NotFound):
        return "not_yours"
    return "changed" if isinstance(error, WrongState) else "missing"


def note_act(opened: OpenLink, signature_ids: Sequence[UUID] = ()) -> None:
    """Keep that somebody acted from the link, and in which language; send one receipt."""
    with transaction() as session:
        now, person = utc_now(), session.get_one(Person, opened.person.id)
        contact = session.get_one(Contact, person.id)
        session.get_one(MentorLink, opened.link.id).used_at = now
        contact.verified_at = contact.verified_at or now
        contact.reminders_sent = 0
        person.chosen_locale = language_now()
        if signature_ids:
            _send_receipt(session, person, signature_ids)


def _send_receipt(session: Session, person: Person, signature_ids: Sequence[UUID]) -> None:
    """One mail for all that was signed with one press; its page lists them."""
    queue_mail(session, "receipt", person, signature_id=signature_ids[0])


def in_words(answers: Sequence[Answer]) -> str:
    """Say what became of everything: "13 confirmed, 1 was changed meanwhile"."""
    count = Counter(answer.code for answer in answers)
    parts = [
        ngettext("%(num)s confirmed", "%(num)s confirmed", count["confirmed"]),
        ngettext("%(num)s sent back", "%(num)s sent back", count["returned"]),
        ngettext("%(num)s is not yours", "%(num)s are not yours", count["not_mine"]),
        ngettext(
            "%(num)s was changed meanwhile", "%(num)s were changed meanwhile", count["changed"]
        ),
        ngettext("%(num)s needs an answer", "%(num)s need an answer", count["missing"]),
        ngettext("%(num)s was not found", "%(num)s were not found", count["not_yours"]),
    ]
    codes = ("confirmed", "returned", "not_mine", "changed", "missing", "not_yours")
    said = [str(part) for part, code in zip(parts, codes, strict=True) if count[code]]
    return f"{', '.join(said)}."
