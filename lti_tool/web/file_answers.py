"""How bytes of evidence leave us: never run, never kept by caches, never whole in memory."""

import enum
from collections.abc import Iterator
from urllib.parse import quote

from flask import Response, request
from flask_babel import gettext as _

from lti_tool.domain.errors import NotFound, WrongState
from lti_tool.domain.evidence import FileState
from lti_tool.evidence.errors import NoSuchFile
from lti_tool.evidence.keeping import Keeping
from lti_tool.evidence.kinds import Family
from lti_tool.evidence.store import content_key
from lti_tool.services.evidence import ShownFile

POLICY = "sandbox; default-src 'none'"
"""Whatever a browser makes of it: no script, no form, no frame, no origin."""
POLICY_OF_PICTURES = f"{POLICY}; style-src 'unsafe-inline'"
"""For JPEGs that we made: browsers show one in a page of their own, with a style of theirs."""
_TEXT = "text/plain; charset=utf-8"


class Copy(enum.StrEnum):
    """Which bytes of a file."""

    SHARED = "shared"
    """To download: without place and device wherever we can take them out."""
    VIEW = "view"
    THUMBNAIL = "thumbnail"
    ORIGINAL = "original"
    """As it came; a photo may say where it was taken."""


def send_file(keeping: Keeping, file: ShownFile, copy: Copy) -> Response:
    """Return a file as an answer to this request; the caller knows that the reader may see it.

    Raises:
        NotFound: There is no such copy, or its bytes are gone.
        WrongState: It has not been scanned yet, or was blocked.
    """
    _require_clean(file)
    sha256 = _sha256_of(file, copy)
    if sha256 is None:
        raise NotFound(_("This page does not exist, or is not yours to see."))
    try:
        size = keeping.store.size(content_key(sha256))
        start, stop = _span(file, size)
        body = keeping.store.read(content_key(sha256), start, stop - start)
    except NoSuchFile:
        raise NotFound(
            _("This file cannot be found just now."),
            next_step=_("Tell your tutor: the administrator can look for it."),
        ) from None
    except _Unsatisfiable:
        return Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    return _answer(file, copy, body, span=(start, stop, size))


def _answer(
    file: ShownFile, copy: Copy, body: Iterator[bytes], *, span: tuple[int, int, int]
) -> Response:
    start, stop, size = span
    is_part = _wants_part(file)  # even if that is all: players learn from 206 that they may skip
    answer = Response(body, status=206 if is_part else 200)
    is_copy = file.is_picture and copy is not Copy.ORIGINAL
    answer.headers["Content-Type"] = "image/jpeg" if is_copy else _media_type(file)
    is_shown = copy in (Copy.VIEW, Copy.THUMBNAIL)
    answer.headers["Content-Security-Policy"] = POLICY_OF_PICTURES if is_shown else POLICY
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Length"] = str(stop - start)
    if is_shown:
        answer.headers["Content-Disposition"] = "inline"
    else:
        name = file.download_name if copy is Copy.ORIGINAL else file.shared_name
        answer.headers["Content-Disposition"] = _as_attachment(name)
    if _is_played(file):
        answer.headers["Accept-Ranges"] = "bytes"
    if is_part:
        answer.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return answer


def _as_attachment(name: str) -> str:
    """Return the header for any name: plain for old browsers, whole by RFC 6266 for others."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_. ") else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _require_clean(file: ShownFile) -> None:
    if file.state is FileState.PENDING:
        raise WrongState(
            _("This file is being checked for viruses."),
            next_step=_("Come back in a few minutes."),
        )
    if file.state is FileState.BLOCKED:
        raise WrongState(_("A virus was found in this file. Nobody can open it."))


def _sha256_of(file: ShownFile, copy: Copy) -> str | None:
    stored = file.stored
    if copy is Copy.THUMBNAIL:
        return stored.thumbnail_sha256
    if copy is Copy.VIEW:
        return stored.view_sha256 if file.is_picture else None
    if copy is Copy.SHARED:
        return stored.view_sha256 or (None if file.is_picture else stored.sha256)
    return stored.sha256


def _media_type(file: ShownFile) -> str:
    media_type = file.kind.media_type
    return _TEXT if media_type.startswith("text/") else media_type


def _is_played(file: ShownFile) -> bool:
    return file.kind.family in (Family.AUDIO, Family.VIDEO)


def _wants_part(file: ShownFile) -> bool:
    return _is_played(file) and request.range is not None and len(request.range.ranges) == 1


class _Unsatisfiable(Exception):
    """The browser asked for bytes behind the end."""


def _span(file: ShownFile, size: int) -> tuple[int, int]:
    """Return which bytes are asked for: players skip about in sound and video."""
    if not _wants_part(file):
        return 0, size
    found = request.range.range_for_length(size) if request.range else None
    if found is None:
        raise _Unsatisfiable
    return found
