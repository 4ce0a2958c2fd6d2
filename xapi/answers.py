"""What an LRS's answer means. No network here.

LRSs differ from the specification and from each other: Ralph says 422 for 400, answers
"all of it is here already" with an empty 204, and 500 for ever to a bad actor.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

from xapi.errors import LrsMisconfigured, LrsUnavailable
from xapi.rules import MEMBER

TRANSIENT = frozenset({408, 425, 429, 502, 503, 504})
PLACE = re.compile(rf"statements?(?:\.\d+)?((?:\.(?:{MEMBER.pattern}))+)(?![\w.])")


class Verdict(Enum):
    """What happened to a batch as a whole; an LRS stores all of it or nothing."""

    STORED = "stored, or there already"
    REFUSED = "one of them at least is invalid"
    CONFLICT = "one id at least is taken by another statement"
    TOO_LARGE = "too large"
    BROKEN = "the LRS failed, perhaps because of one of them"


@dataclass(frozen=True)
class Answer:
    """One answer of an LRS, wholly read."""

    status: int
    content_type: str = ""
    body: bytes = b""
    retry_after: float | None = None


def verdict(answer: Answer) -> Verdict:
    """Return what *answer* says about the batch that was posted.

    Raises:
        LrsUnavailable: It says nothing about the batch; try again later.
        LrsMisconfigured: Address, key or permissions are wrong.
    """
    if report := _partial_report(answer):
        return report
    if answer.status == 200 and not isinstance(_json(answer), list):
        raise LrsUnavailable("HTTP 200 without the list of ids that an LRS sends")
    if answer.status in VERDICTS:
        return VERDICTS[answer.status]
    refuse_if_unsettled(answer)
    return Verdict.BROKEN


VERDICTS = {
    200: Verdict.STORED,
    204: Verdict.STORED,
    400: Verdict.REFUSED,
    409: Verdict.CONFLICT,
    413: Verdict.TOO_LARGE,
    422: Verdict.REFUSED,
}
"""By status. The list of ids in a 200 is not read: Ralph leaves out what it already has."""


def _partial_report(answer: Answer) -> Verdict | None:
    """Judge the report of a Ralph that is set to store parts of batches, else return None.

    It says 400 where all is stored already; what counts is that it rejected nothing.
    """
    if answer.status not in (200, 400) or "json" not in answer.content_type.lower():
        return None
    try:
        report = json.loads(answer.body)
    except ValueError:
        return None
    if not isinstance(report, dict) or not {"inserted", "rejected"} <= report.keys():
        return None
    return Verdict.REFUSED if report["rejected"] else Verdict.STORED


def refuse_if_unsettled(answer: Answer) -> None:
    """Raise if *answer* is about the connection or the destination, not about statements.

    Raises:
        LrsUnavailable: Busy or away for now.
        LrsMisconfigured: A redirect, or a refusal that no statement can have caused.
    """
    if answer.status in TRANSIENT:
        raise LrsUnavailable(f"HTTP {answer.status}", retry_after=answer.retry_after)
    if answer.status < 200 or 200 < answer.status < 300:
        raise LrsUnavailable(f"HTTP {answer.status} is no answer of an LRS")
    if 300 <= answer.status < 400:
        raise LrsMisconfigured(
            f"HTTP {answer.status}: the endpoint moved; redirects are not followed"
        )
    if 400 <= answer.status < 500:
        raise LrsMisconfigured(
            f"HTTP {answer.status}: check the endpoint, the key and its permissions"
        )


def document(answer: Answer) -> Any:
    """Return the JSON in the answer to a question, or None where there is no such thing.

    Raises:
        LrsUnavailable: The LRS is busy, away or broken.
        LrsMisconfigured: The address or the key is wrong.
    """
    if answer.status == 200:
        return _json(answer)
    if answer.status in (400, 404, 405):
        return None
    refuse_if_unsettled(answer)
    raise LrsUnavailable(f"HTTP {answer.status}", retry_after=answer.retry_after)


def _json(answer: Answer) -> Any:
    """Return the body as JSON; a sign-in page with status 200 is not an LRS."""
    if "json" not in answer.content_type.lower():
        raise LrsUnavailable("HTTP 200 without JSON: something else than an LRS answers there")
    try:
        return json.loads(answer.body)
    except ValueError:
        pass
    raise LrsUnavailable("HTTP 200 with JSON that breaks off")


def place(answer: Answer) -> str:
    """Return where in the statement the LRS saw the fault, such as ``actor.account``, or "".

    Only xAPI's own member names are passed on: the rest of such a message often repeats the
    statement.
    """
    try:
        detail = json.loads(answer.body)["detail"][0]["loc"]
        words = [word for word in detail if isinstance(word, str) and MEMBER.fullmatch(word)]
        return ".".join(words)
    except (ValueError, LookupError, TypeError):
        found = PLACE.search(answer.body.decode("utf-8", "replace"))
        return found[1][1:] if found else ""


def seconds(header: str | None) -> float | None:
    """Return a Retry-After header as seconds from now, or None if it cannot be read."""
    if header is None:
        return None
    try:
        return max(0.0, float(int(header)))
    except ValueError:
        return _seconds_until(header)


def _seconds_until(header: str) -> float | None:
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
