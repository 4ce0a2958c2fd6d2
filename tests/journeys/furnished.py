"""A course in which everything has happened once: what a tour of all pages needs to see."""

import io
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import update

from lti_tool.domain.base import utc_now
from lti_tool.domain.roles import Role
from lti_tool.outbox.models import Delivery, DeliveryState
from lti_tool.sandbox.model import CourseRole
from tests.evidence.samples import pdf, picture, sound
from tests.journeys.stage import Stage, wait_until

ENTRY = {
    "practised_on": "2026-01-20",
    "duration_minutes": "45",
    "text-topics": "We planned how I open the bakery on Monday.\nNext time I do it alone.",
    "text-agreed": "https://example.org/" + "a-long-address-without-a-single-space/" * 4,
}
ENTRY_STATES = ("draft", "submitted", "returned", "confirmed", "taken back", "opened again")


@dataclass
class Furnished:
    """The stage, its activities by name, and the records that were made."""

    stage: Stage
    links: dict = field(default_factory=dict)
    records: dict[str, UUID] = field(default_factory=dict)

    def player(self, who):
        return self.stage.player(getattr(self.stage.cast, who))

    def person_id(self, who):
        return self.player(who).person.id

    def at(self, who, link):
        """Let somebody open an activity; return them, to post forms there."""
        player = self.player(who)
        player.launch(self.links[link])
        return player


def furnish(stage: Stage) -> Furnished:
    """Let everybody act once; return what was made."""
    course = Furnished(stage)
    _place(course)
    _let_everybody_in(course)
    _write_entries(course)
    _try_the_quiz(course)
    _observe(course)
    _grade(course)
    return course


def _place(course: Furnished) -> None:
    stage = course.stage
    course.links = {
        "logbook": stage.place("logbook", title="Meetings with your mentor at your workplace"),
        "quiz": stage.place("quiz", title="Mentoring basics", template="mentoring-basics"),
        "rating": stage.place("quiz", title="Your skills", template="giving-feedback"),
        "checklist": stage.place("checklist", title="Hygiene", template="kitchen-hygiene"),
        "elsewhere": stage.place("logbook", title="Other", course=stage.cast.other_course),
        "unset": stage.sandbox.add_link(stage.cast.course, stage.tool, "Still empty"),
    }


def _let_everybody_in(course: Furnished) -> None:
    """Meera mentors Tomas, Ada mentors nobody, and of Nils nobody has said what he is."""
    stage = course.stage
    stage.sandbox.enrol(stage.cast.course, stage.cast.ada, CourseRole.MENTOR)
    for who in ("tomas", "sigrun", "omar", "meera", "nils", "ada", "tilda"):
        course.at(who, "logbook")
    course.at("olga", "elsewhere")
    for who, role in (
        ("meera", "MENTOR"),
        ("ada", "MENTOR"),
        ("tilda", "TUTOR"),
        ("olga", "TUTOR"),
    ):
        stage.make(course.player(who), Role[role])
    stage.mentors(course.player("meera"), course.player("tomas"))


def _write_entries(course: Furnished) -> None:
    tomas, meera = course.at("tomas", "logbook"), course.at("meera", "logbook")
    for state in ENTRY_STATES:
        id = course.records[state] = uuid4()
        tomas.post("logbook.start", record_id=id)
        _add_files(tomas, id)
        page = {"draft_page": "another page", "draft_seen": "0"}
        endpoint = "logbook.save" if state == "draft" else "logbook.submit"
        tomas.post(endpoint, ENTRY | page, record_id=id)
    decide(meera, "logbook.send_back", course.records["returned"], comment="Say what you learned.")
    for name in ("confirmed", "taken back", "opened again"):
        decide(meera, "logbook.countersign", course.records[name])
    back = {"back-comment": "It was another day."}
    meera.post("logbook.take_back", back, record_id=course.records["taken back"])
    tilda = course.at("tilda", "logbook")
    again = {"reopen-comment": "The day is wrong."}
    tilda.post("logbook.reopen", again, record_id=course.records["opened again"])
    id = course.records["welfare note"] = uuid4()
    note = {"record_id": str(id), "text": "He sleeps badly, he says.", "visibility": "welfare"}
    tilda.post("notes.about", note, person_id=course.person_id("tomas"))


def _add_files(player, id):
    """One of each sort that looks different on a page."""
    chosen = [("oven.jpg", picture()), ("plan-" * 12 + ".pdf", pdf()), ("memo.wav", sound())]
    form = {
        "csrf_token": player.csrf,
        "evidence": [(io.BytesIO(content), name) for name, content in chosen],
    }
    path = player.url("evidence.add", record_id=id)
    answer = player.client.post(path, data=form, content_type="multipart/form-data")
    assert answer.status_code == 303


def decide(mentor, endpoint, id, comment=""):
    page = mentor.get("logbook.show_entry", record_id=id).text
    seen = page.split('name="seen_sha256"')[1].split('value="')[1].split('"')[0]
    form = {"seen_sha256": seen, "comment": comment, "capacity": "saw_it"}
    answer = mentor.post(endpoint, form, record_id=id)
    assert answer.status_code == 303


def _try_the_quiz(course: Furnished) -> None:
    """Tomas hands one try in and is in the middle of the next."""
    for link, name in (("quiz", "try"), ("rating", "rated")):
        tomas = course.at("tomas", link)
        for id in (course.records.setdefault(name, uuid4()), uuid4()):
            course.records[f"next {name}"] = id
            tomas.post("quiz.start", {"record_id": id})
            tomas.post("quiz.keep", {"q-open-question": "next-step"}, record_id=id)
            if id == course.records[name]:
                seen = tomas.get("quiz.check", record_id=id).text
                seen = seen.split('name="seen" value="')[1].split('"')[0]
                assert tomas.post("quiz.submit", {"seen": seen}, record_id=id).status_code == 303


def _observe(course: Furnished) -> None:
    """Meera signs one observation of Tomas and is in the middle of another."""
    meera, tomas_id = course.at("meera", "checklist"), course.person_id("tomas")
    judged = {"observed_on": "2026-01-20", "o-clothes": "met", "o-hands": "not_yet"}
    judged["c-hands"] = "Use soap, and more of it."
    for name in ("signed", "unsigned"):
        id = course.records[name] = uuid4()
        meera.post("checklist.start", {"record_id": id}, person_id=tomas_id)
        meera.post("checklist.keep", judged, record_id=id)
    page = meera.get("checklist.check", record_id=course.records["signed"]).text
    seen = {"seen": page.split('name="seen" value="')[1].split('"')[0], "capacity": "saw_it"}
    answer = meera.post("checklist.sign", seen, record_id=course.records["signed"])
    assert answer.status_code == 303


def _grade(course: Furnished) -> None:
    """One grade arrives, one is refused because Omar has left, one waits for an hour."""
    stage, tilda = course.stage, course.at("tilda", "logbook")
    stage.sandbox.unenrol(stage.cast.course, stage.cast.omar)
    for who in ("tomas", "omar"):
        give(tilda, course.person_id(who))
    wait_until(lambda: not unsettled(stage))
    stage.sandbox.faults.down = True
    give(tilda, course.person_id("sigrun"))
    wait_until(lambda: any(score.tries for score in unsettled(stage)))
    with stage.database.transaction() as session:
        later = update(Delivery).values(due_at=utc_now() + timedelta(hours=1))
        session.execute(later.where(Delivery.id == unsettled(stage)[0].id))
    stage.sandbox.faults.clear()


def give(tilda, person_id):
    form = {"given": "80", "comment": "A good plan.", "seen_number": "0"}
    assert tilda.post("trainees.grade", form, person_id=person_id).status_code == 303


def unsettled(stage):
    """The grades that are still on their way."""
    return [one for one in stage.deliveries("score") if one.state is DeliveryState.QUEUED]
