"""Tomas at work in every installed activity, with words that nobody else may ever read."""

import io
import re
from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import select

from lti_tool.domain.base import Base
from lti_tool.domain.evidence import Evidence, Upload
from lti_tool.domain.people import Person, Relation
from lti_tool.domain.records import Attempt, Record
from lti_tool.domain.roles import Role
from tests.evidence.samples import picture

CANARY = "CANARY"
"""Stands in every text that Tomas, or somebody about him, has typed."""

GWEN = "gwen@bakery.example"
"""Where Tomas's mentor without an account is reached."""

DRAFT = f"{CANARY} draft of"
"""Stands, with the kind of activity, in what was not handed in."""


@dataclass
class Victim:
    """Tomas, his work, and the people around him."""

    world: object
    tomas: object
    tilda: object
    links: dict
    launches: set = field(default_factory=set)
    note_id: object = None

    @property
    def record_ids(self):
        with self.world.database.reading() as session:
            own = select(Record.id).join(Attempt, Attempt.id == Record.attempt_id)
            mine = Attempt.person_id == self.tomas.person.id
            return sorted(session.scalars(own.where(mine)), key=str)

    def _of_records(self, model):
        with self.world.database.reading() as session:
            found = session.scalars(select(model.id).where(model.record_id.in_(self.record_ids)))
            return sorted(found, key=str)

    @property
    def relation_ids(self):
        """Who mentors Tomas without an account."""
        with self.world.database.reading() as session:
            mine = Relation.trainee_id == self.tomas.person.id
            return sorted(session.scalars(select(Relation.id).where(mine)), key=str)

    @property
    def ids(self):
        """Argument of an address -> what of Tomas's could be put there."""
        return {
            "person_id": [self.tomas.person.id],
            "record_id": self.record_ids,
            "mentor_id": [self.tilda.person.id],
            "path": [str(self.record_ids[0])],
            "relation_id": self.relation_ids,
            "evidence_id": self._of_records(Evidence),
            "upload_id": self._of_records(Upload),
        }

    def snapshot(self):
        """All rows that are about Tomas: his own, and those that name him or his work."""
        about = {self.tomas.person.id, *self.record_ids}
        about |= {*self._of_records(Evidence), *self._of_records(Upload)}
        with self.world.database.reading() as session:
            about |= set(
                session.scalars(select(Attempt.id).filter_by(person_id=self.tomas.person.id))
            )
            tables = [t for t in Base.metadata.sorted_tables if t.name != "launch_session"]
            rows = [(t.name, tuple(row)) for t in tables for row in session.execute(t.select())]
        named = [row for row in rows if about.intersection(_hashable(row[1]))]
        return sorted(map(repr, named))


def _hashable(values):
    return [value for value in values if isinstance(value, str | int) or hasattr(value, "hex")]


def put_to_work(world, tomas, tilda):
    """Let Tomas work in every kind of activity; return what came of it."""
    links = {
        kind: world.place(kind, template=TEMPLATES.get(kind), title=f"The {kind}") for kind in WORK
    }
    victim = Victim(world, tomas, tilda, links)
    for kind, work in WORK.items():
        for player in (tilda, tomas):
            player.csrf = ""
            player.launch(links[kind])
            victim.launches.add(player.launch_id)
        world.make(tilda, Role.TUTOR)
        work(tomas, tilda)
        _grade(tomas, tilda)
    _name_a_mentor(tomas, tilda)
    _be_noted(victim)
    return victim


def _name_a_mentor(tomas, tilda):
    """Name Gwen of the bakery, who has no account, and let another entry wait for her."""
    tilda.get("people.index")
    form = {"name": "Gwen Parry", "email": GWEN, "language": "cy", "organisation": "Bakery"}
    answer = tilda.post("mentors.name", form, person_id=tomas.person.id)
    assert answer.status_code == 303, answer.text


def _grade(tomas, tilda):
    page = tilda.get("trainees.show", person_id=tomas.person.id)
    seen = re.search(r'name="seen_number"[^>]*value="(\d+)"', page.text).group(1)
    form = {"given": "7", "comment": f"{CANARY} of the grade", "seen_number": seen}
    answer = tilda.post("trainees.grade", form, person_id=tomas.person.id)
    assert answer.status_code == 303, answer.text


def _texts(page, words):
    """Fill in every text that a page asks for."""
    names = re.findall(r'<textarea[^>]*name="([^"]+)"', page.text)
    assert names
    return dict.fromkeys(names, words)


def _seen(player):
    return {"seen": re.search(r'name="seen" value="([0-9a-f]+)"', player.page.text).group(1)}


def _add_files(tomas, record_id, words):
    """A text that can be found again, a photo, and an upload that stopped half way."""
    files = [(io.BytesIO(words.encode()), f"{words}.txt"), (io.BytesIO(picture()), "photo.jpg")]
    form = {"csrf_token": tomas.csrf, "evidence": files}
    path = tomas.url("evidence.add", record_id=record_id)
    answer = tomas.client.post(path, data=form, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    about = {"name": f"{words}.pdf", "size": "2000000", "sha256": "0" * 64}
    assert tomas.post("uploads.begin", about, record_id=record_id).status_code == 201


def _keep_a_logbook(tomas, tilda):
    day = {"practised_on": "2026-11-20", "duration_minutes": "30"}
    for words in (f"{CANARY} words", f"{DRAFT} logbook"):
        id = uuid4()
        tomas.post("logbook.start", record_id=id)
        typed = day | _texts(tomas.get("logbook.edit", record_id=id), words)
        assert tomas.post("pages.autosave", typed, record_id=id).status_code == 200
        _add_files(tomas, id, words)
        if DRAFT not in words:
            assert tomas.post("logbook.submit", typed, record_id=id).status_code == 303


def _take_a_quiz(tomas, tilda):
    for words in (f"{CANARY} words", f"{DRAFT} quiz"):
        tomas.csrf = ""
        begun = tomas.post("quiz.start", {"record_id": str(uuid4())})
        id = re.search(r"/tries/([0-9a-f-]{36})", begun.location).group(1)
        tomas.post("quiz.keep", {"q-summarise": words}, follow=True, record_id=id)
        if DRAFT not in words:
            assert tomas.post("quiz.submit", _seen(tomas), record_id=id).status_code == 303


def _be_observed(tomas, tilda):
    for words in (f"{CANARY} words", f"{DRAFT} checklist"):
        tilda.csrf = ""
        form = {"record_id": str(uuid4())}
        begun = tilda.post("checklist.start", form, person_id=tomas.person.id)
        id = re.search(r"/observations/([0-9a-f-]{36})", begun.location).group(1)
        page = tilda.get("checklist.observe", record_id=id)
        judged = dict.fromkeys(re.findall(r'name="(o-[^"]+)"', page.text), "met")
        said = {"observed_on": "2026-11-20"} | judged | _texts(page, words)
        tilda.post("checklist.keep", said, follow=True, record_id=id)
        if DRAFT not in words:
            signed = _seen(tilda) | {"capacity": "saw_it"}
            assert tilda.post("checklist.sign", signed, record_id=id).status_code == 303


def _be_noted(victim):
    """Tilda keeps a welfare note about Tomas."""
    victim.note_id = uuid4()
    note = {"record_id": str(victim.note_id), "text": f"{CANARY} of a note"}
    victim.tilda.csrf = ""
    victim.tilda.get("pages.home")
    answer = victim.tilda.post(
        "notes.about", note | {"visibility": "welfare"}, person_id=victim.tomas.person.id
    )
    assert answer.status_code == 303


TEMPLATES = {"quiz": "mentoring-basics"}
"""Where it takes a certain template: one with a question that is answered in words."""

WORK = {"logbook": _keep_a_logbook, "quiz": _take_a_quiz, "checklist": _be_observed}
"""Kind of activity -> what Tomas does there. A new activity needs its line."""


def name_of(world, player):
    with world.database.reading() as session:
        return session.scalar(select(Person.name).where(Person.id == player.person.id))
