"""What a mentor can ask for beside deciding: later, no mails, a colleague, a new link."""

from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.domain.contacts import Contact, LinkPurpose
from lti_tool.domain.errors import DomainError, NotFound
from lti_tool.domain.people import Person
from lti_tool.services.contacts import MentorDetails, find_link
from lti_tool.services.limits import is_allowed
from lti_tool.services.mailing import queue_mail, snooze, switch_reminders
from lti_tool.services.mentor_tasks import mentoring_of
from lti_tool.services.naming import nominate_colleague
from lti_tool.web.device import this_network
from lti_tool.web.i18n import language_now, match_language, today
from lti_tool.web.launch import is_from_our_page
from lti_tool.web.mentor.deciding import note_act
from lti_tool.web.mentor.posted import clean
from lti_tool.web.mentor.stamps import NOBODY, TOO_QUICK, age_of
from lti_tool.web.mentor.views import back, bp, dead_link, opened_link, refuse
from lti_tool.web.storage import transaction

FRIDAY: Final = 4
MORNING: Final = time(8)


@bp.post("/<token>/later")
def remind_later() -> ResponseReturnValue:
    """Send no reminder before Friday morning, then one."""
    with transaction() as session:
        snooze(session, session.get_one(Contact, opened_link().person.id), next_friday())
    note_act(opened_link())
    return back(done="later")


def next_friday() -> datetime:
    """Return the morning of the next Friday that is not today, where this site is."""
    days = (FRIDAY - today().weekday()) % 7 or 7
    zone = ZoneInfo(current_app.extensions["trellis"].settings.time_zone)
    return datetime.combine(today() + timedelta(days=days), MORNING, zone)


@bp.post("/<token>/reminders")
def set_reminders() -> ResponseReturnValue:
    """Send no more reminders, or send them again; the link keeps working either way."""
    is_on = request.form.get("reminders") == "on"
    with transaction() as session:
        contact = session.get_one(Contact, opened_link().person.id)
        switch_reminders(session, contact, is_on=is_on)
    return back(done="reminders" if is_on else "quiet")


@bp.post("/<token>/colleague")
def nominate() -> ResponseReturnValue:
    """Say who looks after a trainee instead; a tutor agrees before anything is sent."""
    details = MentorDetails(
        name=clean(request.form.get("name", "")),
        email=clean(request.form.get("email", "")),
        locale=match_language(request.form.get("language")) or language_now(),
        organisation=opened_link().contact.organisation,
    )
    try:
        with transaction() as session:
            person = session.get_one(Person, opened_link().person.id)
            if not is_allowed(session, f"colleague/{person.id}", most=10, per=timedelta(days=30)):
                raise DomainError(_("You have named many colleagues. Ask the tutor for more."))
            for trainee_id, course_id in _chosen_trainees(session, person.id):
                nominate_colleague(
                    session, course_id, trainee_id=trainee_id, details=details, by=person
                )
    except DomainError as error:
        return refuse(error)
    note_act(opened_link())
    return back(done="colleague")


def _chosen_trainees(session: Session, person_id: UUID) -> list[tuple[UUID, UUID]]:
    """The one trainee that was chosen, with the course, if this mentor looks after them."""
    wanted = request.form.get("trainee", "")
    relations = session.scalars(mentoring_of(person_id))
    found = [(r.trainee_id, r.course_id) for r in relations if str(r.id) == wanted]
    if not found:
        raise NotFound(_("Choose the trainee whom your colleague looks after."))
    return found


@bp.post("/<token>/again")
def send_link() -> ResponseReturnValue:
    """Mail a new link to the address on file, if there is one; says the same in any case."""
    age = age_of(request.form.get("stamp", ""), NOBODY)
    if age is None or age < TOO_QUICK or not is_from_our_page():
        return dead_link(notice=_("Please press the button again."), status=422)
    with transaction() as session:
        if is_allowed(session, f"link/{this_network()}", most=20, per=timedelta(hours=1)):
            for purpose in LinkPurpose:
                found = find_link(session, g.mentor_token, purpose)
                if found is None or found.contact.approved_at is None:
                    continue
                key = f"link/{found.person.id}"
                if is_allowed(session, key, most=3, per=timedelta(days=1)):
                    queue_mail(session, "link", found.person)
    text = _("If this link was ever one of ours, a new one is on its way to the same mailbox.")
    return dead_link(notice=text, status=200)
