"""The mailbox of the demo's site: what came for whom, shown so that it can do nothing."""

import smtplib
from email.message import EmailMessage

import pytest

from lti_tool.sandbox import Mailbox, Sandbox, create_sandbox_app
from lti_tool.sandbox.smtp_server import SmtpServer


@pytest.fixture
def mailbox(tmp_path):
    return Mailbox(tmp_path / "mail")


@pytest.fixture
def client(mailbox):
    return create_sandbox_app(Sandbox("http://vle.test"), mails=mailbox).test_client()


def send(mailbox, to="gwen@bakery.test", subject="Hello", html="<head></head><p>Hi <b>you</b>"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.test", to, subject
    message.set_content("Go to https://tool.test/m/abc now.\n<script>alert(1)</script>\n")
    message.add_alternative(html, subtype="html")
    with SmtpServer(mailbox) as server, smtplib.SMTP("127.0.0.1", server.port, "test") as line:
        line.send_message(message)


def test_mails_are_listed_by_who_got_them(mailbox, client):
    assert "There is no mail yet." in client.get("/site/mailbox").text
    for to, subject in (("gwen@x.test", "First"), ("aino@x.test", "Other"), ("gwen@x.test", "2nd")):
        send(mailbox, to, subject)

    page = client.get("/site/mailbox").text

    places = [page.index(word) for word in ("gwen@x.test", "2nd", "First", "aino@x.test", "Other")]
    assert places == sorted(places)


def test_a_mail_is_shown_in_a_frame_that_can_do_nothing_and_its_links_open(mailbox, client):
    send(mailbox)

    page, part = client.get("/site/mailbox/1"), client.get("/site/mailbox/1/html")

    assert '<a target="_blank" rel="noopener" href="https://tool.test/m/abc">' in page.text
    assert "<script>alert" not in page.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "sandbox allow-popups" in part.headers["Content-Security-Policy"]
    assert "default-src 'none'" in part.headers["Content-Security-Policy"]
    assert part.text.startswith('<head><base target="_blank">')
    assert "Subject: Hello" in client.get("/site/mailbox/1/raw").text


def test_mail_is_there_again_after_a_new_start(mailbox, client, tmp_path):
    send(mailbox, subject="Kept")

    again = Mailbox(tmp_path / "mail")

    assert [mail.header("Subject") for mail in again.by_recipient()["gwen@bakery.test"]] == ["Kept"]


def test_a_mail_that_does_not_exist_is_not_found(client):
    for path in ("/site/mailbox/1", "/site/mailbox/0/html", "/site/mailbox/99/raw"):
        assert client.get(path).status_code == 404


def test_a_site_without_a_mail_server_says_so():
    client = create_sandbox_app(Sandbox("http://vle.test")).test_client()

    assert "No mail server" in client.get("/site/mailbox").text
