"""The smallest tool that can take part: it signs, it answers logins, it keeps what arrived."""

from __future__ import annotations

import json
import time
from urllib.parse import urlencode
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, jsonify, redirect, request
from jwt.algorithms import RSAAlgorithm

HOST = "http://tool.test"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


class StubTool:
    """A tool with one key; `app` is its web face, `launches` what it was sent."""

    def __init__(self):
        self.kid, self.key = "stub-1", rsa.generate_private_key(65537, 2048)
        self.client_id, self.launches, self.app = "stub-client", [], self._app()

    def keyset(self, url=None):
        jwk = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**jwk, "kid": self.kid, "alg": "RS256", "use": "sig"}]}

    def new_key(self):
        self.kid, self.key = f"stub-{uuid4()}", rsa.generate_private_key(65537, 2048)

    def sign(self, claims, **headers):
        return jwt.encode(claims, self.key, "RS256", headers={"kid": self.kid, **headers})

    def assertion(self, audience, **changes):
        now = int(time.time())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": audience, "iat": now}
        claims |= {"exp": now + 60, "jti": uuid4().hex}
        return self.sign({k: v for k, v in {**claims, **changes}.items() if v is not None})

    def content(self, request_claims, items, **changes):
        """Return a signed deep linking response to a launch with *request_claims*."""
        now = int(time.time())
        claims = {
            "iss": self.client_id,
            "aud": request_claims["iss"],
            "iat": now,
            "exp": now + 60,
            "nonce": uuid4().hex,
            LTI + "message_type": "LtiDeepLinkingResponse",
            LTI + "version": "1.3.0",
            LTI + "deployment_id": request_claims[LTI + "deployment_id"],
            DL + "content_items": items,
        }
        return self.sign({k: v for k, v in {**claims, **changes}.items() if v is not None})

    def registration(self, **changes):
        return {
            "response_types": ["id_token"],
            "jwks_uri": f"{HOST}/jwks",
            "initiate_login_uri": f"{HOST}/login",
            "grant_types": ["client_credentials", "implicit"],
            "redirect_uris": [f"{HOST}/launch"],
            "application_type": "web",
            "token_endpoint_auth_method": "private_key_jwt",
            "client_name": "Stub tool",
            "logo_uri": f"{HOST}/logo.svg",
            "scope": "",
            "https://purl.imsglobal.org/spec/lti-tool-configuration": {
                "domain": "tool.test",
                "target_link_uri": f"{HOST}/launch",
                "description": "Stub description",
                "messages": [
                    {"type": "LtiDeepLinkingRequest", "target_link_uri": f"{HOST}/launch"}
                ],
                "claims": ["sub", "iss", "name", "given_name", "family_name", "email"],
            },
            **changes,
        }

    def _app(self):
        app = Flask("stub_tool")

        @app.get("/jwks")
        def keyset():
            return jsonify(self.keyset())

        @app.post("/login")
        def login():
            form = request.form
            query = {
                "scope": "openid",
                "response_type": "id_token",
                "response_mode": "form_post",
                "prompt": "none",
                "client_id": form["client_id"],
                "redirect_uri": f"{HOST}/launch",
                "login_hint": form["login_hint"],
                "lti_message_hint": form["lti_message_hint"],
                "state": uuid4().hex,
                "nonce": uuid4().hex,
            }
            return redirect(f"{form['iss']}/mod/lti/auth.php?{urlencode(query)}")

        @app.post("/launch")
        def launch():
            self.launches.append(request.form.to_dict())
            return f"Launched, {len(self.launches)}"

        return app
