"""The demo as a newcomer meets it: in a real browser, playing three people in turn."""

import json
import re
import socket
import subprocess
import sys

import psutil
import pytest
import requests
from playwright.sync_api import expect

from tests.cli.demos import free_ports, options, running

pytestmark = pytest.mark.lrs


@pytest.fixture
def browser(chromium):
    with chromium.new_context() as context:
        yield context


def open_logbook(browser, demo, who):
    """Open the logbook as *who*, beginning at the page where one chooses a part."""
    front = browser.new_page()
    front.goto(demo.vle)
    with browser.expect_page() as window:
        front.get_by_role("link", name=f"Open as {who}").click()
    window.value.get_by_role("link", name=re.compile("Logbook")).first.click()
    return window.value.frame_locator("iframe")


@pytest.mark.browser
@pytest.mark.timeout(240)
def test_a_newcomer_plays_three_people_and_finds_everything_again_after_a_restart(
    browser, tmp_path
):
    folder, ports = tmp_path / "made" / "by-itself", free_ports()
    with running(folder, ports) as demo:
        tomas_writes(open_logbook(browser, demo, "Tomas"))
        meera_confirms(open_logbook(browser, demo, "Meera"))
        tilda_grades(open_logbook(browser, demo, "Tilda"))
        assert_grade_and_statements_arrived(browser.new_page(), demo.vle)

    with running(folder, ports) as demo:
        assert_grade_and_statements_arrived(browser.new_page(), demo.vle)
        tomas = open_logbook(browser, demo, "Tomas")
        tomas.get_by_text("Confirmed by Meera Mentor").wait_for()
        tomas.get_by_text("88 of 100").wait_for()


def tomas_writes(frame):
    frame.get_by_text("Add entry").click()
    frame.locator("textarea").first.fill("Baked rye bread.")
    frame.get_by_label("Date").fill("2026-01-20")
    frame.get_by_role("button", name="45 min").click()
    frame.get_by_role("button", name="Submit").click()
    frame.get_by_text("Entry submitted.").wait_for()


def meera_confirms(frame):
    frame.get_by_role("link", name=re.compile("Tomas Trainee, 20 January")).click()
    frame.get_by_text("Baked rye bread.").wait_for()
    frame.get_by_label("I saw it").check()
    frame.get_by_role("button", name="Confirm").click()
    frame.get_by_text("Entry confirmed.").wait_for()


def tilda_grades(frame):
    frame.get_by_role("link", name="Tomas Trainee", exact=True).click()
    frame.locator("input[name=given]").fill("88")
    frame.get_by_role("button", name="Save and send grade").click()
    frame.get_by_text("88 of 100").first.wait_for()


def assert_grade_and_statements_arrived(page, vle):
    """Both pages renew themselves, so waiting is enough."""
    page.goto(f"{vle}/as/tilda/course/2/gradebook")
    cell = page.get_by_role("link", name=re.compile(r"Tomas Trainee, Logbook.*: 88"))
    expect(cell).to_be_visible(timeout=20_000)
    page.goto(f"{vle}/site/records")
    expect(page.get_by_role("cell", name="88 of 100")).to_be_visible(timeout=20_000)
    told = page.locator("table").inner_text()
    assert {"initialized", "submitted", "approved", "scored"} <= set(re.findall(r"\w+", told))
    assert "Tomas" not in told
    assert "rye" not in told


@pytest.mark.timeout(120)
def test_two_demos_live_side_by_side_and_ctrl_c_ends_one_of_them_whole(tmp_path):
    with running(tmp_path / "one", free_ports()) as one:
        ports = free_ports()
        with running(tmp_path / "two", ports) as two:
            parts = [psutil.Process(two.process.pid), *psutil.Process(two.process.pid).children()]
            assert requests.get(f"{two.tool}/readyz", timeout=5).json()["ready"] is True
            assert "no mail yet" in requests.get(f"{two.vle}/site/mailbox", timeout=5).text

        assert two.process.returncode == 0
        assert [part for part in parts if part.is_running()] == []
        assert [port for port in ports if is_open(port)] == []
        assert requests.get(f"{one.tool}/livez", timeout=5).ok


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def refused(command):
    """Run a demo that cannot start; return its exit code and what it said."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_a_taken_port_is_named_in_one_sentence(tmp_path, taken):
    ports = free_ports()
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports[taken]))
        other.listen()

        code, said = refused(options(tmp_path, ports))

    assert code == 1
    assert said.startswith(f"Error: Port {ports[taken]} is taken by another program.")
    assert said.count("\n") == 1
    assert not (tmp_path / "ports.json").exists()


def test_a_folder_keeps_to_its_ports_because_addresses_are_stored_in_it(tmp_path):
    ports, others = free_ports(), free_ports()
    kept = dict(zip(("port", "vle_port", "lrs_port"), ports, strict=True))
    (tmp_path / "ports.json").write_text(json.dumps(kept))

    code, said = refused(options(tmp_path, others))

    assert code == 1
    assert f"--vle-port {ports[1]}" in said
    assert said.count("\n") == 1


def test_without_ralph_the_demo_says_how_to_install_it(tmp_path):
    hidden = "import sys; sys.modules['ralph'] = None; from lti_tool.cli import main; main()"
    command = [sys.executable, "-c", hidden, *options(tmp_path, free_ports())[3:]]

    code, said = refused(command)

    assert code == 1
    assert said == (
        "Error: Ralph, the demo's LRS, is not installed. Run: pip install 'trellis-wbl[demo]'\n"
    )
