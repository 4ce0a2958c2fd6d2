"""Carries mail: writes each one when it leaves, hands it over, and keeps what came of it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings
from lti_tool.domain.base import Json, utc_now
from lti_tool.domain.contacts import Contact
from lti_tool.domain.database import Database
from lti_tool.domain.people import Person
from lti_tool.mail.letters import Letter, Occasion, Pointless, write_letter
from lti_tool.mail.message import Content, Envelope, Recipient, UnusableAddress, make_envelope
from lti_tool.mail.rendering import Scribe
from lti_tool.mail.smtp import Bounced, MailLine, MailServer
from lti_tool.outbox.sending import Claimed, Outcome, Refused, Retry, SendAgain, Sent, Superseded
from lti_tool.services.digest_queue import put_digest
from lti_tool.services.mailing import (
    is_time,
    may_be_mailed,
    note_bounce,
    note_digest,
    silence_of,
)
from lti_tool.web.i18n import match_language

log = logging.getLogger(__name__)

BATCH: Final = 20

_LONGEST_WAIT: Final = timedelta(hours=12)
"""The outbox takes a later date after a first try for a clock that jumped."""


class NotNow(Exception):
    """This mail is not handed over; `outcome` says what becomes of it."""

    def __init__(self, outcome: Outcome) -> None:
        """Keep the outcome."""
        super().__init__(type(outcome).__name__)
        self.outcome = outcome


class PutOff(Exception):
    """This digest was queued before the clock was set back.

    For the outbox it is due until the clock has caught up, so it would come at once, again
    and again, if it just went on waiting.
    """

    def __init__(self, contact_id: UUID, slot: datetime) -> None:
        """Keep whose it is, and when it may go."""
        super().__init__("clock was set back")
        self.contact_id, self.slot = contact_id, slot


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A mail that is ready to be handed over, and what to keep once it was."""

    envelope: Envelope
    person_id: UUID
    oldest: datetime | None
    """Of a digest: since when the first of what it lists waits."""
    written_at: datetime


class MailSender:
    """Sends mail to people by the one mail server of this installation."""

    batch_size = BATCH

    def __init__(
        self, app: Flask, database: Database, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        """Keep what is needed; *app* is for its templates and languages only."""
        self._settings: Settings = app.extensions["trellis"].settings
        self._scribe, self._database, self._clock = Scribe(app), database, clock
        self._server = server_of(self._settings)

    def send(self, claimed: Sequence[Claimed], /) -> Sequence[Outcome]:
        """Write and hand over each of *claimed*, over one connection."""
        outcomes: list[Outcome] = []
        stuck: set[str] = set()
        with MailLine(self._server) as line:
            for one in claimed:
                waits = Retry(why="waits for an earlier mail")
                outcome = waits if one.key in stuck else self._send_one(one, line)
                if not isinstance(outcome, Sent | Refused | Superseded):
                    stuck.add(one.key)
                outcomes.append(outcome)
        return outcomes

    def _send_one(self, one: Claimed, line: MailLine) -> Outcome:
        try:
            draft = self._draft(one)
        except PutOff as later:
            return self._plan_anew(one, later)
        except NotNow as reason:
            return reason.outcome
        except Exception as error:
            # One that cannot be written must not hold up the others of its batch.
            log.error("mail %s could not be written: %s", one.id, type(error).__name__)
            return Retry(why=type(error).__name__)
        outcome = line.hand_over(draft.envelope)
        try:
            self._keep(one, draft, outcome)
        except SQLAlchemyError as error:
            log.warning("outcome of mail %s not kept: %s", one.id, type(error).__name__)
        return outcome.parked() if isinstance(outcome, Bounced) else outcome

    def _plan_anew(self, one: Claimed, later: PutOff) -> Outcome:
        """Queue the digest afresh, where waiting on would not help (see `PutOff`)."""
        with self._database.transaction() as session:
            contact = session.get_one(Contact, later.contact_id)
            put_digest(session, contact, later.slot)
        return Superseded(why="put_off")

    def _draft(self, one: Claimed) -> Draft:
        """Return the mail as things stand now.

        Raises:
            NotNow: It is pointless, too early, or cannot be addressed.
        """
        payload, now = one.payload or {}, self._clock()
        with self._database.reading() as session:
            person = session.get(Person, UUID(payload["person"]))
        if person is None:
            raise NotNow(Superseded(why="gone"))
        language = match_language(person.chosen_locale or person.locale) or "en"
        with self._scribe.speaking(language):
            to, letter = self._compose(one, payload, now)
            values = {**letter.values, "name": to.name}
            bodies = self._scribe.render(payload["template"], letter.subject, values)
        content = Content(
            subject=letter.subject,
            language=language,
            bodies=bodies,
            unsubscribe_url=letter.unsubscribe_url,
        )
        try:
            envelope = make_envelope(self._settings, to, content, id=one.id, now=now)
        except UnusableAddress:
            raise NotNow(Refused(code="address", why="unusable address")) from None
        oldest = letter.span[0] if letter.span else None
        return Draft(envelope=envelope, person_id=to.person_id, oldest=oldest, written_at=now)

    def _compose(self, one: Claimed, payload: Json, now: datetime) -> tuple[Recipient, Letter]:
        with self._database.transaction() as session:
            person = session.get_one(Person, UUID(payload["person"]))
            contact = session.get(Contact, person.id)
            if not may_be_mailed(session, person):
                why = silence_of(session, contact) if contact else None
                raise NotNow(Superseded(why=why.value if why else "no_address"))
            if contact is not None and payload["template"] == "digest":
                _refuse_repeats(contact, one)
            occasion = Occasion(
                session=session,
                person=person,
                contact=contact,
                ids=_ids(payload),
                queued_at=one.created_at,
                now=now,
            )
            try:
                letter = write_letter(payload["template"], occasion)
            except Pointless as reason:
                raise NotNow(Superseded(why=str(reason))) from None
            if contact is not None and letter.span is not None:
                _require_time(occasion, contact, letter.span[1], payload)
            address = contact.email if contact else person.email or ""
            return Recipient(person_id=person.id, name=person.name or "", address=address), letter

    def _keep(self, one: Claimed, draft: Draft, outcome: Outcome) -> None:
        """Keep what a mentor's row has to know of a mail that went, or came to nothing."""
        if not isinstance(outcome, Sent | Bounced):
            return
        with self._database.transaction() as session:
            contact = session.get(Contact, draft.person_id, with_for_update=True)
            if contact is None:
                return
            if isinstance(outcome, Bounced):
                note_bounce(session, contact, outcome.why)
            elif draft.oldest is not None:
                note_digest(session, contact, one.id, draft.oldest, at=draft.written_at)


def _refuse_repeats(contact: Contact, one: Claimed) -> None:
    """Do not send a digest again whose worker died after it was handed over and kept."""
    if contact.last_digest_id == one.id:
        raise NotNow(Sent(note="already_there"))


def _require_time(occasion: Occasion, contact: Contact, newest: datetime, payload: Json) -> None:
    silence = silence_of(occasion.session, contact)
    if silence is not None:
        raise NotNow(Superseded(why=silence.value))
    may_go, slot = is_time(occasion.session, contact, newest, occasion.now)
    if not may_go and occasion.queued_at > occasion.now:
        raise PutOff(contact.person_id, slot)
    if not may_go:
        wait = min(slot - occasion.now, _LONGEST_WAIT)
        raise NotNow(SendAgain(payload=payload, after=wait, why="not the time for a reminder"))


def _ids(payload: Json) -> dict[str, UUID]:
    return {name: UUID(value) for name, value in payload.items() if name.endswith("_id")}


def server_of(settings: Settings) -> MailServer:
    """Return the mail server of this installation."""
    own_name = urlsplit(settings.public_url).hostname or "localhost"
    return MailServer.from_url(settings.smtp_url.get_secret_value(), own_name=own_name)
