"""The ready-made templates, read from the TOML files beside this module.

A template has `intro`, `max_minutes` and `fields`; a field has a stable `id`, a `label`,
perhaps a `hint`, `required` and the `rows` of its box; a `clause` is agreed to
with a tick. Texts are maps of language to text.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from lti_tool.sdk import GalleryTemplate, lazy_gettext

TITLES = {
    "work-meetings": lazy_gettext("Work meeting log"),
    "weekly-practice": lazy_gettext("Weekly practice log"),
    "mentoring-session": lazy_gettext("Mentoring sessions (module M2)"),
    "role-agreement": lazy_gettext("Mentor role agreement"),
}


@cache
def gallery() -> Sequence[GalleryTemplate]:
    """Return the templates a tutor can choose from."""
    folder = files("activities.logbook") / "gallery"
    return tuple(
        GalleryTemplate(
            key=key,
            title=title,
            content=tomllib.loads((folder / f"{key}.toml").read_text("utf-8")),
        )
        for key, title in TITLES.items()
    )
