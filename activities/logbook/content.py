"""What one entry holds: a day, a time and texts; as values, as JSON and as typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from lti_tool.sdk import Json

KIND = "logbook_entry"
"""What the host's records of this activity are called."""
TEXT_PREFIX = "text-"
"""Start of the form field that belongs to a text of the template."""
SUMMARY_LENGTH = 100


@dataclass(frozen=True, kw_only=True)
class EntryContent:
    """The content of one revision of an entry."""

    practised_on: date
    duration_minutes: int
    texts: Mapping[str, str]
    """Text by the stable id of its field in the template, in the template's order."""

    @property
    def summary(self) -> str:
        """The first line of the first text that says something, cut to 100 characters."""
        return first_line(list(self.texts.values()))

    def as_json(self) -> Json:
        """Return what is stored, hashed and signed."""
        return {
            "practised_on": self.practised_on.isoformat(),
            "duration_minutes": self.duration_minutes,
            "texts": dict(self.texts),
        }

    @classmethod
    def from_json(cls, stored: Json) -> Self:
        """Return the content of a revision; the texts come in no certain order."""
        return cls(
            practised_on=date.fromisoformat(stored["practised_on"]),
            duration_minutes=stored["duration_minutes"],
            texts=stored["texts"],
        )

    def as_typed(self) -> dict[str, list[str]]:
        """Return the form values that lead to this content, as a draft keeps them."""
        texts = {TEXT_PREFIX + id: [text] for id, text in self.texts.items()}
        return {
            "practised_on": [self.practised_on.isoformat()],
            "duration_minutes": [str(self.duration_minutes)],
            **texts,
        }


def first_line(texts: list[str]) -> str:
    """Return the first line that is not empty, cut to 100 characters with an ellipsis."""
    lines = [line.strip() for text in texts for line in text.splitlines() if line.strip()]
    line = lines[0] if lines else ""
    return line if len(line) <= SUMMARY_LENGTH else line[: SUMMARY_LENGTH - 1].rstrip() + "…"


def clean(text: str) -> str:
    """Return typed text as it is stored: one kind of line end, no NUL, no margins."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()
