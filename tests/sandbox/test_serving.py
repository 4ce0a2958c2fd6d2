"""The sandbox on a real socket, with a real tool beside it, and a record store."""

from __future__ import annotations

import pytest
import requests
from flask import Flask, jsonify, request

from lti_tool.sandbox import LrsAccess, Sandbox, create_sandbox_app, seed, serve
from lti_tool.sandbox.lrs import line_of
from lti_tool.sandbox.vocabulary import MEMBERSHIP_READ, ROSTER_TYPE
from tests.sandbox.stub_tool import StubTool

STATEMENT = {
    "actor": {"name": "Tomas", "account": {"homePage": "http://vle.test", "name": "6"}},
    "verb": {"id": "http://activitystrea.ms/submit", "display": {"en": "submitted"}},
    "object": {"id": "http://tool.test/entry/1", "definition": {"name": {"is": "Dagbók"}}},
    "result": {"score": {"raw": 4, "max": 5}},
    "timestamp": "2026-11-21T10:00:00.000Z",
}


@pytest.fixture
def served():
    """A sandbox without an address of its own, on a free port."""
    sandbox = Sandbox()
    seed(sandbox)
    with serve(create_sandbox_app(sandbox)) as server:
        yield sandbox, server


@pytest.fixture
def record_store():
    """A record store that knows one statement and one key."""
    app = Flask("record_store")

    @app.get("/xapi/statements")
    def statements():
        right = request.authorization and request.authorization.parameters == {
            "username": "key",
            "password": "secret",
        }
        version = request.headers.get("X-Experience-API-Version")
        ok = right and version == "1.0.3"
        return (jsonify(statements=[STATEMENT]), 200) if ok else ("", 401)

    with serve(app) as server:
        yield f"{server.url}/xapi/"


def records_page(endpoint, key="key"):
    lrs = LrsAccess(endpoint, key, "secret")
    app = create_sandbox_app(Sandbox("http://vle.test"), lrs)
    return app.test_client().get("/site/records").text


def test_the_sandbox_takes_the_address_of_its_server(served):
    sandbox, server = served

    found = requests.get(f"{server.url}/mod/lti/openid-configuration.php", timeout=5).json()

    assert found["issuer"] == sandbox.base_url == server.url


def test_a_tool_on_a_socket_gets_a_token_and_the_roster(served):
    sandbox, server = served
    stub = StubTool()
    with serve(stub.app) as tool_server:
        tool = sandbox.preregister(
            f"{tool_server.url}/login",
            [f"{tool_server.url}/launch"],
            jwks_url=f"{tool_server.url}/jwks",
            client_id=stub.client_id,
        )
        endpoint = f"{server.url}/mod/lti/token.php"
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": stub.assertion(endpoint),
            "scope": MEMBERSHIP_READ,
        }
        token = requests.post(endpoint, data=form, timeout=5).json()["access_token"]
    course = sandbox.tables.courses[2]
    headers = {"Authorization": f"Bearer {token}", "Accept": ROSTER_TYPE}

    answer = requests.get(f"{sandbox.roster_url(course, tool)}?limit=2", headers=headers, timeout=5)

    assert len(answer.json()["members"]) == 2
    assert "from=2" in answer.links["next"]["url"]


def test_a_tool_that_does_not_answer_gets_400(served):
    sandbox, server = served
    stub = StubTool()
    sandbox.preregister(
        "http://127.0.0.1:9/login",
        ["http://127.0.0.1:9/launch"],
        jwks_url="http://127.0.0.1:9/jwks",
        client_id=stub.client_id,
    )
    endpoint = f"{server.url}/mod/lti/token.php"
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": stub.assertion(endpoint),
        "scope": MEMBERSHIP_READ,
    }

    assert requests.post(endpoint, data=form, timeout=15).status_code == 400


def test_a_stopped_server_gives_its_port_back(served):
    again = serve(create_sandbox_app(Sandbox()))
    again.stop()

    with pytest.raises(requests.ConnectionError):
        requests.get(again.url, timeout=2)


def test_statements_are_shown_in_words(record_store):
    page = records_page(record_store)

    for words in ("Tomas", "submitted", "Dagbók", "4 of 5", "2026-11-21 10:00:00"):
        assert words in page


def test_a_refusal_of_the_record_store_is_shown(record_store):
    assert "answered 401" in records_page(record_store, key="wrong")


def test_a_record_store_that_is_away_is_shown():
    assert "does not answer" in records_page("http://127.0.0.1:9/xapi")


def test_a_statement_without_names_is_shown_by_its_identifiers():
    line = line_of(
        {
            "actor": {"mbox": "mailto:a@example.org"},
            "verb": {"id": "http://verbs.test/did/"},
            "object": {"id": "http://things.test/1"},
            "result": {"score": {"scaled": 0.5}},
        }
    )

    assert (line.who, line.verb, line.object, line.score) == (
        "mailto:a@example.org",
        "did",
        "http://things.test/1",
        "50%",
    )
