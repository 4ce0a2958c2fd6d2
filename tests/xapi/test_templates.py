"""Template rules, held against the tables of the xAPI Profiles specification (8.1 and 2.1)."""

import pytest

from xapi.errors import ProfileError
from xapi.templates import Rule, Template


def followed(terms, statement):
    return Rule.parse({"location": "$.a[*].v", **terms}).is_followed(statement)


def at(*values):
    return {"a": [{"v": value} for value in values]}


NOTHING = {"a": []}


@pytest.mark.parametrize(
    ("terms", "statement", "expected"),
    [
        ({"presence": "included"}, at(1), True),
        ({"presence": "included"}, at(None), True),
        ({"presence": "included"}, NOTHING, False),
        ({"presence": "excluded"}, NOTHING, True),
        ({"presence": "excluded"}, at(1), False),
        ({"presence": "recommended"}, NOTHING, True),
        ({"presence": "recommended"}, at(1), True),
        ({"any": [1, 2]}, at(2, 3), True),
        ({"any": [1, 2]}, at(3), False),
        ({"any": [1, 2]}, NOTHING, False),
        ({"presence": "recommended", "any": [1]}, NOTHING, True),
        ({"presence": "recommended", "any": [1]}, at(3), False),
        ({"all": [1, 2]}, at(1, 2, 2), True),
        ({"all": [1, 2]}, at(1, 3), False),
        ({"all": [1, 2]}, NOTHING, True),
        ({"presence": "included", "all": [1]}, NOTHING, False),
        ({"presence": "recommended", "all": [1]}, at(3), False),
        ({"none": [1, 2]}, at(3), True),
        ({"none": [1, 2]}, at(3, 2), False),
        ({"none": [1]}, NOTHING, True),
        ({"any": [1], "none": [2]}, at(1, 2), False),
    ],
)
def test_a_rule_asks_for_what_the_specification_says(terms, statement, expected):
    assert followed(terms, statement) is expected


@pytest.mark.parametrize(
    ("terms", "statement", "expected"),
    [
        ({"presence": "included"}, at({"w": 1}, {"w": 2}), True),
        ({"presence": "included"}, at({"w": 1}, {}), False),
        ({"presence": "excluded"}, at({}, {}), True),
        ({"presence": "excluded"}, at({}, {"w": 1}), False),
        ({"any": [1]}, at({}, {"w": 1}), True),
        ({"all": [1]}, at({"w": 1}), True),
        ({"all": [1]}, at({}, {"w": 1}), False),
        ({"none": [1]}, at({}, {"w": 2}), True),
        ({"presence": "recommended"}, NOTHING, True),
    ],
)
def test_a_selector_that_finds_nothing_leaves_a_value_that_cannot_match(terms, statement, expected):
    assert followed({"selector": "$.w", **terms}, statement) is expected


@pytest.mark.parametrize(
    ("value", "allowed", "expected"),
    [
        (True, [1], False),
        (1, [True], False),
        (0, [False], False),
        (1.0, [1], True),
        (True, [True], True),
    ],
)
def test_true_is_not_one(value, allowed, expected):
    assert followed({"all": allowed}, at(value)) is expected


def test_a_rule_that_asks_for_nothing_is_refused():
    with pytest.raises(ProfileError):
        Rule.parse({"location": "$.id"})


TEMPLATE = Template.parse(
    {
        "id": "t",
        "verb": "v",
        "objectActivityType": "o",
        "contextGroupingActivityType": ["g", "h"],
        "attachmentUsageType": ["u"],
    }
)


def of(verb="v", kind="o", grouping=("g", "h", "more"), usage=("u",)):
    groups = [{"definition": {"type": type}} for type in grouping]
    return {
        "verb": {"id": verb},
        "object": {"definition": {"type": kind}},
        "context": {"contextActivities": {"grouping": groups}},
        "attachments": [{"usageType": type} for type in usage],
    }


def test_a_template_is_for_statements_with_all_its_determining_properties_and_perhaps_more():
    assert TEMPLATE.is_for(of())


@pytest.mark.parametrize(
    "other", [{"verb": "w"}, {"kind": "p"}, {"grouping": ("g",)}, {"grouping": ()}, {"usage": ()}]
)
def test_a_template_is_not_for_statements_that_lack_one_of_them(other):
    assert not TEMPLATE.is_for(of(**other))
