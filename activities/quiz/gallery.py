"""The ready-made quizzes, read from the TOML files beside this module.

`content` says what stands in one; texts are tables of language to text.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from lti_tool.sdk import GalleryTemplate, lazy_gettext

TITLES = {
    "mentoring-basics": lazy_gettext("Mentoring basics: what do you know?"),
    "mentor-skills": lazy_gettext("Mentor skills: how do you see yourself?"),
    "giving-feedback": lazy_gettext("Giving feedback: knowledge and self-rating"),
}


@cache
def gallery() -> Sequence[GalleryTemplate]:
    """Return the quizzes a tutor can choose from."""
    folder = files("activities.quiz") / "gallery"
    return tuple(
        GalleryTemplate(
            key=key,
            title=title,
            content=tomllib.loads((folder / f"{key}.toml").read_text("utf-8")),
        )
        for key, title in TITLES.items()
    )
