"""The published profile keeps the rules for profiles (xAPI Profiles specification, part two)."""

import json
import re

import pytest

from xapi.profile import PROFILE_DOCUMENT, PROFILE_MEDIA_TYPE
from xapi.vocabulary import PROFILE, PROFILE_VERSION

DOCUMENT = json.loads(PROFILE_DOCUMENT)
CONCEPTS, TEMPLATES, PATTERNS = (DOCUMENT[key] for key in ("concepts", "templates", "patterns"))
PARTS = [*CONCEPTS, *TEMPLATES, *PATTERNS]
BY_ID = {part["id"]: part for part in PARTS}

COMMON = {"id", "type", "inScheme", "prefLabel", "definition"}
KINDS = ("sequence", "alternates", "optional", "oneOrMore", "zeroOrMore")
DETERMINING = {
    "verb": str,
    "objectActivityType": str,
    "contextGroupingActivityType": list,
    "contextParentActivityType": list,
    "contextOtherActivityType": list,
    "contextCategoryActivityType": list,
    "attachmentUsageType": list,
}
REFERENCES = {"objectStatementRefTemplate", "contextStatementRefTemplate"}


def ids(parts):
    return [part["id"].removeprefix(PROFILE) for part in parts]


def elements(pattern):
    [kind] = [kind for kind in KINDS if kind in pattern]
    inner = pattern[kind]
    return inner if isinstance(inner, list) else [inner]


def test_the_document_is_a_profile_under_our_own_address():
    assert DOCUMENT["@context"] == "https://w3id.org/xapi/profiles/context"
    assert DOCUMENT["type"] == "Profile"
    assert DOCUMENT["conformsTo"] == "https://w3id.org/xapi/profiles#1.0"
    assert DOCUMENT["id"] == PROFILE
    assert DOCUMENT["author"] == {"type": "Organization", "name": "Trellis"}
    assert PROFILE_MEDIA_TYPE == "application/ld+json"


def test_the_newest_version_is_the_one_that_statements_claim():
    newest, *older = DOCUMENT["versions"]

    assert newest["id"] == PROFILE_VERSION
    assert PROFILE_VERSION != PROFILE
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", newest["generatedAtTime"])
    assert ("wasRevisionOf" in newest) is bool(older)


def test_nothing_in_it_is_empty():
    def values(node):
        yield node
        for inner in node.values() if isinstance(node, dict) else node:
            yield from values(inner) if isinstance(inner, dict | list) else [inner]

    assert [value for value in values(DOCUMENT) if value in (None, "", {}, [])] == []


def test_every_part_has_an_id_of_its_own_under_the_profile():
    assert len(BY_ID) == len(PARTS)
    assert all(id.startswith(f"{PROFILE}/") for id in BY_ID)
    assert {part["inScheme"] for part in PARTS} == {PROFILE_VERSION}


def test_templates_and_patterns_have_the_version_in_their_ids():
    # Their ids must change when their rules do; those of concepts must not.
    assert all(part["id"].startswith(f"{PROFILE_VERSION}/") for part in [*TEMPLATES, *PATTERNS])
    assert not any(part["id"].startswith(f"{PROFILE_VERSION}/") for part in CONCEPTS)


@pytest.mark.parametrize("part", [*CONCEPTS, *TEMPLATES], ids=ids([*CONCEPTS, *TEMPLATES]))
def test_every_concept_and_template_says_what_it_is(part):
    assert part.keys() >= COMMON
    assert part["prefLabel"]["en"]
    assert part["definition"]["en"].endswith(".")


@pytest.mark.parametrize("concept", CONCEPTS, ids=ids(CONCEPTS))
def test_every_concept_is_a_type_or_an_extension_that_is_ours(concept):
    more = {"ActivityType": set(), "ContextExtension": {"recommendedVerbs", "inlineSchema"}}

    assert concept.keys() - COMMON <= more[concept["type"]]
    assert json.loads(concept.get("inlineSchema", "{}")) is not None


@pytest.mark.parametrize("template", TEMPLATES, ids=ids(TEMPLATES))
def test_every_template_is_well_formed(template):
    assert template["type"] == "StatementTemplate"
    assert template.keys() <= COMMON | DETERMINING.keys() | REFERENCES | {"rules"}
    for name, kind in DETERMINING.items():
        assert isinstance(template.get(name, kind()), kind)
    assert not {"objectStatementRefTemplate", "objectActivityType"} <= template.keys()
    for name in REFERENCES & template.keys():
        assert {BY_ID[id]["type"] for id in template[name]} == {"StatementTemplate"}


@pytest.mark.parametrize("template", TEMPLATES, ids=ids(TEMPLATES))
def test_every_rule_is_well_formed(template):
    for rule in template["rules"]:
        terms = rule.keys() - {"location", "selector", "scopeNote"}
        assert terms
        assert terms <= {"presence", "any", "all", "none"}
        assert rule.get("presence") in (None, "included", "excluded", "recommended")
        assert "?(" not in rule["location"]
        assert ".." not in rule["location"]
        for values in (rule.get(term, []) for term in ("any", "all", "none")):
            assert all(isinstance(value, str | bool | int) for value in values)


@pytest.mark.parametrize("pattern", PATTERNS, ids=ids(PATTERNS))
def test_every_pattern_is_well_formed(pattern):
    assert pattern["type"] == "Pattern"
    assert len([kind for kind in KINDS if kind in pattern]) == 1
    assert all(BY_ID[id]["type"] in ("Pattern", "StatementTemplate") for id in elements(pattern))
    assert pattern.keys() >= COMMON or not pattern.get("primary")
    for kind in {"sequence", "alternates"} & pattern.keys():
        assert len(pattern[kind]) >= 2


def test_no_alternative_is_optional():
    # It would be ambiguous (9.0).
    chosen = [BY_ID[id] for pattern in PATTERNS for id in pattern.get("alternates", [])]

    assert [part["id"] for part in chosen if {"optional", "zeroOrMore"} & part.keys()] == []


@pytest.mark.parametrize("pattern", PATTERNS, ids=ids(PATTERNS))
def test_no_pattern_contains_itself(pattern):
    def within(part, above):
        assert part["id"] not in above
        for id in elements(part) if part["type"] == "Pattern" else []:
            within(BY_ID[id], {*above, part["id"]})

    within(pattern, set())


def test_every_own_iri_in_it_is_defined_in_it():
    text = PROFILE_DOCUMENT.decode()
    named = set(re.findall(rf"{re.escape(PROFILE)}/[\w./-]*[\w-]", text))

    assert named - BY_ID.keys() == {PROFILE_VERSION}
