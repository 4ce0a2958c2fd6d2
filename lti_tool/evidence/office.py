"""Documents that are zip files inside: Word, Excel, PowerPoint and OpenDocument text.

Their parts are listed, never unpacked, but for the two small ones that say what it is.
"""

import zlib
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

from flask_babel import lazy_gettext

from lti_tool.evidence.errors import damaged, wrong_kind
from lti_tool.evidence.kinds import KINDS, Kind

MOST_PARTS = 20_000
MOST_BYTES = 512 * 1024
"""Of a part that is read."""

_OFFICE = "application/vnd.openxmlformats-officedocument."
_MAIN = {
    b"wordprocessingml.document.main+xml": f"{_OFFICE}wordprocessingml.document",
    b"spreadsheetml.sheet.main+xml": f"{_OFFICE}spreadsheetml.sheet",
    b"presentationml.presentation.main+xml": f"{_OFFICE}presentationml.presentation",
    b"presentationml.slideshow.main+xml": f"{_OFFICE}presentationml.presentation",
}
_ODT = "application/vnd.oasis.opendocument.text"


def kind_of_package(content: BinaryIO) -> Kind:
    """Return which document a zip file is.

    Raises:
        FileRefused: A plain archive, a document with macros, or a broken one.
    """
    try:
        with ZipFile(content) as package:
            return _kind(package)
    except (BadZipFile, EOFError, OSError, ValueError, NotImplementedError, zlib.error):
        raise damaged() from None
    except RuntimeError:  # a part is locked with a password
        raise wrong_kind(lazy_gettext("an archive with a password")) from None


def _kind(package: ZipFile) -> Kind:
    parts = set(package.namelist()[:MOST_PARTS])
    if _has_macros(parts):
        raise wrong_kind(lazy_gettext("a document with macros; save it without them or as PDF"))
    if _first_bytes(package, "mimetype", parts).strip() == _ODT.encode():
        return KINDS[_ODT]
    said = _first_bytes(package, "[Content_Types].xml", parts)
    if b"macroenabled" in said.lower():
        raise wrong_kind(lazy_gettext("a document with macros; save it without them or as PDF"))
    for main, media_type in _MAIN.items():
        if main in said:
            return KINDS[media_type]
    raise wrong_kind(lazy_gettext("an archive (zip)"))


def _has_macros(parts: set[str]) -> bool:
    folders = ("basic/", "scripts/")
    lower = [part.lower() for part in parts]
    return any(p.endswith("vbaproject.bin") or p.startswith(folders) for p in lower)


def _first_bytes(package: ZipFile, part: str, parts: set[str]) -> bytes:
    if part not in parts:
        return b""
    with package.open(part) as opened:
        return opened.read(MOST_BYTES)
