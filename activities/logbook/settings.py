"""What a tutor decides for one logbook."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from lti_tool.sdk import RecordState


@dataclass(frozen=True, kw_only=True)
class LogbookSettings:
    """The settings of one logbook; what was never set has its default."""

    required_entries: int = 12
    """How many entries have to count before the logbook is complete; at least 1."""
    mentor_confirms: bool = True
    """True: an entry counts once it is countersigned. False: as soon as it is submitted."""

    @classmethod
    def read(cls, stored: Mapping[str, Any] | None) -> Self:
        """Return the settings in `ActivitySetup.settings`."""
        known = stored or {}
        return cls(
            required_entries=max(1, int(known.get("required_entries", cls.required_entries))),
            mentor_confirms=bool(known.get("mentor_confirms", cls.mentor_confirms)),
        )

    @property
    def counted_states(self) -> tuple[RecordState, ...]:
        """The states in which an entry counts."""
        if self.mentor_confirms:
            return (RecordState.COUNTERSIGNED,)
        return (RecordState.SUBMITTED, RecordState.COUNTERSIGNED)
