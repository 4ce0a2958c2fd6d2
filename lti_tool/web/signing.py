"""Signing on a page: how the signer knows it, and the very words and language they saw."""

from typing import Any, ClassVar, Self
from uuid import UUID

from flask import request
from flask_babel import force_locale, lazy_gettext
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session
from wtforms import HiddenField, RadioField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Optional

from config.settings import LANGUAGES
from lti_tool.domain.contacts import MentorLink
from lti_tool.domain.errors import NotAllowed
from lti_tool.domain.people import Person
from lti_tool.domain.records import Attempt, Record
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Capacity, Method, Signing
from lti_tool.services.mail_codes import asks_for_code, is_proved, setup_asks_for_code
from lti_tool.services.mentor_signing import QUICK, Circumstances, flags_of
from lti_tool.services.proof_words import CAPACITIES, signed_words
from lti_tool.web.codes import missing_proof, without_gaps
from lti_tool.web.device import this_device
from lti_tool.web.forms import TrellisForm
from lti_tool.web.guards import current_person
from lti_tool.web.i18n import language_now
from lti_tool.web.launch import current_launch
from lti_tool.web.storage import reading


def capacity_field(*, is_required: bool = True) -> Any:
    """Return the question how the signer knows; no answer is chosen beforehand."""
    missing = lazy_gettext("Say how you know.")
    return RadioField(
        lazy_gettext("How I know"),
        choices=[SelectChoice(known.value, words) for known, words in CAPACITIES.items()],
        validators=[InputRequired(missing) if is_required else Optional()],
        validate_choice=is_required,
    )


class SigningForm(TrellisForm):
    """What every form for signing asks and carries."""

    capacity = capacity_field()
    shown_locale = HiddenField(default=language_now)
    """Language the page was shown in; another tab may have changed it since."""

    code = StringField(
        lazy_gettext("The six digits from the mail"),
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "12"},
    )
    """Only there after a press without it, where the activity asks mentors by mail for one."""

    asks_for_proof: ClassVar[bool] = True
    """Whether what is signed lets something count; saying no needs no stronger proof."""

    def __init__(self, *args: Any, missing_proof: str | None = None, **kwargs: Any) -> None:
        """Take the values; *missing_proof* is why a code is asked for, in the reader's words."""
        super().__init__(*args, **kwargs)
        self._missing_proof = missing_proof
        if missing_proof is None:
            del self.code

    @classmethod
    def from_request(cls, **kwargs: Any) -> Self:
        """Return the form with the posted values; call it outside of any transaction.

        Where the activity wants it, a code is mailed, or the one that was typed is taken.
        """
        if request.method == "POST" and cls._wants_code():
            kwargs["missing_proof"] = _missing_proof()
        return super().from_request(**kwargs)

    @classmethod
    def _wants_code(cls) -> bool:
        if not cls.asks_for_proof or cls.capacity is None or current_launch.mentor_link_id is None:
            return False
        with reading() as session:
            return setup_asks_for_code(session, current_launch.resource_link_id)

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Check what was typed, and that the mailbox is proved where that is asked for."""
        is_valid = super().validate(*args, **kwargs)
        if self._missing_proof is not None:
            self.code.errors = [self._missing_proof]
        return is_valid and self._missing_proof is None

    @property
    def locale(self) -> str:
        """The language in which the words above the button stood."""
        shown = str(self.shown_locale.data or "")
        return shown if shown in LANGUAGES else language_now()

    @property
    def chosen_capacity(self) -> Capacity | None:
        """How the signer says they know, or None where it was not asked or not answered."""
        given = self["capacity"].data if "capacity" in self else None
        return Capacity(given) if given in list(Capacity) else None


def _missing_proof() -> str | None:
    link_id = current_launch.mentor_link_id
    return missing_proof(link_id, without_gaps(request.form.get("code"))) if link_id else None


def signing_context(
    session: Session,
    form: SigningForm,
    statement: LazyString | str,
    *,
    record: Record,
    seen_sha256: str,
    comment: str = "",
) -> Signing:
    """Return who signs here, how that is known, and what was on the screen.

    *statement* is the sentence above the button: lazily translated, so that it is kept in
    the language of the page that the form came from.
    """
    signer, role = _signer(session)
    with force_locale(form.locale):
        wording = signed_words(statement, form.chosen_capacity)
    return Signing(
        signer=signer,
        role=role,
        locale=form.locale,
        seen_sha256=seen_sha256,
        wording=wording,
        capacity=form.chosen_capacity,
        comment=comment,
        **_how_known(session, record, form),
    )


def _how_known(session: Session, record: Record, form: SigningForm) -> dict[str, Any]:
    """How it is known who signs: from the platform, or by a link or code that was mailed.

    Raises:
        NotAllowed: The activity asks for a code, and none was typed lately.
    """
    if current_launch.mentor_link_id is None:
        return {"method": Method.LAUNCH}
    how = Circumstances(
        method=_method(session, record, form, current_launch.mentor_link_id),
        locale=language_now(),
        link_id=current_launch.mentor_link_id,
        device_mark=this_device(),
        after=QUICK,
    )
    learner_id = session.get_one(Attempt, record.attempt_id).person_id
    return {
        "method": how.method,
        "link_id": how.link_id,
        "device_mark": how.device_mark,
        "flags": tuple(flags_of(session, current_person(session), learner_id, how)),
        "wants_receipt": True,
    }


def _method(session: Session, record: Record, form: SigningForm, link_id: UUID) -> Method:
    if not (form.asks_for_proof and "capacity" in form and asks_for_code(session, [record.id])):
        return Method.MAIL_LINK
    if not is_proved(session.get_one(MentorLink, link_id)):
        raise NotAllowed(_("We mailed you a code. Type it here, then press again."))
    return Method.MAIL_CODE


def _signer(session: Session) -> tuple[Person, Role]:
    """The person of the launch, and as what they are here."""
    assert current_launch.role is not None  # noqa: S101 - `role_required` saw to it
    return current_person(session), current_launch.role
