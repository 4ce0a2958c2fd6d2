"""Whole launches against a real server: gunicorn with two workers, each launch a new person."""

import http.client
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import parse_qsl, urlencode, urlsplit

import psutil

from lti_tool.domain.database import Database
from lti_tool.migrations.runner import upgrade
from lti_tool.plugins import discover
from tests.cast import build_world

PORT = 9131
BASE = f"http://127.0.0.1:{PORT}"
USERS = 8
PEOPLE = 4_000
ROOT = Path(__file__).parent.parent.parent


class Browser:
    """One connection that keeps cookies, as a browser behind a TLS proxy would send them."""

    def __init__(self, port=PORT):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.host = f"127.0.0.1:{port}"
        self.cookies = {}

    def send(self, method, path, form=None):
        headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
        headers |= {"X-Forwarded-Host": self.host}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        body = urlencode(form) if form else None
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        for value in answer.headers.get_all("Set-Cookie", ()):
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer, text

    def close(self):
        self.connection.close()


def launch(world, person, link):
    """Make one launch; return its seconds, the platform's own work left out."""
    browser, form = Browser(), world.sandbox.launch_form(person, link)
    try:
        started = time.perf_counter()
        answer, _ = browser.send("POST", "/lti/login", form)
        spent = time.perf_counter() - started
        query = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
        _, fields = world.sandbox.authorize(query)
        started = time.perf_counter()
        answer, _ = browser.send("POST", "/lti/launch", fields)
        answer, page = browser.send("GET", urlsplit(answer.headers["Location"]).path)
        spent += time.perf_counter() - started
    finally:
        browser.close()
    assert answer.status == 200, answer.status
    assert person.full_name.encode() in page
    return spent, browser, urlsplit(answer.headers.get("Location", "")).path


@contextmanager
def gunicorn(world):
    """Serve the tool with two workers, as production would."""
    settings = world.settings
    env = {key: value for key, value in os.environ.items() if not key.startswith("TRELLIS_")}
    env |= {
        "TRELLIS_DATABASE_URL": settings.database_url,
        "TRELLIS_SECRET_KEY": settings.secret_key.get_secret_value(),
        "TRELLIS_PUBLIC_URL": BASE,
        "TRELLIS_TRUSTED_PROXIES": "1",
        "TRELLIS_ALLOW_PRIVATE_NETWORK": "true",
        "TRELLIS_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "gunicorn", "-w", "2", "--preload", "-k", "sync"]
    command += ["--no-control-socket", "--log-level", "error", "-b", f"127.0.0.1:{PORT}"]
    process = subprocess.Popen([*command, "lti_tool.wsgi:app"], env=env, cwd=ROOT)
    try:
        _wait()
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _wait():
    for _ in range(200):
        try:
            Browser().send("GET", "/livez")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("gunicorn did not start")


def cpu_seconds(process):
    tree = [process, *process.children(recursive=True)]
    return sum(sum(p.cpu_times()[:2]) for p in tree)


def memory_mib(process):
    tree = [process, *process.children(recursive=True)]
    return sum(p.memory_full_info().pss for p in tree) / 2**20


def measure_launches(address, seconds):
    """Yield lines of figures for launches and for an activity page."""
    database = Database(address)
    upgrade(database, discover())
    database.dispose()
    world = build_world(
        address, public_url=BASE, trusted_proxies=1, lrs_endpoint="", allow_private_network=True
    )
    link = world.place("logbook")
    people = [world.sandbox.add_person(f"Given{n}", f"Family{n}") for n in range(PEOPLE)]
    for person in people:
        world.sandbox.enrol(world.cast.course, person)
    try:
        with gunicorn(world) as process:
            yield from _measure(world, link, iter(people), process, seconds)
    finally:
        world.server.stop()
        world.database.dispose()


def _measure(world, link, people, process, seconds):
    _drive(world, link, people, 2.0)
    before, started = cpu_seconds(process), time.perf_counter()
    times = _drive(world, link, people, seconds)
    yield _line("launch", times, time.perf_counter() - started, process, before)
    _, browser, _ = launch(world, next(people), link)
    path = next(iter(_paths(world)))
    before, started = cpu_seconds(process), time.perf_counter()
    times = []
    while time.perf_counter() - started < seconds / 2:
        a = time.perf_counter()
        browser.send("GET", path)
        times.append(time.perf_counter() - a)
    yield _line("page", times, time.perf_counter() - started, process, before)


def _paths(world):
    from lti_tool.domain.sessions import LaunchSession

    newest = max(world.stored(LaunchSession), key=lambda s: s.created_at)
    yield f"/l/{newest.id}/logbook/"


def _drive(world, link, people, seconds):
    ends, times = time.perf_counter() + seconds, []

    def user(_number):
        while time.perf_counter() < ends:
            times.append(launch(world, next(people), link)[0])

    with ThreadPoolExecutor(USERS) as pool:
        list(pool.map(user, range(USERS)))
    return times


def _line(what, times, elapsed, process, before):
    cpu = (cpu_seconds(process) - before) / len(times) * 1000
    p95 = quantiles(times, n=20)[-1] * 1000
    return (
        f"{what:7} {len(times) / elapsed:7.1f}/s  p50 {median(times) * 1000:6.1f} ms  "
        f"p95 {p95:6.1f} ms  tool {cpu:5.2f} CPU-ms each  memory {memory_mib(process):.0f} MiB"
    )
