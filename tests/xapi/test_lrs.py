"""The client against an LRS that answers as real ones do on bad days."""

import json
import logging
import ssl
import traceback
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.xapi.faulty_lrs import FaultyLrs, Reply, in_json
from tests.xapi.lrs_servers import free_port
from tests.xapi.samples import QUIZ, fullest
from xapi import lrs as lrs_module
from xapi.errors import LrsBroken, LrsError, LrsMisconfigured, LrsUnavailable
from xapi.lrs import LrsClient, StoredStatement
from xapi.statements import canonical


def batch_of(count, tries=0):
    made = (fullest(QUIZ, "scored", number=number) for number in range(count))
    return [StoredStatement(UUID(one["id"]), canonical(one), tries) for one in made]


def always(reply):
    return lambda batch: reply


def once(reply):
    replies = [reply]
    return lambda batch: replies.pop() if replies else None


def test_the_stored_text_is_sent_as_it_is(faulty, client):
    odd = '{ "id":"%s",  "verb" : {"id":"https://x.org/\\u00e9"} , "n":1.50}'
    batch = [StoredStatement(id, odd % id) for id in (uuid4(), uuid4())]

    client.store(batch)

    assert faulty.bodies == [f"[{batch[0].text},{batch[1].text}]".encode()]


def test_a_request_says_who_is_asking_and_in_which_version(faulty, client):
    client.store(batch_of(1))

    [(method, path, headers)] = faulty.requests
    assert (method, path) == ("POST", "/xAPI/statements")
    assert headers["X-Experience-API-Version"] == "1.0.3"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["User-Agent"].startswith("Trellis")
    assert b64decode(headers["Authorization"].removeprefix("Basic ")) == b"key:s3cret-passphrase"


def test_a_secret_in_any_alphabet_can_be_sent(faulty):
    LrsClient(faulty.endpoint, "klíč", "пароль").store(batch_of(1))

    [(_, _, headers)] = faulty.requests
    assert b64decode(headers["Authorization"][6:]).decode() == "klíč:пароль"


def test_an_empty_batch_needs_no_request(faulty, client):
    assert client.store([]) == []
    assert faulty.requests == []


def test_a_long_batch_goes_in_parts_of_a_hundred(faulty, client):
    outcomes = client.store(batch_of(230))

    assert [len(batch) for batch in faulty.batches] == [100, 100, 30]
    assert all(outcome.delivered for outcome in outcomes)


def test_an_answer_of_204_without_a_body_is_a_success(faulty, client):
    faulty.fault = always(Reply(204))

    assert client.store(batch_of(2))[1].delivered


def test_a_busy_lrs_is_left_alone_for_as_long_as_it_asks(faulty, client):
    faulty.fault = always(Reply(429, headers={"Retry-After": "17"}))

    with pytest.raises(LrsUnavailable, match="HTTP 429") as caught:
        client.store(batch_of(3))

    assert caught.value.retry_after == 17
    assert len(faulty.bodies) == 1


def test_an_lrs_in_maintenance_is_tried_later(faulty, client):
    faulty.fault = always(Reply(503, b"<html>", {"Content-Type": "text/html"}))

    with pytest.raises(LrsUnavailable, match="HTTP 503") as caught:
        client.store(batch_of(3))

    assert caught.value.retry_after is None


def test_an_lrs_that_hangs_is_tried_later(faulty, client):
    faulty.fault = always(Reply(wait=faulty.hold))

    with pytest.raises(LrsUnavailable, match="ReadTimeout"):
        client.store(batch_of(1))


def test_an_answer_that_is_torn_off_is_tried_later_and_nothing_is_stored_twice(faulty, client):
    def torn(batch):
        faulty.keep(batch)
        return Reply(200, b'["537a', {"Content-Type": "application/json"}, length=900)

    faulty.fault = torn
    with pytest.raises(LrsUnavailable):
        client.store(batch_of(2))
    faulty.fault = always(None)

    assert all(outcome.delivered for outcome in client.store(batch_of(2)))
    assert len(faulty.stored) == 2


def test_a_sign_in_page_with_status_200_is_no_delivery(faulty, client):
    page = Reply(200, b"<html>Welcome to the wifi</html>", {"Content-Type": "text/html"})
    faulty.fault = always(page)
    faulty.about = page

    with pytest.raises(LrsUnavailable, match="something else than an LRS"):
        client.store(batch_of(1))
    with pytest.raises(LrsUnavailable):
        client.about()


def test_an_answer_without_end_is_given_up(faulty, client, monkeypatch):
    monkeypatch.setattr(lrs_module, "LARGEST_ANSWER", 1000)
    faulty.fault = always(Reply(200, b" " * 5000, {"Content-Type": "application/json"}))

    with pytest.raises(LrsUnavailable, match="does not end"):
        client.store(batch_of(1))


def test_an_answer_that_drips_is_given_up(faulty, client, monkeypatch):
    monkeypatch.setattr(lrs_module, "LONGEST_ANSWER", -1)

    with pytest.raises(LrsUnavailable, match="does not end"):
        client.store(batch_of(1))


def test_nobody_at_the_address_is_tried_later():
    nobody = LrsClient(f"http://127.0.0.1:{free_port()}/xAPI", "key", "secret")

    with pytest.raises(LrsUnavailable, match="ConnectionError"):
        nobody.store(batch_of(1))


def test_too_large_a_batch_is_halved_and_the_size_remembered(faulty, client):
    faulty.fault = lambda batch: Reply(413) if len(batch) > 8 else None

    assert all(outcome.delivered for outcome in client.store(batch_of(50)))
    sent = len(faulty.bodies)
    client.store(batch_of(50))

    assert max(len(batch) for batch in faulty.batches[sent:]) <= 8


def test_a_statement_too_large_by_itself_is_rejected_alone(faulty, client):
    batch = batch_of(5)
    large = str(batch[3].id)
    faulty.fault = lambda sent: Reply(413) if large in [one["id"] for one in sent] else None

    outcomes = client.store(batch)

    assert [outcome.delivered for outcome in outcomes] == [True, True, True, False, True]
    assert "too large" in outcomes[3].reason


def fails_for(statement):
    return lambda sent: Reply(500) if str(statement.id) in [one["id"] for one in sent] else None


def test_a_server_error_is_waited_out_at_first(faulty, client):
    batch = batch_of(4, tries=4)
    faulty.fault = fails_for(batch[2])

    with pytest.raises(LrsBroken, match="HTTP 500"):
        client.store(batch)

    assert len(faulty.bodies) == 1


def test_after_five_tries_the_one_that_breaks_the_server_is_found(faulty, client):
    batch = batch_of(4, tries=5)
    faulty.fault = fails_for(batch[2])

    outcomes = client.store(batch)

    assert [outcome.delivered for outcome in outcomes] == [True, True, False, True]
    assert outcomes[2].reason == "server error (HTTP 500) for this statement alone"


def test_a_server_that_recovers_while_it_is_suspected_gets_everything(faulty, client):
    failures = [True] * 4
    faulty.fault = lambda sent: Reply(500) if failures and failures.pop() else None

    assert all(outcome.delivered for outcome in client.store(batch_of(4, tries=5)))


def test_a_conflict_with_the_same_statement_is_a_delivery(faulty, client):
    [statement] = batch_of(1)
    held = json.loads(statement.text)
    held |= {"stored": "2026-11-02T09:10:01.000Z", "version": "1.0.0"}
    held["timestamp"] = "2026-11-02T09:10:00Z"
    faulty.stored[held["id"]] = held

    assert client.store([statement])[0].delivered


def test_a_conflict_with_a_voided_statement_is_a_delivery(faulty, client):
    [statement] = batch_of(1)
    held = json.loads(statement.text)
    faulty.voided[held["id"]] = held | {"version": "1.0.0"}

    assert client.store([statement])[0].delivered


ODD = [[], {}, {"statements": []}, {"statements": None}, {"statements": [1]}, {"id": 7}]


def odd_answer(body):
    return in_json(200, body)


@pytest.mark.parametrize("reply", [Reply(403), Reply(404), *map(odd_answer, ODD)])
def test_a_conflict_that_cannot_be_looked_into_is_rejected_with_that_reason(faulty, client, reply):
    faulty.fault = lambda sent: Reply(409)
    faulty.reading = reply

    [outcome] = client.store(batch_of(1))

    assert not outcome.delivered
    assert (
        outcome.reason
        == "conflict (HTTP 409): the LRS has something it does not show under this id"
    )


def test_an_lrs_that_goes_away_while_a_conflict_is_looked_into_rejects_nothing(faulty, client):
    faulty.fault = lambda sent: Reply(409)
    faulty.reading = Reply(503)

    with pytest.raises(LrsUnavailable) as caught:
        client.store(batch_of(1))

    assert caught.value.outcomes == ()


def test_what_was_delivered_before_the_lrs_went_away_is_reported(faulty, client):
    batch = batch_of(8)
    bad = str(batch[6].id)

    def until_the_second_half(sent):
        if bad not in [one["id"] for one in sent]:
            return None
        return Reply(400) if len(sent) == 8 else Reply(503)

    faulty.fault = until_the_second_half
    with pytest.raises(LrsUnavailable) as caught:
        client.store(batch)

    assert [outcome.id for outcome in caught.value.outcomes] == [one.id for one in batch[:4]]
    assert all(outcome.delivered for outcome in caught.value.outcomes)


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_refusal_of_everything_is_for_the_administrator(faulty, client, status):
    faulty.fault = always(Reply(status))

    with pytest.raises(LrsMisconfigured, match=str(status)):
        client.store(batch_of(3))

    assert len(faulty.bodies) == 1


def test_a_redirect_is_not_followed(faulty, client):
    with FaultyLrs() as elsewhere:
        faulty.fault = always(Reply(307, headers={"Location": f"{elsewhere.endpoint}/statements"}))

        with pytest.raises(LrsMisconfigured, match="redirects are not followed"):
            client.store(batch_of(1))

        assert elsewhere.requests == []


def test_a_certificate_that_cannot_be_trusted_is_for_the_administrator(faulty, tmp_path):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(own_certificate(tmp_path))
    with FaultyLrs() as server:
        server.server.socket = tls.wrap_socket(server.server.socket, server_side=True)
        client = LrsClient(server.endpoint.replace("http:", "https:"), "key", "secret")

        with pytest.raises(LrsMisconfigured, match="certificate"):
            client.store(batch_of(1))

        assert server.requests == []


def own_certificate(directory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = directory / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "lrs.example.org/xapi",
        "ftp://lrs.example.org",
        "https://",
        "https://a:b@lrs.example.org",
        "https://lrs.example.org/?x=1",
        "https://lrs.example.org/#x",
        "file:///etc/passwd",
    ],
)
def test_an_endpoint_that_is_no_plain_address_is_refused_at_once(endpoint):
    with pytest.raises(LrsMisconfigured):
        LrsClient(endpoint, "key", "secret")


def test_a_slash_at_the_end_of_the_endpoint_makes_no_difference(faulty):
    LrsClient(f"{faulty.endpoint}/", "key", "secret").store(batch_of(1))

    assert faulty.requests[0][1] == "/xAPI/statements"


def test_an_lrs_that_speaks_only_another_version_parks_nothing(faulty, client):
    faulty.fault = always(in_json(400, {"message": "version"}))
    faulty.about = in_json(200, {"version": ["2.0.0"]})

    for _ in range(2):
        with pytest.raises(LrsMisconfigured, match=r"does not speak xAPI 1\.0\.3") as caught:
            client.store(batch_of(4))
        assert caught.value.outcomes == ()


@pytest.mark.parametrize("about", [Reply(404), Reply(500), in_json(200, {"version": "1.0.3"})])
def test_an_lrs_that_does_not_say_its_versions_is_believed_to_refuse_statements(
    faulty, client, about
):
    faulty.fault = always(in_json(400, {"message": "bad"}))
    faulty.about = about

    assert [outcome.delivered for outcome in client.store(batch_of(2))] == [False, False]


def test_about_is_asked_without_the_key(faulty, client):
    assert client.about().versions == ("1.0.3",)

    [(_, path, headers)] = faulty.requests
    assert path == "/xAPI/about"
    assert "Authorization" not in headers


def test_a_key_that_may_only_write_is_recognised(faulty, client):
    faulty.reading = Reply(403)

    assert client.check_key() is False


def test_a_connection_is_kept_for_the_next_batch(faulty, client):
    for _ in range(3):
        client.store(batch_of(1))

    assert len(faulty.requests) == 3
    assert len(faulty.connections) == 1


def test_a_session_given_by_the_host_is_used(faulty):
    session = requests.Session()
    session.headers["X-Guard"] = "on"

    LrsClient(faulty.endpoint, "key", "secret", session=session).store(batch_of(1))

    assert faulty.requests[0][2]["X-Guard"] == "on"


def test_a_connection_that_the_lrs_closed_meanwhile_is_opened_again(faulty, client):
    client.store(batch_of(1))
    faulty.fault = once(Reply(is_cut=True))

    assert client.store(batch_of(2))[1].delivered
    assert len(faulty.connections) == 2


def test_an_lrs_that_always_hangs_up_is_tried_later(faulty, client):
    faulty.fault = always(Reply(is_cut=True))

    with pytest.raises(LrsUnavailable, match="ConnectionError"):
        client.store(batch_of(1))

    assert len(faulty.bodies) == 2


FAULTS = [
    Reply(429),
    Reply(503),
    Reply(500),
    Reply(401),
    Reply(302),
    Reply(200, b"<html>", {"Content-Type": "text/html"}),
    Reply(200, b"[", {"Content-Type": "application/json"}, length=900),
    in_json(400, {"warnings": ["Problem in 'statements.0.actor'. Received '\"Agnes\"'"]}),
    in_json(422, {"detail": [{"loc": ["body", 0, "actor"], "input": "Agnes"}]}),
    Reply(409),
    Reply(413),
]


@pytest.mark.parametrize("reply", FAULTS, ids=lambda reply: str(reply.status))
def test_no_statement_and_no_secret_is_ever_logged_or_told(faulty, client, caplog, reply):
    caplog.set_level(logging.DEBUG)
    [statement] = batch_of(1)
    faulty.fault = always(reply)
    faulty.reading = reply if reply.status == 409 else None
    try:
        told = client.store([statement])[0].reason
    except LrsError as error:
        told = "".join(traceback.format_exception(error)) + repr(error.__context__)

    private = ["s3cret", "czNjcmV0", "Agnes", "result", "4f1c2a9e", "registration"]
    assert [word for word in private if word in caplog.text + told] == []
    assert told


def test_an_error_does_not_carry_the_request_with_it():
    nobody = LrsClient(f"http://127.0.0.1:{free_port()}/xAPI", "key", "s3cret")

    with pytest.raises(LrsUnavailable) as caught:
        nobody.store(batch_of(1))

    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
