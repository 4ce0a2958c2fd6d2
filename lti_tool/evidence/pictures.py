"""Copies of photos for viewing: turned upright, made smaller, without anything but the picture.

A copy is encoded anew from the pixels, so that neither the place where a photo was taken nor
anything hidden behind the picture is in it. The original stays as it came.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

from flask_babel import gettext as _
from PIL import Image, ImageCms, ImageOps

from lti_tool.evidence.errors import FileRefused, damaged

MOST_PIXELS = 64_000_000
"""Of a photo; telephones make 50 million and fewer."""
VIEW, THUMBNAIL = 2048, 320
"""Longer side of a copy, in pixels."""
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "HEIF")
_QUALITY = {VIEW: 82, THUMBNAIL: 75}

Image.MAX_IMAGE_PIXELS = MOST_PIXELS


@dataclass(frozen=True, kw_only=True)
class Copies:
    """A photo's copies as JPEG, and the size of the upright original in pixels."""

    view: bytes
    thumbnail: bytes
    width: int
    height: int


@cache
def can_read_heic() -> bool:
    """Say whether the extra ``heic`` is there, and switch it on."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True


def make_copies(content: BinaryIO) -> Copies:
    """Return what others get to see of a photo.

    Raises:
        FileRefused: It is damaged, too many pixels, or a format we cannot open here.
    """
    can_read_heic()
    _check_whole(content)
    with _in_words(), _opened(content) as photo:
        width, height = _upright_size(photo)
        photo.thumbnail((VIEW, VIEW), Image.Resampling.LANCZOS, reducing_gap=2.0)
        plain = _plain(photo)
    view = _encoded(plain, VIEW)
    plain.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    return Copies(view=view, thumbnail=_encoded(plain, THUMBNAIL), width=width, height=height)


def _check_whole(content: BinaryIO) -> None:
    """Check sums and structure, as far as the format has them, and the number of pixels."""
    with _in_words(), _opened(content) as photo:
        if photo.width * photo.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        photo.verify()


def _opened(content: BinaryIO) -> Image.Image:
    content.seek(0)
    return Image.open(content, formats=[name for name in _FORMATS if _is_known(name)])


def _is_known(name: str) -> bool:
    Image.init()
    return name in Image.OPEN


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise FileRefused(
            _("This picture has too many pixels."),
            next_step=_("Make it smaller, to less than 60 megapixels, then add it again."),
        ) from None
    except (OSError, ValueError, SyntaxError, EOFError, ArithmeticError, IndexError, TypeError):
        raise damaged() from None  # Pillow's readers raise all of these for broken files


def _upright_size(photo: Image.Image) -> tuple[int, int]:
    lies_on_its_side = photo.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    return (photo.height, photo.width) if lies_on_its_side else (photo.width, photo.height)


def _plain(photo: Image.Image) -> Image.Image:
    """Return new pixels: upright, sRGB, on white where the photo was transparent."""
    upright = ImageOps.exif_transpose(photo)
    profile = upright.info.get("icc_profile")
    if upright.mode in ("P", "LA", "PA") or "transparency" in upright.info:
        upright = upright.convert("RGBA")
    if upright.mode == "RGBA":
        paper = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(paper, upright)
    plain = _in_srgb(upright, profile) if profile else upright
    fresh = Image.new("RGB", plain.size)
    fresh.paste(plain.convert("RGB"))
    return fresh


def _in_srgb(photo: Image.Image, profile: bytes) -> Image.Image:
    """Return *photo* in the colours that every screen knows; as it is if the profile is odd."""
    if photo.mode not in ("RGB", "L", "CMYK"):
        photo = photo.convert("RGB")
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        made = ImageCms.profileToProfile(photo, found, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return photo
    return made or photo


def _encoded(picture: Image.Image, size: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=_QUALITY[size], optimize=True, progressive=True)
    return file.getvalue()
