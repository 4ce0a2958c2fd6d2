"""Requests as our views see them: without NUL, which PostgreSQL can store nowhere."""

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property


class CleanRequest(Request):
    """A request whose form and query hold no NUL; nobody types one, and none is missed."""

    @cached_property
    def form(self) -> ImmutableMultiDict[str, str]:
        """What was posted."""
        return _clean(super().form)

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """What stands behind the question mark."""
        return _clean(super().args)


def _clean(values: MultiDict[str, str]) -> ImmutableMultiDict[str, str]:
    pairs = values.items(multi=True)
    return ImmutableMultiDict(
        (key.replace("\0", ""), text.replace("\0", "")) for key, text in pairs
    )
