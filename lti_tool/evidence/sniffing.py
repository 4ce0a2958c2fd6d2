"""What a file is, by its first bytes. Its name and what the browser said are not asked.

The list is ours and short: general sniffers answer with several guesses (puremagic 1.30
calls every zip a .docx and a HEIC photo a video first), and an allow-list must not guess.
"""

import re
from collections.abc import Callable
from typing import BinaryIO

from flask_babel import lazy_gettext

from lti_tool.evidence.errors import damaged, wrong_kind
from lti_tool.evidence.kinds import KINDS, Kind
from lti_tool.evidence.office import kind_of_package

HEAD = 4096
"""Bytes that are looked at first."""

Test = Callable[[bytes], bool]

_HEIC = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc"}
_MP4 = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV"}


def _starts(*beginnings: bytes) -> Test:
    return lambda head: head.startswith(beginnings)


def _riff(form: bytes) -> Test:
    return lambda head: head.startswith(b"RIFF") and head[8:12] == form


def _brand(*brands: bytes) -> Test:
    return lambda head: head[4:8] == b"ftyp" and head[8:12] in brands


def _is_mpeg_sound(head: bytes) -> bool:
    """Frame sync, layer III, and neither bit rate nor sample rate a forbidden value."""
    if head.startswith(b"ID3"):
        return True
    is_frame = len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2
    return is_frame and head[2] >> 4 not in (0, 15) and head[2] & 0x0C != 0x0C


def _is_webm(head: bytes) -> bool:
    return head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]


_TAKEN: tuple[tuple[str, Test], ...] = (
    ("image/jpeg", _starts(b"\xff\xd8\xff")),
    ("image/png", _starts(b"\x89PNG\r\n\x1a\n")),
    ("image/gif", _starts(b"GIF87a", b"GIF89a")),
    ("image/webp", _riff(b"WEBP")),
    ("image/heic", _brand(*_HEIC)),
    ("application/pdf", _starts(b"%PDF-")),
    ("audio/mp4", _brand(b"M4A ", b"M4B ")),
    ("video/mp4", _brand(*_MP4)),
    ("video/quicktime", _brand(b"qt  ")),
    ("video/webm", _is_webm),
    ("audio/ogg", _starts(b"OggS")),
    ("audio/wav", _riff(b"WAVE")),
    ("audio/mpeg", _is_mpeg_sound),
)

_REFUSED: tuple[tuple[object, Test], ...] = (
    (lazy_gettext("a program"), _starts(b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe")),
    (
        lazy_gettext("an old Office document; save it as .docx, .xlsx, .pptx or PDF"),
        _starts(b"\xd0\xcf\x11\xe0"),
    ),
    (lazy_gettext("an archive"), _starts(b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")),
)
_WEB_PAGE = re.compile(
    rb"<\s*(!doctype|html|head|body|script|svg|iframe|style|a\s|img|\?xml|!--|x?ml|object|embed)",
    re.IGNORECASE,
)
_DRAWING = re.compile(rb"<\s*svg", re.IGNORECASE)
_UNPRINTABLE = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))


def sniff(content: BinaryIO, name: str) -> Kind:
    """Return the kind of a file; *name* only tells a table in CSV from other text.

    Raises:
        FileRefused: A kind that is not taken, named in the message, or nothing at all.
    """
    content.seek(0)
    head = content.read(HEAD)
    if not head:
        raise damaged()
    for media_type, fits in _TAKEN:
        if fits(head):
            return KINDS[media_type]
    if head.startswith(b"PK"):
        return kind_of_package(content)
    for what, fits in _REFUSED:
        if fits(head):
            raise wrong_kind(what)
    return _text(content, head, name)


def _text(content: BinaryIO, head: bytes, name: str) -> Kind:
    """Tell writing from web pages, which a browser might run, and from bytes of any sort."""
    if _DRAWING.search(head):
        raise wrong_kind(lazy_gettext("a drawing (SVG)"))
    if _WEB_PAGE.search(head):
        raise wrong_kind(lazy_gettext("a web page"))
    if not _is_writing(content, head):
        raise wrong_kind(lazy_gettext("a file of a kind that we do not know"))
    return KINDS["text/csv" if name.lower().endswith((".csv", ".tsv")) else "text/plain"]


def _is_writing(content: BinaryIO, head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True  # UTF-16, as Windows writes it
    content.seek(0)
    while chunk := content.read(256 * 1024):
        if chunk.translate(None, _UNPRINTABLE) != chunk:
            return False
    return True
