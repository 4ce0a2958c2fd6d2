"""Requests as our views see them: without NUL, which PostgreSQL can store nowhere."""

from tempfile import SpooledTemporaryFile
from typing import IO, Any

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

    max_file_bytes: int | None = None
    """Where files are taken: the rest of a longer one is read and dropped, so that the text
    that came with it is kept."""

    def _get_file_stream(self, *_args: Any, **_kwargs: Any) -> IO[bytes]:
        """Keep a file aside while the form is read (Werkzeug's own hook for this)."""
        return _Bounded(self.max_file_bytes)


class _Bounded(SpooledTemporaryFile[bytes]):
    """A file on its way in; knows that it was too long by the one byte more that it keeps."""

    def __init__(self, most: int | None) -> None:
        super().__init__(max_size=64 * 1024)
        self._most = most

    def write(self, data: Any) -> int:
        """Keep what there is room for, and say that all was kept."""
        room = len(data) if self._most is None else max(0, self._most + 1 - self.tell())
        super().write(data[:room])
        return len(data)


def _clean(values: MultiDict[str, str]) -> ImmutableMultiDict[str, str]:
    pairs = values.items(multi=True)
    return ImmutableMultiDict(
        (key.replace("\0", ""), text.replace("\0", "")) for key, text in pairs
    )
