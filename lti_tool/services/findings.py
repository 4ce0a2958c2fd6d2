"""What verification finds broken: codes and ids only, so that it may stand in any log."""

from typing import NamedTuple
from uuid import UUID


class Break(NamedTuple):
    """One thing that is not as it was sealed."""

    what: str
    """Kind of the thing: revision, signature, move, grade, seal, head, file, audit_event..."""
    id: UUID | str
    problem: str
    """Code, such as ``content``, ``missing``, ``unsealed`` or ``gap``."""
    link: int | None = None
    """Number of the link in the learner's chain."""
    record_id: UUID | None = None
    attempt_id: UUID | None = None
    """Set for grades, which belong to no record."""

    def as_json(self) -> dict[str, str | int]:
        """Return it with ids as text and without what is not known."""
        return {
            name: value if isinstance(value, int) else str(value)
            for name, value in self._asdict().items()
            if value is not None
        }
