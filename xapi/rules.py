"""Our own rules: the narrow shape that every statement of ours has, and nothing besides.

What is not listed here is not allowed, so that no name, address or typed text can leave by a
member nobody thought of. The lines returned name places, never values.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from xapi.actors import HOME_PAGE, NAME
from xapi.statements import ANSWER, INTERACTIONS, LANGUAGE, PLATFORM, PROFILE_CATEGORY, VOIDED
from xapi.vocabulary import IRI, WORDS

Check = Callable[[Any, str], Iterator[str]]

UUID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
DURATION = re.compile(r"PT(?=\d)(\d+H)?(\d+M)?(\d+S)?")
RESPONSE = re.compile(rf"(?:{ANSWER.pattern})(?:\[,\](?:{ANSWER.pattern}))*")
MEMBER = re.compile(
    "account|actor|attachments|category|choices|completion|context|contextActivities"
    "|correctResponsesPattern|definition|description|display|duration|extensions|grouping"
    "|homePage|id|instructor|interactionType|language|max|mbox|mbox_sha1sum|member|min"
    "|moreInfo|name|object|objectType|openid|other|parent|platform|raw|registration|response"
    "|result|revision|scaled|scale|score|source|statement|steps|success|target|team"
    "|timestamp|type|verb|version"
)
"""Names that may be repeated in a message; any other key might be somebody's text."""


def shape(must: Mapping[str, Check], may: Mapping[str, Check] | None = None) -> Check:
    """Return a check for an object with all of *must*, some of *may*, and no other members."""
    known = {**must, **(may or {})}

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path}: must be an object"
            return
        yield from (f"{path}.{key}: is missing" for key in must if key not in value)
        for key, member in value.items():
            if key in known:
                yield from known[key](member, f"{path}.{key}")
            else:
                yield f"{path}.{key if MEMBER.fullmatch(key) else '?'}: is not allowed"

    return check


def each(item: Check, *, most: int = 1000) -> Check:
    """Return a check for a list of one to *most* values that all pass *item*."""

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            yield f"{path}: must be a list of 1 to {most}"
            return
        for member in value:
            yield from item(member, f"{path}[]")

    return check


def value_of(is_right: Callable[[Any], bool], what: str) -> Check:
    """Return a check for a single value; *what* completes ``must be``."""

    def check(value: Any, path: str) -> Iterator[str]:
        if not is_right(value):
            yield f"{path}: must be {what}"

    return check


def text(pattern: re.Pattern[str], what: str) -> Check:
    """Return a check for text that wholly matches *pattern*."""
    return value_of(lambda v: isinstance(v, str) and bool(pattern.fullmatch(v)), what)


def is_number(value: Any) -> bool:
    """Say whether *value* is a finite JSON number; true and "8" are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def is_moment(value: Any) -> bool:
    """Say whether *value* is an RFC 3339 time in UTC with milliseconds and ``Z``."""
    try:
        return bool(MOMENT.fullmatch(value) and datetime.fromisoformat(value))
    except (TypeError, ValueError):
        return False


def extensions(value: Any, path: str) -> Iterator[str]:
    """Check that extensions are IRIs with numbers or truth values."""
    if not isinstance(value, dict) or not value:
        yield f"{path}: must be an object with members"
    elif not all(IRI.fullmatch(key) for key in value):
        yield f"{path}: keys must be IRIs"
    elif not all(isinstance(v, bool) or is_number(v) for v in value.values()):
        yield f"{path}: values must be numbers, true or false"


def score(value: Any, path: str) -> Iterator[str]:
    """Check a score's numbers and their order."""
    broken = list(SCORE_SHAPE(value, path))
    yield from broken
    if not broken and not (
        value["min"] < value["max"]
        and value["min"] <= value["raw"] <= value["max"]
        and -1 <= value["scaled"] <= 1
    ):
        yield f"{path}: raw must lie within min and max, scaled within -1 and 1"


def exactly(wanted: object) -> Check:
    """Return a check for the one value *wanted*."""
    return value_of(lambda v: bool(v == wanted), "what it always is")


BOOLEAN = value_of(lambda v: isinstance(v, bool), "true or false")
NUMBER = value_of(is_number, "a number")
ID = text(UUID_TEXT, "a lower-case UUID")
AN_IRI = text(IRI, "an absolute IRI")
ENGLISH = shape({"en": text(WORDS, "a short English name")})
SCORE_SHAPE = shape(dict.fromkeys(("scaled", "raw", "min", "max"), NUMBER))
ACCOUNT = shape({"homePage": text(HOME_PAGE, "a web address"), "name": text(NAME, "a pseudonym")})
AGENT = shape({"objectType": exactly("Agent"), "account": ACCOUNT})
INTERACTION = text(re.compile("|".join(sorted(INTERACTIONS))), "a known type of question")
REFERENCE = shape({"objectType": exactly("StatementRef"), "id": ID})


def activity(may: Mapping[str, Check] | None = None) -> Check:
    """Return a check for an Activity whose definition may also hold *may*."""
    definition = shape({"type": AN_IRI, "name": ENGLISH}, may)
    return shape({"objectType": exactly("Activity"), "id": AN_IRI, "definition": definition})


CONTEXT_ACTIVITIES = shape(
    {"category": exactly([PROFILE_CATEGORY])},
    {"parent": each(activity(), most=1), "grouping": each(activity()), "other": each(activity())},
)
CONTEXT = shape(
    {"registration": ID, "contextActivities": CONTEXT_ACTIVITIES},
    {
        "instructor": AGENT,
        "team": shape({"objectType": exactly("Group"), "member": each(AGENT)}),
        "statement": REFERENCE,
        "language": text(LANGUAGE, "a language code"),
        "platform": text(PLATFORM, "a plain product name"),
        "extensions": extensions,
    },
)
RESULT = shape(
    {},
    {
        "score": score,
        "success": BOOLEAN,
        "completion": BOOLEAN,
        "duration": text(DURATION, "hours, minutes and seconds"),
        "response": text(RESPONSE, "option ids or a number"),
    },
)
COMMON = {
    "id": ID,
    "actor": AGENT,
    "verb": shape({"id": AN_IRI, "display": ENGLISH}),
    "timestamp": value_of(is_moment, "UTC with milliseconds and Z"),
}
STATEMENT = shape(
    {**COMMON, "object": activity({"interactionType": INTERACTION}), "context": CONTEXT},
    {"result": RESULT},
)
VOIDING = shape({**COMMON, "object": REFERENCE})


def problems(statement: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Return what is wrong with *statement*, one line for each place; none: it may be sent.

    Args:
        statement: The parsed statement.
        names: The one name that things of a type may bear, by the type's IRI.
    """
    verb = statement.get("verb")
    is_voiding = isinstance(verb, dict) and verb.get("id") == VOIDED
    found = list((VOIDING if is_voiding else STATEMENT)(statement, "$"))
    return found or ([] if is_voiding else [*_names(statement, names), *_response(statement)])


def _names(statement: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    groups = statement["context"]["contextActivities"]
    things = [("$.object", statement["object"])]
    for group in groups.keys() - {"category"}:
        things += [(f"$.context.contextActivities.{group}[]", thing) for thing in groups[group]]
    for path, thing in things:
        definition = thing["definition"]
        if names.get(definition["type"]) != definition["name"]["en"]:
            yield f"{path}.definition.name: must be the type's own generic name"


def _response(statement: Mapping[str, Any]) -> Iterator[str]:
    is_question = "interactionType" in statement["object"]["definition"]
    if "response" in statement.get("result", {}) and not is_question:
        yield "$.result.response: is only allowed for a question with an interaction type"
