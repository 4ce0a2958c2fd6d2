"""Requests to platforms: timed, bounded, never redirected, never into a private network."""

import json
import threading
import time
from dataclasses import dataclass
from typing import Any

import requests
from requests_hardened import Config, HTTPSession

USER_AGENT = "Trellis (LTI tool)"
MAX_BODY = 5 * 1024 * 1024
"""Largest answer read from a platform, in bytes: a roster page of 1,000 has about 400 kB."""
CONNECT_SECONDS = 3.05


class Unreachable(Exception):
    """The platform did not answer, in time or at all; text is for operators."""


class Garbled(Exception):
    """The platform answered with something else than the JSON that was asked for."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A platform's whole answer."""

    status: int
    headers: requests.structures.CaseInsensitiveDict[str]
    body: bytes

    @property
    def is_ok(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Return the decoded body.

        Raises:
            Garbled: It is not JSON.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise Garbled(type(error).__name__) from error


class Outgoing:
    """A door to the network with a total deadline per request, in seconds.

    Without *allow_private*, names that resolve to private, loopback or link-local
    addresses are refused at connect time, so that DNS tricks do not help.
    """

    def __init__(self, *, timeout: float, allow_private: bool) -> None:
        """Keep the limits; sessions are made per thread and reused."""
        self.timeout = timeout
        self._local = threading.local()
        self._config = Config(
            ip_filter_enable=not allow_private,
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(CONNECT_SECONDS, timeout),
            user_agent_override=USER_AGENT,
        )

    @property
    def session(self) -> requests.Session:
        """This thread's pooled session."""
        if not hasattr(self._local, "session"):
            self._local.session = HTTPSession(self._config)
            self._local.session.trust_env = False
        session: requests.Session = self._local.session
        return session

    def request(self, method: str, url: str, **kwargs: Any) -> Answer:
        """Return the answer to one request; arguments as for `requests`.

        Raises:
            Unreachable: No connection, too slow, too large, or an address we do not call.
        """
        try:
            with self.session.request(method, url, stream=True, **kwargs) as response:
                body = self._read(response)
                return Answer(status=response.status_code, headers=response.headers, body=body)
        except (requests.RequestException, ValueError) as error:
            raise Unreachable(type(error).__name__) from error

    def _read(self, response: requests.Response) -> bytes:
        deadline = time.monotonic() + self.timeout
        body = bytearray()
        for chunk in response.iter_content(65536):
            body += chunk
            if len(body) > MAX_BODY or time.monotonic() > deadline:
                raise Unreachable("answer too large or too slow")
        return bytes(body)
