"""Copies of telephone videos and recordings that do not say where they were made.

An MP4 or QuickTime file is a tree of boxes: length, name, content. Telephones write place,
make and model into boxes named `udta` and `meta` below `moov`. A copy calls those `free`,
which players skip, and blanks them; no other byte moves.
"""

import shutil
from collections.abc import Iterator
from typing import BinaryIO

_BOXES = (b"moov", b"trak")
"""Looked into."""
_TELLING = (b"udta", b"meta", b"uuid")
_MOST_BOXES = 5_000

Box = tuple[bytes, int, int, int]
"""Name, where it begins, where its content begins, where it ends."""


def without_places(film: BinaryIO, copy: BinaryIO) -> bool:
    """Write *film* to *copy* without what tells of a place; False if it tells nothing."""
    end = film.seek(0, 2)
    telling = list(_telling(film, 0, end, depth=0))
    if not telling:
        return False
    film.seek(0)
    shutil.copyfileobj(film, copy)
    for _name, start, content, stop in telling:
        copy.seek(start + 4)
        copy.write(b"free")
        copy.seek(content)
        copy.write(bytes(stop - content))
    return True


def _telling(film: BinaryIO, start: int, end: int, *, depth: int) -> Iterator[Box]:
    for box in _boxes(film, start, end):
        if box[0] in _TELLING:
            yield box
        elif box[0] in _BOXES and depth < 3:
            yield from _telling(film, box[2], box[3], depth=depth + 1)


def _boxes(film: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two places; what is broken ends the walk."""
    for _count in range(_MOST_BOXES):
        film.seek(start)
        head = film.read(16)
        if start + 8 > end or len(head) < 8:
            return
        size, name, used = int.from_bytes(head[:4]), head[4:8], 8
        if size == 1:
            size, used = int.from_bytes(head[8:16]), 16
        elif size == 0:
            size = end - start
        if size < used or start + size > end:
            return
        yield name, start, start + used, start + size
        start += size
