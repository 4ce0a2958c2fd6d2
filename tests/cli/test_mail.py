"""``trellis mail`` and what the doctor says of the mail server."""

import pytest
from click.testing import CliRunner

from lti_tool.cli import main
from lti_tool.domain.contacts import Contact
from lti_tool.domain.people import Person
from lti_tool.domain.platforms import Platform
from lti_tool.services.mail_tokens import BOUNCE, signed_id
from tests.cli.conftest import SECRET
from tests.mail.post_office import PostOffice
from tests.mail.test_bounces import report

ONE_ENGINE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
pytestmark = ONE_ENGINE


@pytest.fixture
def post(settings, url):
    office = PostOffice().start()
    settings.setenv("TRELLIS_SMTP_URL", office.url)
    settings.setenv("TRELLIS_MAIL_FROM", "Trellis <trellis@college.test>")
    yield office
    office.stop()


def test_a_test_mail_says_that_mail_works(trellis, post, database):
    done = trellis("mail", "test", "ada@college.test")

    assert done.exit_code == 0
    assert "took it" in done.output
    [mail] = post.mails
    assert mail.recipient == "ada@college.test"
    assert "arrives here" in mail.text
    assert "arrives here" in mail.words


def test_a_test_mail_that_is_refused_says_why(trellis, post, database):
    post.unknown["ada@college.test"] = "550 5.1.1 no such user"

    done = trellis("mail", "test", "ada@college.test")

    assert done.exit_code == 1
    assert "5.1.1" in done.output


@pytest.mark.parametrize("address", ["nobody", "a@b c", ""])
def test_what_is_no_address_is_not_tried(trellis, post, database, address):
    done = trellis("mail", "test", address)

    assert done.exit_code == 1
    assert post.asked == []


def test_without_a_mail_server_the_setting_is_named(trellis, database):
    done = trellis("mail", "test", "ada@college.test")

    assert done.exit_code == 1
    assert "TRELLIS_SMTP_URL" in done.output


@pytest.fixture
def gwen(database):
    with database.transaction() as session:
        urls = dict.fromkeys(("auth_login_url", "auth_token_url", "jwks_url"), "https://x.test")
        platform = Platform(issuer="https://x.test", client_id="x", **urls)
        session.add(platform)
        session.flush()
        person = Person(platform_id=platform.id, name="Gwen")
        session.add(person)
        session.flush()
        session.add(
            Contact(
                person_id=person.id,
                platform_id=platform.id,
                email="gwen@bakery.test",
                address="gwen@bakery.test",
                named_by_id=person.id,
            )
        )
        return person.id


def pipe(raw, **environment):
    return CliRunner().invoke(main, ["mail", "bounce"], input=raw, env=environment)


def code_of(database, id):
    with database.reading() as session:
        return session.get_one(Contact, id).bounce_code


def test_a_mail_servers_pipe_marks_a_mentor(database, gwen):
    mark = signed_id(gwen, BOUNCE, SECRET, about="gwen@bakery.test")

    done = pipe(report("x@y.test"), ORIGINAL_RECIPIENT=f"bounce+{mark}@college.test")

    assert done.exit_code == 0
    assert "marked" in done.output
    assert code_of(database, gwen) == "5.1.1"


def test_what_is_not_ours_is_ignored_without_an_error(database, gwen):
    for raw in (report("bounce@college.test"), b"", b"\xff\x00"):
        done = pipe(raw)
        assert done.exit_code == 0
        assert "ignored" in done.output
    assert code_of(database, gwen) is None


def test_the_mail_server_tries_again_when_the_database_is_not_ready(url):
    assert pipe(report("x@y.test")).exit_code == 75


def mail_lines(trellis):
    return [line for line in trellis("doctor").output.splitlines() if " mail " in line]


def test_the_doctor_signs_in_and_sends_nothing(trellis, post, database):
    lines = mail_lines(trellis)

    assert lines[0].split()[0] == "ok"
    assert post.connections == 1
    assert post.mails == post.asked == []


def test_the_doctor_says_that_a_mail_server_is_away(trellis, post, database):
    post.stop()

    assert "ConnectionRefusedError" in mail_lines(trellis)[0]


def test_the_doctor_says_that_there_is_no_tls(trellis, post, settings, database):
    settings.setenv("TRELLIS_SMTP_URL", f"{post.url}?starttls=true")

    assert "STARTTLS" in mail_lines(trellis)[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "http://mail.college.test"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://user:hush@mail.college.test:99999"),
        ("SMTP_URL", "smtp://user:hush@mail.college.test?starttls=false"),
        ("MAIL_FROM", ""),
        ("MAIL_FROM", "nobody"),
        ("MAIL_REPLY_TO", "a@b.test, c@d.test"),
        ("MAIL_QUIET_HOURS", "25:00-07:00"),
        ("MAIL_QUIET_HOURS", "at night"),
        ("MAIL_BOUNCE_ADDRESS", "a-very-long-name-before-the@college.test"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_and_not_repeated(
    trellis, post, settings, name, value
):
    settings.setenv(f"TRELLIS_{name}", value)

    done = trellis("db", "check")

    assert done.exit_code != 0
    assert f"TRELLIS_{name}" in done.output
    assert "hush" not in done.output
