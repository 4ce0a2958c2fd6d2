"""The kinds of file that are taken, and what a reader calls them."""

import enum
from dataclasses import dataclass

from flask_babel import lazy_gettext


class Family(enum.StrEnum):
    """How files of a kind are shown."""

    PICTURE = "picture"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of file, known by its bytes and never by its name."""

    media_type: str
    family: Family
    label: object
    """Lazily translated, as a reader calls it."""
    suffix: str
    """What the name of a download ends in."""


def _kind(media_type: str, family: Family, label: object, suffix: str) -> Kind:
    return Kind(media_type=media_type, family=family, label=label, suffix=suffix)


_OFFICE = "application/vnd.openxmlformats-officedocument"
_PHOTO, _SOUND, _FILM = lazy_gettext("Photo"), lazy_gettext("Sound"), lazy_gettext("Video")

KINDS: dict[str, Kind] = {
    kind.media_type: kind
    for kind in (
        _kind("image/jpeg", Family.PICTURE, _PHOTO, ".jpg"),
        _kind("image/png", Family.PICTURE, _PHOTO, ".png"),
        _kind("image/webp", Family.PICTURE, _PHOTO, ".webp"),
        _kind("image/gif", Family.PICTURE, _PHOTO, ".gif"),
        _kind("image/heic", Family.PICTURE, _PHOTO, ".heic"),
        _kind("application/pdf", Family.DOCUMENT, lazy_gettext("PDF"), ".pdf"),
        _kind(
            f"{_OFFICE}.wordprocessingml.document",
            Family.DOCUMENT,
            lazy_gettext("Word document"),
            ".docx",
        ),
        _kind(
            f"{_OFFICE}.spreadsheetml.sheet",
            Family.DOCUMENT,
            lazy_gettext("Excel sheet"),
            ".xlsx",
        ),
        _kind(
            f"{_OFFICE}.presentationml.presentation",
            Family.DOCUMENT,
            lazy_gettext("PowerPoint slides"),
            ".pptx",
        ),
        _kind(
            "application/vnd.oasis.opendocument.text",
            Family.DOCUMENT,
            lazy_gettext("OpenDocument text"),
            ".odt",
        ),
        _kind("text/plain", Family.DOCUMENT, lazy_gettext("Text"), ".txt"),
        _kind("text/csv", Family.DOCUMENT, lazy_gettext("Table (CSV)"), ".csv"),
        _kind("audio/mpeg", Family.AUDIO, _SOUND, ".mp3"),
        _kind("audio/mp4", Family.AUDIO, _SOUND, ".m4a"),
        _kind("audio/ogg", Family.AUDIO, _SOUND, ".ogg"),
        _kind("audio/wav", Family.AUDIO, _SOUND, ".wav"),
        _kind("video/mp4", Family.VIDEO, _FILM, ".mp4"),
        _kind("video/quicktime", Family.VIDEO, _FILM, ".mov"),
        _kind("video/webm", Family.VIDEO, _FILM, ".webm"),
    )
}
"""Every kind that is taken, by media type."""

ACCEPT = (
    "image/jpeg,image/png,image/webp,image/gif,audio/*,video/mp4,video/quicktime,video/webm,"
    ".pdf,.docx,.xlsx,.pptx,.odt,.txt,.csv"
)
"""For a file field. HEIC is left out, so that iPhones hand over a JPEG by themselves."""
