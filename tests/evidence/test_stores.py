"""Both places for bytes keep the same promises: a folder, and a bucket of a real server."""

import io
import os
import secrets
import subprocess
import sys
import time
import urllib.request

import pytest
from flask import Flask
from flask_babel import Babel

from config.settings import Settings, SettingsError, load_settings
from lti_tool.evidence.disk import DiskStore
from lti_tool.evidence.errors import NoSuchFile, StoreFull, StoreProblem
from lti_tool.evidence.keeping import keeping_of
from lti_tool.evidence.store import content_key, open_store
from tests.xapi.lrs_servers import free_port

KEY, SECRET = "our-key", "our-secret-of-the-bucket"
SHA = "ab" * 32


@pytest.fixture(scope="session")
def s3_server():
    """Moto's S3 server, in a process of its own."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/moto-api/", timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield url
    server.kill()
    server.wait()


@pytest.fixture
def bucket(s3_server):
    """The address of a new bucket."""
    name = f"evidence-{secrets.token_hex(4)}"
    making = urllib.request.Request(f"{s3_server}/{name}", method="PUT")
    urllib.request.urlopen(making, timeout=5).close()
    return f"s3://{name}/trellis?endpoint={s3_server}"


def settings(**values):
    return Settings(secret_key="a test's secret that is long enough", **values)


@pytest.fixture(params=["folder", "bucket"])
def store(request, tmp_path):
    if request.param == "folder":
        return DiskStore(tmp_path / "files")
    url = request.getfixturevalue("bucket")
    return open_store(settings(evidence_url=url, evidence_key=KEY, evidence_secret=SECRET))


@pytest.fixture(autouse=True)
def in_english():
    app = Flask("test")
    Babel(app)
    with app.test_request_context():
        yield


def put(store, content, sha=SHA):
    store.put(content_key(sha), io.BytesIO(content))


def test_what_is_put_is_read_back_whole_and_in_parts(store):
    content = os.urandom(700_000)
    put(store, content)
    assert store.size(content_key(SHA)) == len(content)
    assert b"".join(store.read(content_key(SHA), 0, len(content))) == content
    assert b"".join(store.read(content_key(SHA), 300_000, 5)) == content[300_000:300_005]
    assert list(store.read(content_key(SHA), 0, 0)) == []


def test_a_large_file_goes_in_and_comes_out_piece_by_piece(store):
    content = os.urandom(12 * 1024 * 1024)
    put(store, content)
    parts = list(store.read(content_key(SHA), 0, len(content)))
    assert b"".join(parts) == content
    assert len(parts) > 5


def test_putting_twice_is_putting_once(store):
    put(store, b"the same")
    put(store, b"the same")
    assert [(one.key, one.size) for one in store.list("content/")] == [(content_key(SHA), 8)]


def test_what_is_not_there_says_so_at_once(store):
    with pytest.raises(NoSuchFile):
        store.size("content/no")
    with pytest.raises(NoSuchFile):
        store.read("content/no", 0, 10)


def test_deleting_is_deleting_even_what_is_not_there(store):
    put(store, b"one")
    store.delete([content_key(SHA), "content/no"])
    assert list(store.list("content/")) == []


def test_listing_tells_size_and_time_of_what_lies_there(store):
    before = time.time()
    put(store, b"one")
    store.put("pieces/x/0", io.BytesIO(b"piece"))
    assert [(one.key, one.size) for one in store.list("pieces/x/")] == [("pieces/x/0", 5)]
    (one,) = store.list("content/")
    assert abs(one.changed_at.timestamp() - before) < 30
    assert list(store.list("elsewhere/")) == []


def test_a_bucket_that_is_not_there_is_no_crash(s3_server):
    url = f"s3://nowhere?endpoint={s3_server}"
    store = open_store(settings(evidence_url=url, evidence_key=KEY, evidence_secret=SECRET))
    with pytest.raises(StoreProblem) as problem:
        put(store, b"one")
    assert SECRET not in repr(problem.value) + repr(store.__dict__)


def test_a_server_that_is_away_is_no_crash():
    url = f"s3://bucket?endpoint=http://127.0.0.1:{free_port()}"
    store = open_store(settings(evidence_url=url, evidence_key=KEY, evidence_secret=SECRET))
    with pytest.raises(StoreProblem, match="could not be kept just now"):
        put(store, b"one")


class Interrupted:
    """A file whose reading breaks off half way."""

    def __init__(self, error):
        self.error, self.reads = error, 0

    def read(self, _size=-1):
        self.reads += 1
        if self.reads > 2:
            raise self.error
        return bytes(1000)


def test_a_write_that_breaks_off_leaves_nothing(tmp_path):
    store = DiskStore(tmp_path / "files")
    with pytest.raises(KeyboardInterrupt):
        store.put(content_key(SHA), Interrupted(KeyboardInterrupt()))
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


def test_a_full_disk_is_told_in_words_and_leaves_nothing_half_written(tmp_path):
    store = DiskStore(tmp_path / "files")
    put(store, b"first")
    with pytest.raises(StoreFull, match="no room"):
        store.put(content_key("cd" * 32), Interrupted(OSError(28, "No space left on device")))
    files = [path.name for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert files == [SHA]


def test_files_lie_beside_a_sqlite_database_unless_said_otherwise(tmp_path):
    database = f"sqlite:///{tmp_path / 'trellis.db'}"
    assert keeping_of(settings(database_url=database)).store.folder == tmp_path / "evidence"
    url = f"file://{tmp_path}/else%20where"
    chosen = keeping_of(settings(database_url=database, evidence_url=url))
    assert chosen.store.folder == tmp_path / "else where"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"database_url": "postgresql+psycopg://u@h/d"}, "TRELLIS_EVIDENCE_URL"),
        ({"evidence_url": "s3://bucket"}, "TRELLIS_EVIDENCE_KEY"),
        ({"evidence_url": "s3://bucket?endpont=x", "evidence_key": "k"}, "must look like"),
        ({"evidence_url": "s3:///x", "evidence_key": "k"}, "must look like"),
    ],
)
def test_a_place_that_cannot_be_used_is_left_out_with_the_reason(values, words):
    keeping = keeping_of(settings(**values))
    assert not keeping.is_on
    assert words in keeping.fault


def test_a_bucket_without_the_library_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    told = keeping_of(
        settings(evidence_url="s3://bucket", evidence_key=KEY, evidence_secret=SECRET)
    )
    assert "pip install trellis-wbl[s3]" in told.fault


@pytest.mark.parametrize("url", ["/var/files", "ftp://x/y", "file://host/y"])
def test_an_address_of_another_sort_is_refused_at_the_start(monkeypatch, url):
    monkeypatch.setenv("TRELLIS_EVIDENCE_URL", url)
    with pytest.raises(SettingsError, match="TRELLIS_EVIDENCE_URL"):
        load_settings(secret_key="a test's secret that is long enough")
