"""The ready-made checklists, read from the TOML files beside this module.

`content` says what stands in one; texts are tables of language to text.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from lti_tool.sdk import GalleryTemplate, lazy_gettext

TITLES = {
    "mentoring-session": lazy_gettext("A mentoring session"),
    "kitchen-hygiene": lazy_gettext("Kitchen hygiene at the start of a shift"),
}


@cache
def gallery() -> Sequence[GalleryTemplate]:
    """Return the checklists a tutor can choose from."""
    folder = files("activities.checklist") / "gallery"
    return tuple(
        GalleryTemplate(
            key=key,
            title=title,
            content=tomllib.loads((folder / f"{key}.toml").read_text("utf-8")),
        )
        for key, title in TITLES.items()
    )
