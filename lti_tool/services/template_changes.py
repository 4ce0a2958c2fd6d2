"""What is different between two contents of a template, told by the paths of its parts."""

from collections.abc import Mapping
from typing import Any

from lti_tool.domain.base import Json
from lti_tool.domain.template_kinds import Place, TemplateKind, places


def compare(kind: TemplateKind, before: Json, after: Json) -> list[Json]:
    """Return every change as ``what`` (added, removed, changed, moved), ``list``, ``part``.

    A change also has ``keys``, the attributes that differ; of the template itself ``part``
    is None. Reordering alone is said of the parts whose neighbour before them is another.
    """
    old, new = _by_id(kind, before), _by_id(kind, after)
    found = _own(kind, before, after)
    found += [_change("removed", place) for id, place in old.items() if id not in new]
    for id, place in new.items():
        if id not in old:
            found.append(_change("added", place))
            continue
        if keys := _different(place, old[id]):
            found.append(_change("changed", place) | {"keys": keys})
        if _before(place, old) != _before(old[id], new):
            found.append(_change("moved", place))
    return found


def _own(kind: TemplateKind, before: Json, after: Json) -> list[Json]:
    keys = [a.key for a in kind.attributes if before.get(a.key) != after.get(a.key)]
    return [{"what": "changed", "list": "", "part": None, "keys": keys}] if keys else []


def _by_id(kind: TemplateKind, content: Json) -> dict[str, Place]:
    return {place.path: place for place in places(kind.parts, content)}


def _change(what: str, place: Place) -> Json:
    return {"what": what, "list": place.kind.key, "part": place.path}


def _different(new: Place, old: Place) -> list[str]:
    nested = {kind.key for kind in new.kind.parts}
    keys = sorted((set(new.part) | set(old.part)) - nested)
    return [key for key in keys if new.part.get(key) != old.part.get(key)]


def _before(place: Place, known: Mapping[str, Any]) -> str | None:
    """The nearest part before this one that both contents have."""
    above = place.path.rpartition(".")[0]
    paths = [f"{above}.{part['id']}" if above else part["id"] for part in place.siblings]
    both = [path for path in paths if path in known]
    at = both.index(place.path) if place.path in both else 0
    return both[at - 1] if at else None
