"""What a tutor set for one quiz: how often it may be tried, which try counts, what is shown."""

import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from lti_tool.sdk import Json


class Method(enum.StrEnum):
    """Which try counts."""

    HIGHEST = "highest"
    LATEST = "latest"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The settings of one quiz, complete whatever is stored."""

    max_tries: int = 0
    """0: as often as one likes."""
    method: Method = Method.HIGHEST
    shows_feedback: bool = True
    pass_percent: int | None = None

    @classmethod
    def of(cls, settings: Json) -> Self:
        """Return the rules in stored *settings*; what is missing is as in a new quiz."""
        percent = settings.get("pass_percent")
        return cls(
            max_tries=int(settings.get("max_tries") or 0),
            method=Method(settings.get("method") or Method.HIGHEST),
            shows_feedback=bool(settings.get("shows_feedback", True)),
            pass_percent=int(percent) if percent else None,
        )

    def allows_another(self, submitted: int) -> bool:
        """Say whether a try may begin after *submitted* ones."""
        return not self.max_tries or submitted < self.max_tries

    def is_pass(self, raw: Decimal, maximum: Decimal) -> bool | None:
        """Say whether *raw* of *maximum* points reaches the pass mark; None without one."""
        if self.pass_percent is None:
            return None
        return raw * 100 >= maximum * self.pass_percent
