"""What becomes of a mail when the mail server, the network or the worker fails."""

import os
import signal
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import update

from lti_tool.mail.message import Envelope
from lti_tool.mail.smtp import MailLine, MailServer
from lti_tool.outbox.breaker import probe_now
from lti_tool.outbox.models import Delivery, DeliveryState, Destination
from lti_tool.outbox.sending import DestinationDown, Retry, Sent
from lti_tool.services.mailing import Silence
from tests.cast import ONE_ENGINE
from tests.faults.fleet import Fork
from tests.mail.post_office import PASSWORD, USER, PostOffice, lets_in
from tests.outbox.test_running_worker import eventually

LATER = timedelta(minutes=10)


def tell(house, clock):
    """Let something wait, and the mail for it be due."""
    house.hand_in()
    clock.shift(LATER)


def first(house):
    return house.deliveries()[0]


@pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "550 no such user"])
def test_a_mailbox_that_does_not_exist_is_shown_to_the_tutor(house, post, clock, answer):
    tell(house, clock)
    post.unknown["gwen@bakery.test"] = answer
    house.send()

    contact = house.contact()
    assert contact.bounced_at is not None
    assert contact.bounce_code == ("5.1.1" if "5.1.1" in answer else "550")
    assert house.silence() is Silence.BOUNCED
    assert (first(house).state, first(house).reason) == (DeliveryState.PARKED, "bounced")


@ONE_ENGINE
def test_after_a_bounce_nothing_more_is_sent(house, post, clock):
    tell(house, clock)
    post.unknown["gwen@bakery.test"] = "550 5.1.1 no such user"
    house.send()
    asked = len(post.asked)

    house.hand_in()
    house.queue("named", relation_id=house.ids["relation of tomas"])
    clock.shift(timedelta(days=8))
    house.send()

    assert len(post.asked) == asked


@ONE_ENGINE
@pytest.mark.parametrize("answer", ["550 5.7.1 relaying denied", "554 5.3.4 too big"])
def test_what_the_server_itself_forbids_says_nothing_of_the_mailbox(house, post, clock, answer):
    tell(house, clock)
    post.unknown["gwen@bakery.test"] = answer
    house.send()

    assert house.contact().bounced_at is None
    assert (first(house).state, first(house).reason) == (DeliveryState.PARKED, "rejected")


@ONE_ENGINE
def test_a_full_mailbox_after_data_is_a_bounce(house, post, clock):
    tell(house, clock)
    post.next_answers = ["552 5.2.2 mailbox full"]
    house.send()

    assert house.contact().bounce_code == "5.2.2"


@pytest.mark.parametrize("where", ["next_rcpt_answers", "next_answers"])
def test_greylisting_costs_time_and_no_second_mail(house, post, clock, where):
    tell(house, clock)
    setattr(post, where, ["451 4.7.1 greylisted"] * 2)
    house.send()
    assert post.mails == []
    assert first(house).state is DeliveryState.QUEUED

    for _ in range(3):
        clock.shift(LATER)
        house.send()

    assert len(post.mails) == 1
    assert first(house).state is DeliveryState.SENT


@ONE_ENGINE
def test_one_mail_that_is_put_off_does_not_hold_up_others(house, post, clock):
    house.add_mentor("aino", "Aino", "aino@bakery.test", "fi", "tomas")
    tell(house, clock)
    post.next_rcpt_answers = ["450 4.2.1 not now"]
    house.send()

    assert len(post.mails) == 1


@ONE_ENGINE
def test_a_batch_goes_over_one_connection(house, post, clock):
    for number in range(5):
        house.add_mentor(f"m{number}", "Mentor", f"m{number}@bakery.test", "en", "tomas")
    tell(house, clock)
    house.send()

    assert len(post.mails) == 6
    assert post.connections == 1


@ONE_ENGINE
def test_a_server_that_is_away_costs_no_tries_and_nobody_is_blamed(house, post, clock):
    tell(house, clock)
    post.stop()
    for _ in range(8):
        house.send()
        clock.shift(LATER)

    assert first(house).state is DeliveryState.QUEUED
    assert first(house).tries <= 1
    assert house.contact().bounced_at is None
    with house.database.reading() as session:
        assert session.get(Destination, "smtp").failures >= 5


@ONE_ENGINE
@pytest.mark.parametrize("answer", ["421 4.3.2 closing", "451 4.3.0 later"])
def test_a_server_that_is_busy_gets_it_later(house, post, clock, answer):
    tell(house, clock)
    post.sender_answer = answer
    house.send()
    post.sender_answer = None
    clock.shift(LATER)
    with house.database.transaction() as session:
        probe_now(session, "smtp")
    house.send()

    assert len(post.mails) == 1


@ONE_ENGINE
def test_a_mail_that_cannot_be_written_does_not_spoil_its_batch(house, post, clock):
    house.add_mentor("aino", "Aino", "aino@bakery.test", "fi", "tomas")
    tell(house, clock)
    with house.database.transaction() as session:
        broken = {"template": "receipt", "person": str(house.ids["gwen"]), "signature_id": "no id"}
        session.execute(
            update(Delivery).where(Delivery.id == first(house).id).values(payload=broken)
        )
    house.send()

    assert len(post.mails) == 1


def deliver_and_die(url, port, moment):
    """Be a worker that is killed when the mail server has the mail, but nobody wrote it down."""
    import time_machine

    from lti_tool.mail import sender
    from tests.mail.conftest import build_app

    def die(*_arguments, **_more):
        os.kill(os.getpid(), signal.SIGKILL)

    sender.MailSender._keep = die
    with time_machine.travel(moment, tick=False):
        app = build_app(url, smtp_url=f"smtp://127.0.0.1:{port}")
        from tests.mail.conftest import House

        House(app, None).send()


def test_a_worker_killed_after_handing_over_sends_the_very_same_mail_again(
    house, post, clock, database_url
):
    tell(house, clock)
    child = Fork(deliver_and_die, database_url, post.port, datetime.now(UTC))
    eventually(lambda: child.poll() is not None)
    assert len(post.mails) == 1

    clock.shift(timedelta(minutes=5))
    house.send()
    house.live(datetime.now(UTC) + timedelta(days=6), step=timedelta(hours=6))

    assert len(post.mails) == 2
    one, two = post.mails
    assert one["Message-ID"] == two["Message-ID"]
    assert one.links == two.links


def test_a_worker_that_could_not_note_the_answer_sends_no_second_mail(house, post, clock):
    tell(house, clock)
    house.send()
    digest = first(house)
    with house.database.transaction() as session:
        again = {"state": DeliveryState.QUEUED, "sent_at": None}
        session.execute(update(Delivery).where(Delivery.id == digest.id).values(again))

    house.send()

    assert len(post.mails) == 1
    assert (first(house).state, first(house).reason) == (DeliveryState.SENT, "already_there")


ENVELOPE = Envelope(
    sender="trellis@college.test",
    recipient="gwen@bakery.test",
    message=b"Subject: Hello\r\n\r\nHello\r\n",
    is_international=False,
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and a certificate for this machine that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1))
        .not_valid_after(datetime(2040, 1, 1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def secure_post(certificate):
    """A mail server that wants STARTTLS and a password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    office = PostOffice().start(
        tls_context=context, require_starttls=True, auth_required=True, authenticator=lets_in
    )
    yield office
    office.stop()


def handed_over(url):
    with MailLine(MailServer.from_url(url)) as line:
        return line.hand_over(ENVELOPE)


def with_password(post, password=None):
    quoted = quote(password or PASSWORD.decode())
    return f"smtp://{USER.decode()}:{quoted}@127.0.0.1:{post.port}?starttls=true"


def test_a_password_goes_over_an_encrypted_line(secure_post, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    assert isinstance(handed_over(with_password(secure_post)), Sent)


def test_a_certificate_that_nobody_knows_is_not_trusted(secure_post):
    outcome = handed_over(with_password(secure_post))

    assert isinstance(outcome, DestinationDown)
    assert "CertVerification" in outcome.why


def test_a_wrong_password_stops_the_whole_destination_and_stands_in_no_reason(
    secure_post, certificate, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    outcome = handed_over(with_password(secure_post, password="wr0ng"))

    assert isinstance(outcome, DestinationDown)
    assert (outcome.why, outcome.status) == ("mail server: check user and password", 535)


def test_a_server_without_starttls_gets_no_mail_where_it_is_asked_for(post):
    outcome = handed_over(f"{post.url}?starttls=true")

    assert isinstance(outcome, DestinationDown)
    assert post.mails == []


def test_tls_is_the_rule_for_every_server_that_is_not_on_this_machine():
    assert MailServer.from_url("smtp://mail.college.test").starts_tls
    assert not MailServer.from_url("smtp://mail.college.test?starttls=false").starts_tls
    assert not MailServer.from_url("smtp://127.0.0.1:25").starts_tls
    assert MailServer.from_url("smtps://mail.college.test").port == 465


def test_a_server_that_never_answers_does_not_hold_the_worker(monkeypatch):
    monkeypatch.setattr("lti_tool.mail.smtp.COMMAND_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        outcome = handed_over(f"smtp://127.0.0.1:{silent.getsockname()[1]}")

    assert isinstance(outcome, DestinationDown)
    assert time.monotonic() - began < 5


def test_a_server_that_answers_drop_by_drop_is_left(monkeypatch):
    monkeypatch.setattr("lti_tool.mail.smtp.COMMAND_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def drip():
            line, _ = server.accept()
            with line:
                line.sendall(b"220 slow\r\n")
                line.recv(100)
                line.sendall(b"250 slow\r\n")
                while not stop.wait(0.1):
                    try:
                        line.sendall(b"2")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"smtp://127.0.0.1:{server.getsockname()[1]}"
        began = time.monotonic()
        with MailLine(MailServer.from_url(url), seconds=0.5) as line:
            outcome = line.hand_over(ENVELOPE)
            assert time.monotonic() - began < 5
            assert isinstance(outcome, DestinationDown)
            assert line.hand_over(ENVELOPE) == outcome
        stop.set()
        thread.join()


def test_what_does_not_fit_into_the_time_of_a_batch_waits_for_the_next(post):
    with MailLine(MailServer.from_url(post.url), seconds=0) as line:
        assert isinstance(line.hand_over(ENVELOPE), Retry)
    assert post.mails == []
