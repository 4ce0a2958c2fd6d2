"""The paths that profiles use."""

import pytest

from xapi.errors import ProfileError
from xapi.jsonpath import compiled

DOCUMENT = {
    "id": 1,
    "context": {
        "grouping": [{"id": "a", "name": {"en": "A"}}, {"id": "b", "name": {"cy": "B"}}],
        "parent": [{"id": "c"}],
        "extensions": {"https://x.org/a|b[0]": 3, "https://x.org/c": 4},
    },
    "empty": None,
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("$", [DOCUMENT]),
        ("$.id", [1]),
        ("id", [1]),
        ("$.empty", [None]),
        ("$.nothing.at.all", []),
        ("$.id.deeper", []),
        ("$.context.grouping", [DOCUMENT["context"]["grouping"]]),
        ("$.context.grouping[*].id", ["a", "b"]),
        ("context.grouping[1].id", ["b"]),
        ("$.context.grouping[7]", []),
        ("$.context.grouping[0,1].id", ["a", "b"]),
        ("$.context.grouping[*].name.*", ["A", "B"]),
        ("$.context['grouping', \"parent\"][*].id", ["a", "b", "c"]),
        ("$.context.*[*].id", ["a", "b", "c"]),
        ("$.context.extensions['https://x.org/a|b[0]']", [3]),
        ("$.context.extensions[*]", [3, 4]),
        ("$.id | $.context.parent[*].id|$.nothing", [1, "c"]),
        ("$['id']", [1]),
    ],
)
def test_a_path_finds_every_value_at_its_place(path, values):
    assert compiled(path)(DOCUMENT) == values


@pytest.mark.parametrize(
    "path",
    ["$..id", "$.a[?(@.b)]", "$.a[(@.length-1)]", "$.a[-1]", "$.a[]", "$.a[1:2]", "$.a b", "$.a["],
)
def test_a_path_that_a_profile_may_not_use_is_refused(path):
    with pytest.raises(ProfileError):
        compiled(path)
