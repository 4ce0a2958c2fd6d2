"""What a mentor typed and pressed on their page: several cards in one form, any of them bad."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self
from uuid import UUID

from werkzeug.datastructures import MultiDict

from lti_tool.domain.signing import Capacity

MOST_CARDS: Final = 200
"""Cards on one page; whoever has more decides on the oldest first."""


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What stands in the fields of one card."""

    capacity: Capacity | None = None
    comment: str = ""
    seen_sha256: str = ""
    said: str = ""
    is_picked: bool = False
    is_sure: bool = False
    """Pressed "Not mine" before and was asked whether that is meant."""


@dataclass(frozen=True, kw_only=True)
class Posted:
    """One press of a button."""

    act: str = ""
    """confirm, return, not-mine, or '' when nothing was chosen."""
    wanted: tuple[UUID, ...] = ()
    """The records it is about."""
    typed: Mapping[UUID, Typed] = field(default_factory=dict)

    @classmethod
    def read(cls, form: MultiDict[str, str]) -> Self:
        """Return what was posted; what makes no sense is left out."""
        picked = set(_ids(form.getlist("pick")))
        named = (_id(name[2:]) for name in form if name.startswith(("s-", "t-")))
        shown = list(dict.fromkeys(id for id in named if id))
        typed = {id: _typed(form, id, is_picked=id in picked) for id in shown[:MOST_CARDS]}
        act, _space, about = form.get("do", "").partition(" ")
        if act == "confirm-picked":
            wanted = tuple(id for id in shown if id in picked)
            return cls(act="confirm" if wanted else "", wanted=wanted, typed=typed)
        one = tuple(_ids([about]))
        is_known = act in ("confirm", "return", "not-mine") and bool(one)
        return cls(act=act if is_known else "", wanted=one if is_known else (), typed=typed)


def _typed(form: MultiDict[str, str], id: UUID, *, is_picked: bool) -> Typed:
    capacity = form.get(f"c-{id}", "")
    return Typed(
        capacity=Capacity(capacity) if capacity in set(Capacity) else None,
        comment=clean(form.get(f"t-{id}", "")),
        seen_sha256=form.get(f"s-{id}", ""),
        said=form.get(f"w-{id}", ""),
        is_picked=is_picked,
        is_sure=form.get(f"n-{id}") == "yes",
    )


def clean(text: str) -> str:
    """Return typed text with one kind of line end and without margins."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _ids(texts: list[str]) -> list[UUID]:
    return [id for text in texts if (id := _id(text))]


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
