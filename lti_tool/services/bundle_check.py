"""Whether an exported bundle is whole, from its own words alone; `verify.js` does the same.

Format: `lti_tool/README.md`, "What stands in a bundle".
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.services.verification import Verdict

FORMAT = "trellis-bundle"


class NotABundle(ValueError):
    """What was handed over is no exported bundle."""


@dataclass(frozen=True, kw_only=True)
class BundleRecord:
    """What a bundle says of one record, or of the grades for one piece of work."""

    id: str
    verdict: Verdict
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class BundleFinding:
    """What a bundle says of all of it."""

    records: list[BundleRecord]
    chain: list[str]
    """Codes of what is broken in the chain itself."""
    seals: list[str]
    """Hashes of the links it brings, to be looked for here."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed."""
        return not self.chain and all(r.verdict is not Verdict.CHANGED for r in self.records)


def read_bundle(text: str | bytes) -> Mapping[str, Any]:
    """Return the bundle in the JSON that was handed over.

    Raises:
        NotABundle: It is none, or not JSON at all.
    """
    try:
        bundle = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotABundle from error
    if not isinstance(bundle, dict) or bundle.get("format") != FORMAT:
        raise NotABundle
    return bundle


def check_bundle(bundle: Mapping[str, Any]) -> BundleFinding:
    """Recompute every hash in *bundle* and follow its chain.

    Raises:
        NotABundle: Something is not where it belongs.
    """
    try:
        return _check(bundle)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise NotABundle from error


def _check(bundle: Mapping[str, Any]) -> BundleFinding:
    seals = sorted(bundle["seals"], key=lambda seal: int(seal["number"]))
    holding = _subjects(seals)
    erased = _erasures(bundle["audit"])
    return BundleFinding(
        records=[_record(one, holding, erased) for one in [*bundle["records"], *bundle["grades"]]],
        chain=list(_broken_chain(seals, bundle["head"])),
        seals=[seal["sha256"] for seal in seals],
    )


def digest(words: str) -> str:
    """Return the SHA-256 of words as they stand in a bundle."""
    return hashlib.sha256(words.encode()).hexdigest()


def _subjects(seals: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """What each link holds fast, if its own words are whole."""
    found = {}
    for seal in seals:
        if digest(seal["words"]) == seal["sha256"]:
            said = json.loads(seal["words"])
            found[said["kind"], said["subject"]] = said["sha256"]
    return found


def _erasures(lines: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    found = {}
    for line in lines:
        said = json.loads(line["words"]) if digest(line["words"]) == line["sha256"] else {}
        if said.get("action") in ("record.erased", "grade.erased"):
            found[said["subject"]] = said["details"]
    return found


def _record(one: Mapping[str, Any], holding: Any, erased: Any) -> BundleRecord:
    problems = [_problem(fact, holding, erased) for fact in one["facts"]]
    if any(problems):
        problem = next(filter(None, problems))
        return BundleRecord(id=str(one["id"]), verdict=Verdict.CHANGED, problem=problem)
    if any(fact["id"] in erased for fact in one["facts"]):
        return BundleRecord(id=str(one["id"]), verdict=Verdict.ERASED)
    is_amended = any(json.loads(fact["words"]).get("amends") for fact in one["facts"])
    is_old = is_amended or sum(fact["kind"] == "grade" for fact in one["facts"]) > 1
    return BundleRecord(id=str(one["id"]), verdict=Verdict.SUPERSEDED if is_old else Verdict.VALID)


def _problem(fact: Mapping[str, Any], holding: Any, erased: Any) -> str:
    if holding.get((fact["kind"], fact["id"])) != fact["sha256"]:
        return "sealed_otherwise"
    said = erased.get(fact["id"])
    if said is not None:
        is_rest = said["sha256"] == fact["sha256"] and said["remains"] == digest(fact["words"])
        return "" if is_rest and said["was_intact"] is True else "content"
    return "" if digest(fact["words"]) == fact["sha256"] else "content"


def _broken_chain(seals: list[Mapping[str, Any]], head: Any) -> Iterable[str]:
    before: Mapping[str, Any] | None = None
    for seal in seals:
        said = json.loads(seal["words"])
        if digest(seal["words"]) != seal["sha256"] or said["number"] != seal["number"]:
            yield f"link {seal['number']}"
        elif (
            before is not None
            and before["number"] + 1 == seal["number"]
            and said["previous"] != before["sha256"]
        ):
            yield f"link {before['number']}"
        before = seal
    if before is not None and head["number"] == before["number"]:
        if head["sha256"] != before["sha256"]:
            yield "head"
    elif before is not None and head["number"] < before["number"]:
        yield "head"
