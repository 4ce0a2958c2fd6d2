"""The connection to a Learning Record Store: the only network code for statements.

Sends the stored text unchanged, follows no redirect, verifies certificates, and writes no
statement, key or secret into a log or an error.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import requests
from requests.exceptions import (
    InvalidHeader,
    InvalidSchema,
    InvalidURL,
    MissingSchema,
    RequestException,
    SSLError,
)
from urllib3.exceptions import ProtocolError

from xapi.answers import Answer, document, seconds
from xapi.batches import Outcome, Settlement, StoredStatement
from xapi.errors import LrsError, LrsMisconfigured, LrsUnavailable
from xapi.vocabulary import PROFILE

__all__ = ["About", "LrsClient", "Outcome", "StoredStatement"]

USER_AGENT = f"Trellis (+{PROFILE})"
LARGEST_BATCH = 100
LARGEST_ANSWER = 1 << 20
"""Bytes of an answer that are read; ids and single statements are far shorter."""
LONGEST_ANSWER = 60.0
"""Seconds in which an answer must be through, however steadily it drips."""

BEYOND_RETRY = (SSLError, InvalidURL, InvalidSchema, MissingSchema, InvalidHeader)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class About:
    """What an LRS says of itself."""

    versions: tuple[str, ...]
    """xAPI versions it speaks; empty if it does not say."""

    def speaks(self, version: str) -> bool | None:
        """Say whether *version* is spoken (1.0.3 with 1.0.0 as well); None if unknown."""
        family = version.rpartition(".")[0]
        return any(v.startswith(family) for v in self.versions) if self.versions else None


class LrsClient:
    """One LRS, spoken to with one key over kept-alive connections."""

    def __init__(
        self,
        endpoint: str,
        key: str,
        secret: str,
        *,
        version: str = "1.0.3",
        timeout: tuple[float, float] = (5, 30),
        session: requests.Session | None = None,
    ) -> None:
        """Prepare to speak to *endpoint*; nothing is sent yet.

        Args:
            endpoint: The base URL, without ``/statements``.
            key: User name for HTTP Basic.
            secret: Password for HTTP Basic.
            version: Sent as X-Experience-API-Version.
            timeout: Seconds to connect, and seconds between two bytes of an answer.
            session: Connections to use, for a proxy or a guard on addresses.

        Raises:
            LrsMisconfigured: *endpoint* is not a plain http(s) URL.
        """
        parts = urlsplit(endpoint)
        is_plain = (
            parts.hostname and "@" not in parts.netloc and not (parts.query or parts.fragment)
        )
        if parts.scheme not in ("http", "https") or not is_plain:
            raise LrsMisconfigured("the endpoint must be an http(s) URL without user name or query")
        self.endpoint = endpoint.rstrip("/")
        self.version = version
        self.largest = LARGEST_BATCH
        self._auth = (key.encode(), secret.encode())
        self._timeout = timeout
        self._session = session or requests.Session()
        self._is_proven = False

    def store(self, batch: Sequence[StoredStatement]) -> list[Outcome]:
        """Deliver *batch* and return one outcome for each statement, in the same order.

        Bad statements are found and told apart from good ones. Safe to repeat at any time.

        Raises:
            LrsUnavailable: Try the statements without an outcome again later.
            LrsMisconfigured: Do not, before an administrator has changed something.
        """
        outcomes = Settlement(self, batch).run()
        rejected = sum(not outcome.delivered for outcome in outcomes.values())
        log.info(
            "statements settled: %d delivered, %d rejected", len(outcomes) - rejected, rejected
        )
        return [outcomes[statement.id] for statement in batch]

    def about(self) -> About:
        """Ask, without credentials, which versions of xAPI the LRS speaks.

        Raises:
            LrsError: Nothing that could be an LRS answers there.
        """
        said = document(self._exchange("GET", "/about", is_anonymous=True))
        versions = said.get("version") if isinstance(said, dict) else None
        return About(tuple(str(v) for v in versions) if isinstance(versions, list) else ())

    def check_key(self) -> bool:
        """Return whether the key may read statements besides writing them; reads none.

        Raises:
            LrsMisconfigured: The LRS does not know the key, or is not at this address.
            LrsUnavailable: It cannot be asked now.
        """
        asked = {"limit": "1", "since": "2999-01-01T00:00:00.000Z"}
        answer = self._exchange("GET", "/statements", params=asked)
        if answer.status == 403:
            return False
        if document(answer) is None:
            raise LrsMisconfigured(f"HTTP {answer.status}: no statements under this endpoint")
        return True

    def post(self, part: Sequence[StoredStatement]) -> Answer:
        """Send *part* in one request, the stored texts as they are."""
        body = f"[{','.join(statement.text for statement in part)}]".encode()
        answer = self._exchange("POST", "/statements", body=body)
        self._is_proven = self._is_proven or answer.status in (200, 204)
        return answer

    def held(self, id: UUID) -> Mapping[str, Any] | None:
        """Return the statement the LRS has under *id*, also a voided one, or None."""
        for name in ("statementId", "voidedStatementId"):
            answer = self._exchange("GET", "/statements", params={name: str(id)})
            said = None if answer.status in (401, 403) else document(answer)
            if found := _with_id(said, id):
                return found
        return None

    def check_version(self) -> None:
        """Make sure, once, that a refusal is not about the version of xAPI.

        Raises:
            LrsMisconfigured: The LRS says that it does not speak our version.
        """
        if self._is_proven:
            return
        self._is_proven = True
        try:
            about = self.about()
        except LrsError:
            return
        if about.speaks(self.version) is False:
            self._is_proven = False
            raise LrsMisconfigured(f"the LRS does not speak xAPI {self.version}")

    def _exchange(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        is_anonymous: bool = False,
    ) -> Answer:
        """Make one request and return the whole answer.

        The library's own errors hold the request, and with it statements and the key, so
        ours are raised outside their handlers and do not refer to them.
        """
        request = requests.Request(
            method,
            self.endpoint + path,
            headers=self._headers(body),
            params=params,
            data=body,
            auth=None if is_anonymous else self._auth,
        )
        trouble: LrsError
        try:
            return self._sent_afresh(request)
        except BEYOND_RETRY as error:
            trouble = LrsMisconfigured(f"{type(error).__name__}: check address and certificate")
        except RequestException as error:
            trouble = LrsUnavailable(f"{type(error).__name__}: no complete answer from the LRS")
        raise trouble

    def _headers(self, body: bytes | None) -> dict[str, str]:
        headers = {
            "X-Experience-API-Version": self.version,
            "Accept": "application/json",
            "User-Agent": USER_AGENT,
        }
        return headers | ({"Content-Type": "application/json; charset=utf-8"} if body else {})

    def _sent_afresh(self, request: requests.Request) -> Answer:
        """Send once more if a kept-alive connection turns out to be closed.

        Ralph closes its own after every HTTP 500. Repeats do no harm.
        """
        try:
            return self._send(request)
        except requests.ConnectionError as error:
            if not (error.args and isinstance(error.args[0], ProtocolError)):
                raise
        return self._send(request)

    def _send(self, request: requests.Request) -> Answer:
        prepared = self._session.prepare_request(request)
        proxies = self._session.merge_environment_settings(
            prepared.url or "", {}, stream=True, verify=None, cert=None
        )
        response = self._session.send(
            prepared, timeout=self._timeout, allow_redirects=False, **proxies
        )
        with response:
            return _read(response)


def _read(response: requests.Response) -> Answer:
    """Read an answer, but neither without end nor for ever."""
    deadline = monotonic() + LONGEST_ANSWER
    body = bytearray()
    for piece in response.iter_content(1 << 16):
        body += piece
        if len(body) > LARGEST_ANSWER or monotonic() > deadline:
            raise LrsUnavailable("the answer of the LRS does not end")
    headers = response.headers
    return Answer(
        status=response.status_code,
        content_type=headers.get("Content-Type", ""),
        body=bytes(body),
        retry_after=seconds(headers.get("Retry-After")),
    )


def _with_id(said: Any, id: UUID) -> Mapping[str, Any] | None:
    """Find the statement in an answer; Ralph sends a list where the specification has one."""
    if not isinstance(said, dict):
        return None
    found = said.get("statements", [said])
    if not isinstance(found, list):
        return None
    ours = (one for one in found if isinstance(one, dict) and "id" in one)
    return next((one for one in ours if str(one["id"]).lower() == str(id)), None)
