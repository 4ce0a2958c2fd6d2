"""A sandbox with the demo's cast, and a stub tool that is registered in it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import jwt
import pytest
from flask.testing import FlaskClient

from lti_tool.sandbox import Cast, Sandbox, create_sandbox_app, launch, seed
from lti_tool.sandbox.keys import KeyRing
from lti_tool.sandbox.model import Tool
from lti_tool.sandbox.vocabulary import (
    EVERY_SCOPE,
    LINE_ITEM_TYPE,
    LINE_ITEMS_TYPE,
    RESULTS_TYPE,
    ROSTER_TYPE,
    SCORE_TYPE,
)
from tests.sandbox.stub_tool import HOST, StubTool

VLE = "http://vle.test"
_KEYS = KeyRing()  # one key for the whole run, because making one takes long


@dataclass
class World:
    """Everything that a test needs, under one name."""

    sandbox: Sandbox
    cast: Cast
    stub: StubTool
    tool: Tool
    vle: FlaskClient
    browser: FlaskClient

    def launch(self, person, link, edit=None, **kind):
        """Launch *link* as *person* and return the claims that reached the tool."""
        form = self.sandbox.launch_form(person, link, **kind)
        return self.finish(form, edit)

    def select(self, person, course=None, link=None):
        """Open the tool's chooser and return the claims that reached the tool."""
        where = course or self.cast.course
        return self.finish(self.sandbox.deep_linking_form(person, where, self.tool, link))

    def finish(self, form, edit=None):
        answer = launch(self.browser, self.sandbox, form, edit)
        assert answer.status_code == 200, answer.text
        return self.claims(self.stub.launches[-1]["id_token"])

    def claims(self, token):
        keyset = jwt.PyJWKSet.from_dict(self.vle.get("/mod/lti/certs.php").json)
        kid = jwt.get_unverified_header(token)["kid"]
        key = next(key for key in keyset.keys if key.key_id == kid)
        options = {"verify_aud": False, "verify_iat": False, "verify_exp": False}
        return jwt.decode(token, key.key, algorithms=["RS256"], options=options)

    def token(self, *scopes, **changes):
        """Return the answer of the token endpoint."""
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self.stub.assertion(f"{VLE}/mod/lti/token.php"),
            "scope": " ".join(scopes or EVERY_SCOPE),
        }
        return self.vle.post("/mod/lti/token.php", data={**form, **changes})

    def bearer(self):
        return {"Authorization": f"Bearer {self.token().json['access_token']}"}

    def call(self, method, url, accept=None, body=None, media_type=None, headers=None):
        headers = dict(self.bearer() if headers is None else headers)
        if accept is not None:
            headers["Accept"] = accept
        data = body if isinstance(body, str | bytes | None) else json.dumps(body)
        path = url.removeprefix(VLE)
        return self.vle.open(
            path, method=method, headers=headers, data=data, content_type=media_type
        )

    def roster(self, course=None, query="", **options):
        url = self.sandbox.roster_url(course or self.cast.course, self.tool)
        return self.call("GET", url + query, ROSTER_TYPE, **options)

    def items(self, query="", accept=LINE_ITEMS_TYPE):
        url = self.sandbox.line_items_url(self.cast.course, self.tool)
        return self.call("GET", url + query, accept)

    def add_item(self, **body):
        url = self.sandbox.line_items_url(self.cast.course, self.tool)
        return self.call("POST", url, body=body, media_type=LINE_ITEM_TYPE)

    def score(self, item, person, given=None, at="2026-11-21T10:00:00Z", **changes):
        """Post a score of *given* out of 100 and return the answer."""
        body = {
            "userId": str(person.id),
            "timestamp": at,
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
        }
        body |= {"scoreGiven": given, "scoreMaximum": 100} if given is not None else {}
        return self.post_score(item, json.dumps({**body, **changes}))

    def post_score(self, item, body, **options):
        options.setdefault("media_type", SCORE_TYPE)
        url = self.sandbox.line_item_url(item).replace("/lineitem?", "/lineitem/scores?")
        return self.call("POST", url, body=body, **options)

    def results(self, item, query=""):
        url = self.sandbox.line_item_url(item).replace("/lineitem?", "/lineitem/results?")
        return self.call("GET", url + query, RESULTS_TYPE)

    def grade(self, item, person):
        """Return what the gradebook shows: points and feedback."""
        cell = self.sandbox.cell(item, person)
        return cell.score, cell.feedback


@pytest.fixture
def world():
    stub = StubTool()
    sandbox = Sandbox(VLE, fetch_keyset=stub.keyset, keys=KeyRing(list(_KEYS.keys)))
    cast = seed(sandbox)
    tool = sandbox.preregister(
        f"{HOST}/login",
        [f"{HOST}/launch"],
        jwks_url=f"{HOST}/jwks",
        client_id=stub.client_id,
        name="Stub tool",
    )
    vle = create_sandbox_app(sandbox).test_client()
    return World(sandbox, cast, stub, tool, vle, stub.app.test_client())


@pytest.fixture
def cast(world):
    return world.cast


@pytest.fixture
def logbook(world):
    """A logbook in the first course, with a column of 100 points."""
    course, tool = world.cast.course, world.tool
    custom = {"activity_id": "act1"}
    return world.sandbox.add_link(
        course, tool, "Logbook 1", custom=custom, score_maximum=100, resource_id="r1", tag="entry"
    )


@pytest.fixture
def column(world, logbook):
    return world.sandbox.tables.items_of(logbook)[0]
