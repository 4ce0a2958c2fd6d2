"""Trellis with a folder for files, and Tomas with a draft to add them to."""

import hashlib
import io
import re
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from lti_tool.domain.evidence import Evidence, StoredFile, Upload
from lti_tool.domain.records import Record, Revision
from lti_tool.domain.roles import Role
from lti_tool.evidence.keeping import Keeping
from tests.cast import build_world

DAY = {"practised_on": "2026-11-20", "duration_minutes": "30"}


@pytest.fixture
def world(database_url, tmp_path):
    """As everywhere, with files kept in a folder on both engines."""
    built = build_world(database_url, evidence_url=f"file://{tmp_path / 'files'}")
    yield built
    built.server.stop()
    built.database.dispose()


@pytest.fixture
def keeping(world):
    """Change what is taken: ``keeping(files=2)``; without arguments it only tells."""

    def change(**values) -> Keeping:
        info = world.database.info
        info["environment"] = replace(
            info["environment"], keeping=replace(info["environment"].keeping, **values)
        )
        return info["environment"].keeping

    return change


class Desk:
    """Somebody with an open record of a logbook."""

    def __init__(self, world, player, link):
        self.world, self.player, self.link = world, player, link
        player.launch(link)
        self.record_id = uuid4()
        player.post("logbook.start", record_id=self.record_id)
        player.get("logbook.edit", record_id=self.record_id)

    @property
    def record(self):
        return self.world.stored(Record, id=self.record_id)[0]

    @property
    def files(self):
        """Rows of files that are part of the record now, in order."""
        rows = self.world.stored(Evidence, record_id=self.record_id, removed_at=None)
        return sorted(rows, key=lambda row: row.created_at)

    @property
    def names(self):
        return [row.name for row in self.files]

    def stored(self, index=0):
        return self.world.stored(StoredFile, sha256=self.files[index].sha256)[0]

    def add(self, *files, follow=True, endpoint="evidence.add", **typed):
        """Post files, given as (name, bytes), with a form as a browser without scripts does."""
        back = self.player.url("logbook.edit", record_id=self.record_id)
        form = {
            "csrf_token": self.player.csrf,
            "_back": back,
            **typed,
            "evidence": [(io.BytesIO(content), name) for name, content in files],
        }
        answer = self.player.client.post(
            self.player.url(endpoint, record_id=self.record_id),
            data=form,
            content_type="multipart/form-data",
            follow_redirects=follow,
        )
        self.player._notice(answer)
        return answer

    def remove(self, index=0):
        values = {"record_id": self.record_id, "evidence_id": self.files[index].id}
        back = self.player.url("logbook.edit", record_id=self.record_id)
        return self.player.post("evidence.remove", {"_back": back}, follow=True, **values)

    def submit(self, **typed):
        page = self.player.get("logbook.edit", record_id=self.record_id)
        names = re.findall(r'<textarea[^>]*name="([^"]+)"', page.text)
        form = DAY | dict.fromkeys(names, "What I did") | typed
        answer = self.player.post("logbook.submit", form, record_id=self.record_id)
        assert answer.status_code == 303, answer.text
        return max(
            self.world.stored(Revision, record_id=self.record_id), key=lambda one: one.number
        )

    def open(self, copy="download", index=0, player=None, **options):
        """Ask for a copy of a file, as *player*."""
        player = player or self.player
        path = player.url(f"evidence.{copy}", evidence_id=self.files[index].id)
        return player.client.get(path, **options)


@pytest.fixture
def link(world):
    return world.place("logbook")


@pytest.fixture
def desk(world, tomas, link):
    """Tomas at a new entry."""
    return Desk(world, tomas, link)


@pytest.fixture
def mentor(world, desk, meera):
    """Meera, the mentor of Tomas, at the same logbook."""
    meera.launch(desk.link)
    world.make(meera, Role.MENTOR)
    world.mentors(meera, desk.player)
    meera.launch(desk.link)
    return meera


@pytest.fixture
def tutor(world, desk, tilda):
    """Tilda at the same logbook."""
    tilda.launch(desk.link)
    world.make(tilda, Role.TUTOR)
    tilda.launch(desk.link)
    return tilda


class Sender:
    """What `static/js/evidence.js` does, step by step."""

    def __init__(self, desk, name, content):
        self.desk, self.name, self.content = desk, name, content
        self.state = None

    def post(self, path, **options):
        player = self.desk.player
        headers = {"X-CSRF-Token": player.csrf, **options.pop("headers", {})}
        return player.client.post(path, headers=headers, **options)

    def begin(self, **changed):
        about = {
            "name": self.name,
            "size": str(len(self.content)),
            "sha256": hashlib.sha256(self.content).hexdigest(),
        }
        path = self.desk.player.url("uploads.begin", record_id=self.desk.record_id)
        answer = self.post(path, data=about | changed)
        if answer.status_code == 201:
            self.state = answer.json
        return answer

    def piece(self, offset, content=None):
        """Send the piece that begins at *offset*."""
        piece = content if content is not None else self.content[offset : offset + 1024 * 1024]
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/octet-stream"}
        return self.post(self.state["url"], data=piece, headers=headers)

    def ask(self):
        return self.desk.player.client.get(self.state["url"])

    def send(self, upto=1.0):
        """Send piece after piece, until this share of the file is there."""
        answer = None
        while self.state["received"] < upto * len(self.content):
            answer = self.piece(self.state["received"])
            assert answer.status_code == 200, answer.text
            self.state = answer.json
        return answer

    @property
    def upload(self):
        id = UUID(self.state["url"].rpartition("/")[2])
        return self.desk.world.stored(Upload, id=id)[0]


@pytest.fixture
def sender(desk):
    """Begin to send a file in pieces to Tomas's entry: ``sender("a.jpg", content)``."""

    def make(name, content):
        return Sender(desk, name, content)

    return make
